// A read_committed pass over a range of a topic, for the audit.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/digest.h"
#include "onceload/core/types.h"
#include "onceload/kafka/client_config.h"
#include "onceload/kafka/outcome.h"

namespace onceload {

// Offsets [begin, end) of a partition. An offset is no count: control records and aborted rows take
// offsets too.
struct OffsetRange {
  PartitionId partition;
  KafkaOffset begin;
  KafkaOffset end;
};

// Valid during the call it is passed to.
struct CommittedRecord {
  PartitionId partition;
  KafkaOffset offset;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // nullopt: a tombstone
  std::string_view headers{};             // as RecordParts (core/digest.h) has them
  std::int64_t time_ms = kNoTime;         // kNoTime also where the broker has set it

  RecordParts parts() const { return {key, value, headers, time_ms}; }
};

class CommittedScan {
 public:
  virtual ~CommittedScan() = default;

  // Calls `visit` for each committed record of the ranges, each partition in offset order, the
  // partitions interleaved as they come. kDone when every range's end has been reached. kPending if
  // nothing has come for `patience` (the detail says from which partition); calling again goes on.
  virtual Outcome Run(const std::vector<OffsetRange>& ranges, Duration patience,
                      const std::function<void(const CommittedRecord&)>& visit) = 0;

  // Committed end offsets (the last stable offset) and first offsets still held.
  virtual Outcome Bounds(std::int32_t partitions, Duration wait,
                         std::vector<OffsetRange>& bounds) = 0;
};

std::unique_ptr<CommittedScan> MakeRdkafkaScan(const ClientConfig& config,
                                               const std::string& topic);

}  // namespace onceload
