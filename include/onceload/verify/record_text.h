// A record of a topic for people.
#pragma once

#include <string>

#include "onceload/kafka/committed_scan.h"

namespace onceload {

std::string PartitionText(PartitionId partition);
std::string OffsetText(KafkaOffset offset);

// Key, value and headers, each cut; `times`: and its time.
std::string RecordText(const CommittedRecord& record, bool times);

}  // namespace onceload
