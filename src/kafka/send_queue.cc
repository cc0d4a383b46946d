#include "kafka/send_queue.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace onceload {
namespace {

// A block is as large as what waits in its lane, within these: with hundreds of partitions little
// waits in each, and with few of them a block is a good part of a request.
constexpr std::size_t kBlockBytesMin = std::size_t{4} << 10;
constexpr std::size_t kBlockBytesMax = std::size_t{256} << 10;

}  // namespace

SendQueue::SendQueue(std::size_t partitions, const RequestLimits& limits,
                     const RequestLimits& dead_letters)
    : lanes_(partitions + 1) {
  for (Lane& lane : lanes_) lane.limits = limits;
  lanes_.back().limits = dead_letters;
}

void SendQueue::Add(const MessageBatch& batch) {
  for (const MessageBatch::Message& message : batch.messages()) {
    Lane& lane = lanes_[LaneOf(message)];
    const Entry& entry =
        lane.entries.emplace_back(Entry{message, Keep(lane, batch.at(message), message.size())});
    lane.bytes += entry.bytes();
    waiting_bytes_ += entry.bytes();
  }
}

// Copies a message behind the lane's last one.
const char* SendQueue::Keep(Lane& lane, const char* bytes, std::size_t size) {
  if (lane.blocks.empty() || size > lane.blocks.back().capacity - lane.blocks.back().size) {
    const std::size_t capacity =
        std::max(size, std::clamp(lane.bytes, kBlockBytesMin, kBlockBytesMax));
    lane.blocks.push_back({std::make_unique_for_overwrite<char[]>(capacity), capacity});
  }
  Block& block = lane.blocks.back();
  char* const at = block.bytes.get() + block.size;
  if (size > 0) std::memcpy(at, bytes, size);
  block.size += size;
  block.end = ++lane.added;
  return at;
}

std::span<const SendQueue::Entry> SendQueue::Next(std::size_t lane_number, Request wanted) const {
  const Lane& lane = lanes_[lane_number];
  const std::span<const Entry> waiting = std::span(lane.entries).subspan(lane.first);
  if (lane.in_flight > 0 && wanted != Request::kRest) return Ahead(lane);
  if (wanted == Request::kFull && lane.bytes < lane.limits.bytes &&
      waiting.size() < lane.limits.messages) {
    return {};
  }
  std::size_t count = 0;
  std::size_t bytes = lane.in_flight_bytes;
  const std::size_t narrow = suspects_.empty() || waiting.empty() ? 0 : AtATime(waiting.front());
  if (narrow > 0 && lane.in_flight > 0) return {};
  for (; count < waiting.size() && lane.in_flight + count < lane.limits.messages; ++count) {
    if (!suspects_.empty()) {
      if (AtATime(waiting[count]) != narrow || (narrow > 0 && count == narrow)) break;
    }
    bytes += waiting[count].bytes();
    if (lane.in_flight + count > 0 && bytes > lane.limits.bytes) break;
  }
  return waiting.first(count);
}

// Full by its number alone: librdkafka would hold one that is full by its bytes for linger.ms, and
// then poll for it.
std::span<const SendQueue::Entry> SendQueue::Ahead(const Lane& lane) const {
  const std::size_t count = lane.limits.messages;
  if (lane.in_flight > lane.limits.ahead * count) return {};
  if (lane.entries.size() - lane.first < count || !suspects_.empty()) return {};
  const std::span<const Entry> next = std::span(lane.entries).subspan(lane.first, count);
  std::size_t bytes = 0;
  for (const Entry& entry : next) bytes += entry.bytes();
  return bytes > lane.limits.bytes ? std::span<const Entry>() : next;
}

void SendQueue::Sent(std::size_t lane_number, std::size_t count) {
  Lane& lane = lanes_[lane_number];
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t bytes = lane.entries[lane.first + i].bytes();
    lane.bytes -= bytes;
    lane.in_flight_bytes += bytes;
    waiting_bytes_ -= bytes;
  }
  lane.first += count;
  lane.in_flight += count;
}

const SendQueue::Entry* SendQueue::InFlightAt(std::size_t lane_number, const void* value,
                                              std::optional<std::string_view> key) {
  Lane& lane = lanes_[lane_number];
  for (std::size_t tried = lane.sent; tried < lane.first; ++tried, ++lane.found) {
    if (lane.found >= lane.first) lane.found = lane.sent;
    const Entry& entry = lane.entries[lane.found];
    if (entry.message.ValueAt(entry.at).data() != value) continue;
    // Those without a value are told apart by their keys.
    if (value == nullptr && entry.message.KeyAt(entry.at) != key) continue;
    ++lane.found;
    return &entry;
  }
  return nullptr;
}

// 0: as many as fit.
std::size_t SendQueue::AtATime(const Entry& entry) const {
  const MessageBatch::Message& message = entry.message;
  for (const SuspectRows& suspects : suspects_) {
    if (suspects.partition == message.partition && !message.dead_letter &&
        suspects.first <= message.row && message.row <= suspects.last) {
      return suspects.at_a_time;
    }
  }
  return 0;
}

void SendQueue::Settled(std::size_t lane_number, bool acknowledged) {
  Lane& lane = lanes_[lane_number];
  if (!acknowledged) lane.in_order = false;
  if (--lane.in_flight == 0) {
    lane.in_flight_bytes = 0;
    lane.in_order = true;
  } else if (!lane.in_order || lane.in_flight % lane.limits.messages != 0) {
    // Which of those in flight have failed is not known, and librdkafka may still read the others.
    // Nor is it worth the while for each message of a request.
    return;
  }
  Free(lane);
}

// REQUIRES: those in flight are the last that were sent.
void SendQueue::Free(Lane& lane) {
  const std::size_t settled = lane.first - lane.in_flight;
  const std::uint64_t last = lane.added - (lane.entries.size() - settled);
  const auto needed = std::find_if(lane.blocks.begin(), lane.blocks.end(),
                                   [&](const Block& block) { return block.end > last; });
  lane.blocks.erase(lane.blocks.begin(), needed);
  lane.sent = lane.found = settled;
  // Not each time: an entry is moved a bounded number of times.
  if (2 * settled < lane.entries.size()) return;
  lane.entries.erase(lane.entries.begin(),
                     std::next(lane.entries.begin(), static_cast<std::ptrdiff_t>(settled)));
  lane.first = lane.in_flight;
  lane.sent = lane.found = 0;
}

bool SendQueue::settled() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.settled(); });
}

bool SendQueue::has_full() const {
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (!Next(lane, Request::kFull).empty()) return true;
  }
  return false;
}

std::size_t SendQueue::held_bytes() const {
  std::size_t bytes = 0;
  for (const Lane& lane : lanes_) {
    for (const Block& block : lane.blocks) bytes += block.capacity;
  }
  return bytes;
}

void SendQueue::Clear() {
  for (Lane& lane : lanes_) {
    const RequestLimits limits = lane.limits;
    lane = Lane{};
    lane.limits = limits;
  }
  waiting_bytes_ = 0;
}

}  // namespace onceload
