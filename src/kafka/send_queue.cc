#include "kafka/send_queue.h"

#include <iterator>

namespace onceload {

void SendQueue::Add(const MessageBatch& batch) {
  const std::vector<MessageBatch::Message>& messages = batch.messages();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const MessageBatch::Message& message = messages[i];
    const std::size_t bytes = std::size_t{message.key_size} + message.value_size +
                              message.headers_size + kMessageOverhead;
    Lane& lane = lanes_[LaneOf(message)];
    lane.entries.push_back(
        {&batch, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(bytes)});
    lane.bytes += bytes;
    waiting_bytes_ += bytes;
  }
}

std::span<const SendQueue::Entry> SendQueue::Next(std::size_t lane_number,
                                                  std::size_t worth) const {
  const Lane& lane = lanes_[lane_number];
  if (lane.in_flight > 0 || lane.bytes == 0 || lane.bytes < worth) return {};
  const std::span<const Entry> waiting = std::span(lane.entries).subspan(lane.first);
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < waiting.size() && count < limits_.messages; ++count) {
    bytes += waiting[count].bytes;
    if (count > 0 && bytes > limits_.bytes) break;
  }
  return waiting.first(count);
}

void SendQueue::Sent(std::size_t lane_number, std::size_t count) {
  Lane& lane = lanes_[lane_number];
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t bytes = lane.entries[lane.first + i].bytes;
    lane.bytes -= bytes;
    waiting_bytes_ -= bytes;
  }
  lane.first += count;
  lane.in_flight += count;
  // Not at once: each entry is moved a bounded number of times.
  if (2 * lane.first >= lane.entries.size()) {
    lane.entries.erase(lane.entries.begin(),
                       std::next(lane.entries.begin(), static_cast<std::ptrdiff_t>(lane.first)));
    lane.first = 0;
  }
}

void SendQueue::Clear() {
  for (Lane& lane : lanes_) lane = Lane{};
  waiting_bytes_ = 0;
}

}  // namespace onceload
