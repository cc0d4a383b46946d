#include "kafka/rdkafka_request.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/message/message_batch.h"

namespace onceload {
namespace {

// batch.size and message.max.bytes count a request's head as well: its names and fixed fields.
constexpr std::size_t kRequestHeadBytes = 2048;

// The same of a topic's max.message.bytes, which counts the batch of records alone (KIP-98).
constexpr std::size_t kBatchHeadBytes = 61;

// What librdkafka takes for message.max.bytes.
constexpr std::int64_t kClientBytesMin = 1'000;
constexpr std::int64_t kClientBytesMax = 1'000'000'000;

// With three partitions and more, one is waited for while others have their turn.
constexpr std::int32_t kPartitionsAhead = 2;

std::size_t Less(std::size_t bytes, std::size_t head) { return bytes - std::min(bytes, head); }

}  // namespace

std::size_t NumberProperty(rd_kafka_t* kafka, const char* name) {
  std::array<char, 32> text{};
  std::size_t size = text.size();
  rd_kafka_conf_get(rd_kafka_conf(kafka), name, text.data(), &size);
  return static_cast<std::size_t>(std::strtoull(text.data(), nullptr, 10));
}

std::int64_t ClientBytesMax(const ProducerTarget& target) {
  return std::clamp(
      std::max({target.message_bytes_max, target.progress_bytes_max, target.dead_letter_bytes_max}),
      kClientBytesMin, kClientBytesMax);
}

RequestLimits RequestLimitsOf(rd_kafka_t* kafka, std::int64_t topic_bytes_max) {
  const std::size_t bytes =
      std::min(NumberProperty(kafka, "batch.size"), NumberProperty(kafka, "message.max.bytes"));
  return {std::min(Less(bytes, kRequestHeadBytes),
                   Less(static_cast<std::size_t>(topic_bytes_max), kBatchHeadBytes)),
          NumberProperty(kafka, "batch.num.messages")};
}

// Ahead: nearly as many rows as a request of 1 MB has where they are of a quarter of a kilobyte;
// where they are longer none goes ahead, and where they are shorter a request's way is shorter,
// too. What linger.ms costs there is the wait for a chunk's last request, once in seconds; and a
// broker that takes longer for an answer is polled for the rest of it.
Pacing PacingOf(const ProducerTarget& target) {
  if (target.long_chunks && target.partitions <= kPartitionsAhead) return {"20", "3000", 1};
  return {"3", "100000", 0};
}

// A request costs the brokers the same whatever is in it. So each of fifty lanes may have a good
// part of one when an answer comes (with a tenth of it, a hundred partitions had half the rate);
// then all of them share what does not show in the memory, until it is so little that they had
// better not.
std::size_t WaitingBytesMax(std::size_t lanes) {
  constexpr std::size_t kOfFew = std::size_t{640} << 10;
  constexpr std::size_t kOfMany = std::size_t{64} << 10;
  constexpr std::size_t kLeast = std::size_t{8} << 20;
  constexpr std::size_t kShared = std::size_t{32} << 20;
  constexpr std::size_t kMost = std::size_t{64} << 20;
  return std::clamp(lanes * kOfFew, kLeast, std::clamp(lanes * kOfMany, kShared, kMost));
}

bool NeedSingleCalls(std::span<const SendQueue::Entry> entries) {
  return std::any_of(entries.begin(), entries.end(), [](const SendQueue::Entry& entry) {
    return entry.message.dead_letter || entry.message.headers_size > 0 ||
           entry.message.timestamp_ms != MessageBatch::kNoTimestamp;
  });
}

// One call a request: rd_kafka_produce_batch() with a fixed partition takes its locks and reads the
// clock once. It stops at the first message for which the user's queue limits have no room, so
// order is kept.
HandedOver SendTogether(rd_kafka_topic_t* topic, std::span<const SendQueue::Entry> entries,
                        std::vector<rd_kafka_message_t>& request) {
  request.clear();
  for (const SendQueue::Entry& entry : entries) {
    const MessageBatch::Message& message = entry.message;
    rd_kafka_message_t& out = request.emplace_back();
    // librdkafka's struct is for both directions and so has no const; F_COPY and F_FREE unset, it
    // only reads.
    out.payload = const_cast<char*>(message.ValueAt(entry.at).data());
    out.len = message.value_size;
    if (message.has_key) {
      out.key = const_cast<char*>(message.KeyAt(entry.at)->data());
      out.key_len = message.key_size;
    }
  }
  HandedOver handed;
  handed.taken = static_cast<std::size_t>(
      rd_kafka_produce_batch(topic, entries.front().message.partition.value, /*flags=*/0,
                             request.data(), static_cast<int>(request.size())));
  const auto failed = std::find_if(
      request.begin(), request.end(),
      [](const rd_kafka_message_t& message) { return message.err != RD_KAFKA_RESP_ERR_NO_ERROR; });
  const bool refused = failed != request.end() && failed->err != RD_KAFKA_RESP_ERR__QUEUE_FULL;
  if (refused) handed.refused = failed->err;
  return handed;
}

namespace {

rd_kafka_resp_err_t SendSingle(rd_kafka_t* kafka, rd_kafka_topic_t* topic,
                               const SendQueue::Entry& entry, void* opaque) {
  const MessageBatch::Message& message = entry.message;
  std::vector<rd_kafka_vu_t> arguments;
  const auto add = [&arguments](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
    arguments.emplace_back();
    arguments.back().vtype = type;
    return arguments.back();
  };
  add(RD_KAFKA_VTYPE_RKT).u.rkt = topic;
  add(RD_KAFKA_VTYPE_PARTITION).u.i32 = message.partition.value;
  add(RD_KAFKA_VTYPE_MSGFLAGS).u.i = 0;  // neither copied nor freed
  const auto set = [](rd_kafka_vu_t& argument, std::string_view bytes) {
    argument.u.mem.ptr = const_cast<char*>(bytes.data());
    argument.u.mem.size = bytes.size();
  };
  set(add(RD_KAFKA_VTYPE_VALUE), message.ValueAt(entry.at));
  if (message.has_key) set(add(RD_KAFKA_VTYPE_KEY), *message.KeyAt(entry.at));
  if (message.timestamp_ms != MessageBatch::kNoTimestamp) {
    add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = message.timestamp_ms;
  }
  if (opaque != nullptr) add(RD_KAFKA_VTYPE_OPAQUE).u.ptr = opaque;
  std::vector<std::string> names;  // librdkafka wants a terminated name, and copies it
  ForEachHeader(message.HeadersAt(entry.at),
                [&](std::string_view name, std::string_view) { names.emplace_back(name); });
  std::size_t next_name = 0;
  ForEachHeader(message.HeadersAt(entry.at), [&](std::string_view, std::string_view value) {
    rd_kafka_vu_t& header = add(RD_KAFKA_VTYPE_HEADER);
    header.u.header.name = names[next_name++].c_str();
    header.u.header.val = value.data();
    header.u.header.size = static_cast<ssize_t>(value.size());
  });
  rd_kafka_error_t* error = rd_kafka_produceva(kafka, arguments.data(), arguments.size());
  if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  return code;
}

}  // namespace

HandedOver SendSingly(rd_kafka_t* kafka, rd_kafka_topic_t* topic,
                      std::span<const SendQueue::Entry> entries, void* opaque) {
  HandedOver handed;
  for (const SendQueue::Entry& entry : entries) {
    const rd_kafka_resp_err_t code = SendSingle(kafka, topic, entry, opaque);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++handed.taken;
      continue;
    }
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) handed.refused = code;
    break;
  }
  return handed;
}

const void* WordsAbout([[maybe_unused]] const rd_kafka_message_t& message) {
#if RD_KAFKA_VERSION >= 0x020400ff  // came with KIP-467
  return rd_kafka_message_produce_errstr(&message);
#else
  return nullptr;
#endif
}

}  // namespace onceload
