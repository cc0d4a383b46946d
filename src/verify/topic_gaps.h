// What of a topic is no load's: the rows of others before, between and behind the loads.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/kafka/kafka_wait.h"
#include "onceload/verify/audit_report.h"

namespace onceload {

// Offsets of a partition in which no load has rows.
struct Gap {
  OffsetRange range;
  std::string place;  // "behind load clicks/a.csv"
};

// `held`: what the topic holds; `loads`: the loads into it, as they were known later than that, so
// that what they have committed meanwhile is theirs. Ordered by partition, then offset.
std::vector<Gap> GapsBetween(const std::vector<OffsetRange>& held,
                             const std::vector<ProgressRecord>& loads);

// Calls `visit` for each record in a gap. Throws as KafkaWait does.
void ScanGaps(const std::vector<Gap>& gaps, CommittedScan& scan, KafkaWait& wait,
              const std::function<void(const Gap&, const CommittedRecord&)>& visit);

// A finding for each of them.
void AddForeign(const std::vector<Gap>& gaps, CommittedScan& scan, KafkaWait& wait,
                Findings& findings);

}  // namespace onceload
