// Several loads whose rows lie among each other in one topic, audited in one pass over it.
//
// A record tells of itself whose it is if the load has sent headers (onceload.load), or if the
// loads have shared the rows by key. Such a load is audited as if it were alone: number, digest,
// order. Of all others a record does not say whose it is. Together they are compared by number and
// by the sum of all record digests, which proves that each row is there once and nothing else is,
// but not in what order.
#pragma once

#include <cstddef>
#include <vector>

#include "onceload/kafka/committed_scan.h"
#include "onceload/kafka/kafka_wait.h"
#include "onceload/verify/audit_report.h"
#include "verify/verifier.h"

namespace onceload {

struct JointLoad {
  ProgressRecord record;
  // What is to be in each partition, by the record's word or by the files'.
  std::vector<PartitionProgress> expected;
};

// Groups of loads, as ascending indices: each has, in some partition, offsets between the first and
// the last one of another of its group. REQUIRES: all went into one topic.
std::vector<std::vector<std::size_t>> MingledIn(const std::vector<ProgressRecord>& loads);

struct JointReport {
  std::vector<AuditReport> loads;  // in their order; of those not told apart only what is expected
  std::vector<bool> told;          // by load: its records tell whose they are
  Together together;
};

// Throws as CheckPlace and KafkaWait do.
JointReport AuditJoint(const std::vector<JointLoad>& loads, const AuditedTopic& topic,
                       CommittedScan& scan, KafkaWait& wait, AuditLevel level);

}  // namespace onceload
