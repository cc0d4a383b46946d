// The audit of a topic against what was written down when it was loaded, and what it shares with
// the audit against the file itself (source_audit.h): where to read, and how to wait.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "onceload/kafka/committed_scan.h"
#include "onceload/verify/audit_report.h"
#include "verify/expectation.h"
#include "verify/kafka_wait.h"

namespace onceload {

// The topic as it is when the audit begins.
struct AuditedTopic {
  std::string name;
  std::string id;  // empty where the broker gives none
  std::string cluster_id;
  std::int32_t partitions = 0;
  std::vector<KafkaOffset> ends;  // open transactions included
};

// Throws Error(kDisagreement) if the load went into another cluster, or into a topic of that name
// that has been deleted since; Error(kUsage) if it went into a topic of another name.
void CheckPlace(const ProgressRecord& load, const AuditedTopic& topic);

// What is read of the topic: per partition from the load's first record to its last one, as far as
// it is still there. What is not is a finding. `held`: CommittedScan::Bounds.
// REQUIRES: CheckPlace(load, topic).
std::vector<OffsetRange> RangesOf(const ProgressRecord& load, const AuditedTopic& topic,
                                  const std::vector<OffsetRange>& held, Findings& findings);

// A report that says where and what, and as yet nothing else: no row is expected or found.
AuditReport ReportOf(const ProgressRecord& load, const AuditedTopic& topic);

// Says in the report what the load's digests do not cover.
void AddCoverage(const ProgressRecord& load, AuditReport& report);

// Throws as KafkaWait does.
std::vector<OffsetRange> BoundsOf(CommittedScan& scan, std::int32_t partitions, KafkaWait& wait);
void ScanRanges(CommittedScan& scan, const std::vector<OffsetRange>& ranges, KafkaWait& wait,
                const std::function<void(const CommittedRecord&)>& visit);

// The topic against what was written down when it was loaded. `dead_letters` reads the load's dead
// letter topic; nullptr: it has none.
AuditReport AuditRecord(const Expectation& expectation, const AuditedTopic& topic,
                        CommittedScan& scan, CommittedScan* dead_letters, KafkaWait& wait);

}  // namespace onceload
