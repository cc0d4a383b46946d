// Single messages and the size of requests, as librdkafka takes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "kafka/send_queue.h"
#include "onceload/kafka/transactional_producer.h"

namespace onceload {

// A property of the client's that is a number.
std::size_t NumberProperty(rd_kafka_t* kafka, const char* name);

// For a client that sends to all of a load's topics: it must let through what the most generous one
// takes. The others' limits are those of our own requests.
std::int64_t ClientBytesMax(const ProducerTarget& target);

// A request to a topic of this max.message.bytes, so that neither librdkafka cuts it nor the broker
// refuses it.
RequestLimits RequestLimitsOf(rd_kafka_t* kafka, std::int64_t topic_bytes_max);

// How requests of rows follow each other (decision 0005).
struct Pacing {
  const char* linger_ms;
  const char* messages;  // batch.num.messages
  std::size_t ahead;     // of RequestLimits
};
Pacing PacingOf(const ProducerTarget& target);

// Bytes that may wait in all lanes, beside those in flight.
std::size_t WaitingBytesMax(std::size_t lanes);

// What librdkafka has taken of a request's messages, in their order; the rest goes with a later
// one. NO_ERROR, too, where the user's queue limits have no room.
struct HandedOver {
  std::size_t taken = 0;
  rd_kafka_resp_err_t refused = RD_KAFKA_RESP_ERR_NO_ERROR;
};

// rd_kafka_message_t has no headers, no timestamp to be set and no opaque that a dead letter is
// known by: what needs one of them is sent one by one, which costs about twice the time. One such
// message takes its whole request with it. To cut the request at each change would leave as many
// small ones as there are changes; and where some rows have a timestamp, most do.
bool NeedSingleCalls(std::span<const SendQueue::Entry> entries);

// Messages of one partition, neither copied nor freed: they must live until they are reported.
// `request` is kept for its memory; `opaque` comes back with the reports, nullptr: none.
HandedOver SendTogether(rd_kafka_topic_t* topic, std::span<const SendQueue::Entry> entries,
                        std::vector<rd_kafka_message_t>& request);
HandedOver SendSingly(rd_kafka_t* kafka, rd_kafka_topic_t* topic,
                      std::span<const SendQueue::Entry> entries, void* opaque);

// _INVALID_DIFFERENT_RECORD, which came with 2.4.0.
constexpr auto kBesideAnother = static_cast<rd_kafka_resp_err_t>(-138);

// Where a broker's words about a record that it has refused lie: not to be read
// (refused_messages.h).
const void* WordsAbout(const rd_kafka_message_t& message);

inline std::optional<std::string_view> KeyOf(const rd_kafka_message_t& message) {
  if (message.key == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(message.key), message.key_len);
}

}  // namespace onceload
