// The audit of a topic against what was written down when it was loaded, and what it shares with
// the audit against the file itself (source_audit.h): where to read, and how to wait.
#pragma once

#include <string>
#include <vector>

#include "onceload/kafka/committed_scan.h"
#include "onceload/kafka/kafka_wait.h"
#include "onceload/verify/audit_report.h"
#include "verify/expectation.h"
#include "verify/topic_gaps.h"

namespace onceload {

// The topic as it is when the audit begins.
struct AuditedTopic {
  std::string name;
  std::string id;  // empty where the broker gives none
  std::string cluster_id;
  std::int32_t partitions = 0;
  std::vector<KafkaOffset> ends;  // open transactions included
  std::vector<Gap> outside{};     // is to hold nothing, where the loads are to be all there is
};

// Throws Error(kDisagreement) if the load went into another cluster, or into a topic of that name
// that has been deleted since; Error(kUsage) if it went into a topic of another name.
void CheckPlace(const ProgressRecord& load, const AuditedTopic& topic);

// Offsets of a load that the topic no longer holds: those before its records that are left.
using LostHead = OffsetRange;

// What is read of the topic: per partition from the load's first record to its last one, as far as
// it is still there. An end that is not is a finding; a begin that is not is among `heads`.
// `held`: CommittedScan::Bounds. REQUIRES: CheckPlace(load, topic).
std::vector<OffsetRange> RangesOf(const ProgressRecord& load, const AuditedTopic& topic,
                                  const std::vector<OffsetRange>& held, Findings& findings,
                                  std::vector<LostHead>& heads);

// `rows`: which can no longer be checked.
void AddLostHead(const LostHead& head, const std::string& rows, Findings& findings);

// A report that says where and what, and as yet nothing else: no row is expected or found.
AuditReport ReportOf(const ProgressRecord& load, const AuditedTopic& topic);

// Says in the report what the load's digests do not cover.
void AddCoverage(const ProgressRecord& load, AuditReport& report);

// The topic against what was written down when it was loaded: by records' digests, or only by their
// number. `dead_letters` reads the load's dead letter topic; nullptr: it has none.
AuditReport AuditRecord(const Expectation& expectation, const AuditedTopic& topic,
                        CommittedScan& scan, CommittedScan* dead_letters, KafkaWait& wait,
                        AuditLevel level = AuditLevel::kDigest);

}  // namespace onceload
