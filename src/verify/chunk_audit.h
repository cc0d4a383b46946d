// The topic's records against the digests that were written down when they were loaded. Pure: the
// records are handed to it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "onceload/core/digest.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/verify/audit_report.h"
#include "verify/expectation.h"

namespace onceload {

// Per partition the rolling digest of all records seen, held against each milestone when the offset
// is reached at which it was written down. So the first chunk that differs is known, in constant
// memory per partition.
class ChunkAudit {
 public:
  // `milestones` must outlive it; `rule` is the load's. kCounts: the records' number is all that
  // counts. REQUIRES: ascending, all with the same number of partitions.
  ChunkAudit(const std::vector<Milestone>& milestones, const DigestRule& rule, AuditLevel level);

  // The records of a partition before `held` are gone: it is compared from the first milestone on
  // that ends there or behind, which is returned; if there is none, not at all, which is as if from
  // the last one. Before the first Visit(). REQUIRES: there are milestones.
  const Milestone& SkipTo(PartitionId partition, KafkaOffset held);

  // The next record of its partition, in offset order. REQUIRES: a partition of the milestones.
  void Visit(const CommittedRecord& record) {
    Partition& partition = partitions_[static_cast<std::size_t>(record.partition.value)];
    while (record.offset >= partition.next_end) Close(partition);
    ++partition.rows;
    if (counts_) return;
    partition.digest = Extend(partition.digest, RecordDigest(rule_, record.parts()));
  }

  // After the last record. Adds one finding for each partition that differs.
  std::vector<PartitionVerdict> Finish(Findings& findings);

 private:
  struct Mismatch {
    std::size_t milestone = 0;
    std::uint64_t found = 0;  // records in that step
    std::uint64_t expected = 0;
  };

  struct Partition {
    std::size_t index = 0;
    std::size_t next = 0;  // milestone; milestones_.size(): all passed
    KafkaOffset next_end;
    std::uint64_t rows = 0;
    std::uint64_t gone = 0;  // of them, without having been seen
    Digest digest;
    std::uint64_t rows_before = 0;  // found at the milestone before
    std::uint64_t expected_before = 0;
    KafkaOffset end_before = kNoOffset;
    std::optional<Mismatch> mismatch;
    KafkaOffset mismatch_begin = kNoOffset;
  };

  const PartitionProgress& Written(const Partition& partition) const {
    return milestones_[partition.next].partitions[partition.index];
  }
  void Close(Partition& partition);
  void GoTo(Partition& partition, std::size_t milestone);
  Finding Describe(const Partition& partition) const;

  const std::vector<Milestone>& milestones_;
  const DigestRule rule_;
  const bool counts_;
  std::vector<Partition> partitions_;
};

}  // namespace onceload
