// Offsets of a topic's partitions, asked for all of them at once: one request to each broker that
// leads some. Partition by partition, a thousand of them at 50 ms would be a minute in which nobody
// looks whether a signal has come.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kafka/rdkafka_ptr.h"
#include "onceload/core/clock.h"
#include "onceload/core/types.h"
#include "onceload/kafka/outcome.h"

namespace onceload {

enum class OffsetKind : std::uint8_t {
  kFirst,      // of what is still held
  kEnd,        // open transactions included
  kStableEnd,  // before the first open transaction (the last stable offset)
};

// `offsets` by partition, all of them where it is kDone. With a librdkafka before 2.3.0 the
// client's own isolation level decides between the two ends: it must be the one that goes with
// `kind`.
Outcome AskOffsets(rd_kafka_t* kafka, const std::string& topic, std::int32_t partitions,
                   OffsetKind kind, Duration wait, std::vector<KafkaOffset>& offsets);

// The largest time of a partition's records, milliseconds since 1970, markers included; -1: it is
// empty. nullopt: it cannot be told, as by a librdkafka before 2.3.0.
std::optional<std::int64_t> NewestTimeOf(rd_kafka_t* kafka, const std::string& topic,
                                         PartitionId partition, Duration wait);

}  // namespace onceload
