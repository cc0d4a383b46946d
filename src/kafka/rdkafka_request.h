// Single messages and the size of requests, as librdkafka takes them.
#pragma once

#include <cstddef>
#include <cstdint>

#include <librdkafka/rdkafka.h>

#include "kafka/send_queue.h"

namespace onceload {

// A property of the client's that is a number.
std::size_t NumberProperty(rd_kafka_t* kafka, const char* name);

// A request to a topic of this max.message.bytes, so that neither librdkafka cuts it nor the broker
// refuses it.
RequestLimits RequestLimitsOf(rd_kafka_t* kafka, std::int64_t topic_bytes_max);

// A message with all that it may have, neither copied nor freed: it must live until it is reported.
// `opaque` comes back with the report; nullptr: none.
rd_kafka_resp_err_t SendSingle(rd_kafka_t* kafka, rd_kafka_topic_t* topic,
                               const SendQueue::Entry& entry, void* opaque);

}  // namespace onceload
