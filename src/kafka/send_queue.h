// Messages on their way to librdkafka, lane by lane: a lane is one partition of one topic.
//
// An idempotent producer of librdkafka keeps one request a partition in flight: it compares the
// *messages* in flight with five requests (rd_kafka_toppar_producer_serve; the project's pull
// request 4989). What is queued with it behind that request brings nothing, and while it is due,
// the broker's thread polls without waiting until the answer comes: measured on two cores, 2 s of
// processor time a million rows became 380. So a lane hands over what fits one request, and the
// rest waits here. Requests grow while an answer is awaited: linger.ms only has to outlast the
// handing over. With few lanes a full request may be handed over behind one in flight: by its
// number it is full for librdkafka, too, which then sends it at the answer, and until linger.ms
// have passed does not poll for it (decision 0005).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "onceload/kafka/transactional_producer.h"
#include "onceload/message/message_batch.h"

namespace onceload {

// What one produce request takes.
struct RequestLimits {
  std::size_t bytes = 0;  // of keys, values and headers, with kMessageOverhead for each message
  std::size_t messages = 0;
  std::size_t ahead = 0;  // requests of so many messages that may follow the one in flight
};

// Most bytes that the record format adds to a message without headers (KIP-98, a record's varints),
// rounded up.
inline constexpr std::size_t kMessageOverhead = 48;

// Keeps a copy of each message until it is settled, a lane's side by side: librdkafka's threads
// copy them into the request long after, one lane at a time, and from the batches, where the lanes
// are mixed, each message would come from memory instead of a cache (decision 0007). Not
// thread-safe.
class SendQueue {
 public:
  struct Entry {
    MessageBatch::Message message;  // `begin` says nothing here
    const char* at = nullptr;       // its first byte; stays until the message is settled

    std::size_t bytes() const { return message.size() + kMessageOverhead; }
  };

  // Lanes 0 .. partitions - 1 are the topic's partitions, lane `partitions` is the dead letters'.
  // A lane's requests keep to the limits of its topic.
  SendQueue(std::size_t partitions, const RequestLimits& limits, const RequestLimits& dead_letters);
  SendQueue(std::size_t partitions, const RequestLimits& limits)
      : SendQueue(partitions, limits, limits) {}

  void Add(const MessageBatch& batch);

  std::size_t lanes() const { return lanes_.size(); }
  std::size_t LaneOf(const MessageBatch::Message& message) const {
    return message.dead_letter ? lanes_.size() - 1
                               : static_cast<std::size_t>(message.partition.value);
  }

  // What the lane's next request takes, in order: at least one message, even if it alone is larger
  // than the limit. Empty while a request of the lane is in flight, unless one may follow it; if
  // nothing waits; or if a full request is asked for and less than that waits. kRest: what else
  // fits the request whose first messages are in flight already. Valid until the next Add() or
  // Sent().
  enum class Request : std::uint8_t { kFull, kAny, kRest };
  std::span<const Entry> Next(std::size_t lane, Request wanted) const;

  // Messages of these rows go so many at a time, and no others with them.
  void Narrow(std::vector<SuspectRows> suspects) { suspects_ = std::move(suspects); }

  // Of the lane's messages in flight, the one whose value lies at `value`; nullptr: none does. Of
  // those without a value, one that has this key. Asked for many in their order, it is quick.
  const Entry* InFlightAt(std::size_t lane, const void* value,
                          std::optional<std::string_view> key = std::nullopt);

  // The first `count` of Next() are in flight now.
  void Sent(std::size_t lane, std::size_t count);
  // One message of the lane is acknowledged, which comes in the order of Sent(), or has failed.
  void Settled(std::size_t lane, bool acknowledged = true);

  // Nothing waits or is in flight.
  bool settled(std::size_t lane) const { return lanes_[lane].settled(); }
  // The same for all lanes.
  bool settled() const;
  // Some lane's next request is full.
  bool has_full() const;

  std::size_t waiting_bytes() const { return waiting_bytes_; }
  // Bytes held for messages that wait or are in flight, with what is free in their blocks.
  std::size_t held_bytes() const;
  // REQUIRES: nothing is in flight.
  void Clear();

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity = 0;
    std::size_t size = 0;
    std::uint64_t end = 0;  // messages of the lane up to this block's last one
  };

  struct Lane {
    RequestLimits limits;
    std::vector<Entry> entries;  // from `first` on they wait
    std::size_t first = 0;
    std::size_t sent = 0;       // from here to `first` they have been sent and are not freed
    std::size_t found = 0;      // behind the one that InFlightAt() has found last
    std::size_t bytes = 0;      // of those that wait
    std::size_t in_flight = 0;  // messages
    std::size_t in_flight_bytes = 0;
    bool in_order = true;       // none in flight has failed
    std::uint64_t added = 0;    // messages
    std::vector<Block> blocks;  // oldest first

    bool settled() const { return bytes == 0 && in_flight == 0; }
  };

  static const char* Keep(Lane& lane, const char* bytes, std::size_t size);
  static void Free(Lane& lane);
  std::span<const Entry> Ahead(const Lane& lane) const;

  std::size_t AtATime(const Entry& entry) const;

  std::vector<Lane> lanes_;
  std::vector<SuspectRows> suspects_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace onceload
