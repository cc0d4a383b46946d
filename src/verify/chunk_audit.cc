#include "verify/chunk_audit.h"

#include <limits>
#include <string>

namespace onceload {
namespace {

constexpr KafkaOffset kNever{std::numeric_limits<std::int64_t>::max()};

// "chunk 5", or "chunks 3-5" if nobody remembers where one of them ends.
std::string StepText(const Milestone& step) {
  if (step.chunk.value == step.after.value + 1) return "chunk " + std::to_string(step.chunk.value);
  return "chunk " + std::to_string(step.after.value + 1) + " to " +
         std::to_string(step.chunk.value);
}

}  // namespace

ChunkAudit::ChunkAudit(const std::vector<Milestone>& milestones, const DigestRule& rule,
                       AuditLevel level)
    : milestones_(milestones), rule_(rule), counts_(level == AuditLevel::kCounts) {
  if (milestones.empty()) return;
  partitions_.resize(milestones.back().partitions.size());
  for (std::size_t p = 0; p < partitions_.size(); ++p) {
    partitions_[p].index = p;
    GoTo(partitions_[p], 0);
  }
}

// One that adds no row to the partition ends where the one before it does: it is passed at once.
void ChunkAudit::GoTo(Partition& partition, std::size_t milestone) {
  partition.next = milestone;
  partition.next_end = milestone < milestones_.size() ? Written(partition).end : kNever;
}

const Milestone& ChunkAudit::SkipTo(PartitionId id, KafkaOffset held) {
  Partition& partition = partitions_[static_cast<std::size_t>(id.value)];
  std::size_t from = 0;
  while (from + 1 < milestones_.size() &&
         milestones_[from].partitions[partition.index].end < held) {
    ++from;
  }
  const PartitionProgress& written = milestones_[from].partitions[partition.index];
  partition.rows = partition.gone = partition.rows_before = partition.expected_before =
      written.rows;
  partition.digest = written.digest;
  partition.end_before = written.end;
  GoTo(partition, from + 1);
  return milestones_[from];
}

void ChunkAudit::Close(Partition& partition) {
  const PartitionProgress& written = Written(partition);
  const bool same =
      partition.rows == written.rows && (counts_ || partition.digest == written.digest);
  if (!same && !partition.mismatch) {
    partition.mismatch = Mismatch{partition.next, partition.rows - partition.rows_before,
                                  written.rows - partition.expected_before};
    partition.mismatch_begin =
        partition.end_before == kNoOffset ? written.first : partition.end_before;
  }
  partition.rows_before = partition.rows;
  partition.expected_before = written.rows;
  partition.end_before = written.end;
  GoTo(partition, partition.next + 1);
}

Finding ChunkAudit::Describe(const Partition& partition) const {
  const Mismatch& mismatch = *partition.mismatch;
  const Milestone& step = milestones_[mismatch.milestone];
  const KafkaOffset end = step.partitions[partition.index].end;
  Finding finding;
  finding.kind = FindingKind::kChunk;
  finding.partition = PartitionId{static_cast<std::int32_t>(partition.index)};
  finding.offset = partition.mismatch_begin;
  finding.chunk = ChunkNumber{step.after.value + 1};
  finding.text = "partition " + std::to_string(partition.index) + " differs from " +
                 StepText(step) + " on (rows " + std::to_string(step.begin.value + 1) + "-" +
                 std::to_string(step.end.value) + " of the input, offsets " +
                 std::to_string(partition.mismatch_begin.value) + "-" +
                 std::to_string(end.value - 1) + "): " + std::to_string(mismatch.found) +
                 " records where " + std::to_string(mismatch.expected) + " were loaded" +
                 (mismatch.found == mismatch.expected ? ", not the same ones in that order" : "");
  return finding;
}

std::vector<PartitionVerdict> ChunkAudit::Finish(Findings& findings) {
  std::vector<PartitionVerdict> verdicts;
  for (Partition& partition : partitions_) {
    while (partition.next < milestones_.size()) Close(partition);
    const PartitionProgress& last = milestones_.back().partitions[partition.index];
    PartitionVerdict verdict;
    verdict.partition = PartitionId{static_cast<std::int32_t>(partition.index)};
    verdict.expected = last.rows - partition.gone;
    verdict.found = partition.rows - partition.gone;
    verdict.gone = partition.gone;
    verdict.equal = !partition.mismatch;
    verdict.begin = last.first;
    verdict.end = last.end;
    if (partition.mismatch) {
      verdict.differs = "from " + StepText(milestones_[partition.mismatch->milestone]);
      findings.Add(Describe(partition));
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

}  // namespace onceload
