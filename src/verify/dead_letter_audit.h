// The dead letters of a load: there, once, in order.
#pragma once

#include "onceload/core/progress_record.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/kafka/kafka_wait.h"
#include "onceload/verify/audit_report.h"

namespace onceload {

// Reads those of `load` (by their key, kDeadLetterPartition) from the first one to the last one and
// holds them against `expected`, count and digest. `scan` reads the dead letter topic. Adds the
// verdict, and a finding if they differ. Throws as KafkaWait does.
void AuditDeadLetters(const ProgressRecord& load, const PartitionProgress& expected,
                      CommittedScan& scan, KafkaWait& wait, AuditReport& report);

}  // namespace onceload
