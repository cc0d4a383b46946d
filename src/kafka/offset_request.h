// Offsets of a topic's partitions, asked for all of them at once: one request to each broker that
// leads some. Partition by partition, a thousand of them at 50 ms would be a minute in which nobody
// looks whether a signal has come.
#pragma once

#include <cstdint>
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

}  // namespace onceload
