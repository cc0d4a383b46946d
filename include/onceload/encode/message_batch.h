// Encoded messages on their way from the encoder to Kafka: one arena, no allocation per row.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "onceload/core/error.h"
#include "onceload/core/types.h"

namespace onceload {

// Bytes that only grow. Not a std::string: its resize() fills with zeros the room the encoder is
// about to write to (half the speed on rows of 2000 bytes), and appending to it piece by piece
// checks for room at each (less than half the speed on any rows).
class ByteArena {
 public:
  // Places in an arena are 32 bits wide: half the size of a message's entry.
  static constexpr std::size_t kBytesMax = std::numeric_limits<std::uint32_t>::max();

  ByteArena() = default;
  ByteArena(ByteArena&& other) noexcept { Swap(other); }
  ByteArena& operator=(ByteArena&& other) noexcept {
    Swap(other);
    return *this;
  }

  // At least `bytes` bytes behind the last one, uninitialised: write there, then extend(). Valid
  // until the next call. Throws Error(kBug) if the arena would outgrow kBytesMax.
  char* room(std::size_t bytes) {
    if (bytes > capacity_ - size_) Grow(bytes);
    return bytes_.get() + size_;
  }
  // REQUIRES: room() has been asked for as much.
  void extend(std::size_t bytes) { size_ += bytes; }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    extend(bytes.size());
  }

  // Keeps the memory for the next batch.
  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  void Swap(ByteArena& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(capacity_, other.capacity_);
    std::swap(size_, other.size_);
  }

  void Grow(std::size_t bytes) {
    if (bytes > kBytesMax - size_) {
      throw Error(ExitCode::kBug, "a batch of messages has outgrown 4 GiB", "", "");
    }
    // Doubled, so that a batch is copied a bounded number of times while it grows.
    const std::size_t capacity = std::min(kBytesMax, std::max(size_ + bytes, 2 * capacity_));
    auto grown = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(grown.get(), bytes_.get(), size_);
    bytes_ = std::move(grown);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

// A message's headers, one behind the other, each [u16 name size][i32 value size][name][value]. The
// numbers are in the machine's order: no arena leaves the process.
// REQUIRES: `name` shorter than 64 KiB, `value` shorter than 2 GiB.
inline void AppendHeader(ByteArena& arena, std::string_view name, std::string_view value) {
  const auto name_size = static_cast<std::uint16_t>(name.size());
  const auto value_size = static_cast<std::int32_t>(value.size());
  char* const to = arena.room(sizeof name_size + sizeof value_size);
  std::memcpy(to, &name_size, sizeof name_size);
  std::memcpy(to + sizeof name_size, &value_size, sizeof value_size);
  arena.extend(sizeof name_size + sizeof value_size);
  arena.append(name);
  arena.append(value);
}

// Calls fn(name, value) for each header of MessageBatch::headers(), in order.
template <typename Fn>
void ForEachHeader(std::string_view headers, Fn&& fn) {
  while (!headers.empty()) {
    std::uint16_t name_size = 0;
    std::int32_t value_size = 0;
    std::memcpy(&name_size, headers.data(), sizeof name_size);
    std::memcpy(&value_size, headers.data() + sizeof name_size, sizeof value_size);
    headers.remove_prefix(sizeof name_size + sizeof value_size);
    const auto size = static_cast<std::size_t>(value_size);
    fn(headers.substr(0, name_size), headers.substr(name_size, size));
    headers.remove_prefix(name_size + size);
  }
}

// Messages in file order: the encoder appends to it, the sink reads it.
class MessageBatch {
 public:
  // No timestamp of the message's own: it gets the time of sending.
  static constexpr std::int64_t kNoTimestamp = -1;

  // Key, value and headers lie in this order, one behind the other. `begin` is a place in the
  // arena, which moves while it grows.
  struct Message {
    std::uint32_t begin = 0;
    std::uint32_t key_size = 0;
    std::uint32_t value_size = 0;
    std::uint32_t headers_size = 0;  // of the region AppendHeader() has written; 0: no headers
    std::int64_t timestamp_ms = kNoTimestamp;
    PartitionId partition;
    bool has_key = false;
    bool dead_letter = false;  // goes to the dead letter topic; `partition` is one of that topic

    std::size_t size() const { return std::size_t{key_size} + value_size + headers_size; }
    // Its parts, if its first byte is at `at`.
    std::optional<std::string_view> KeyAt(const char* at) const {
      if (!has_key) return std::nullopt;
      return std::string_view(at, key_size);
    }
    std::string_view ValueAt(const char* at) const { return {at + key_size, value_size}; }
    std::string_view HeadersAt(const char* at) const {
      return {at + key_size + value_size, headers_size};
    }
  };

  void Clear() {
    arena_.clear();
    messages_.clear();
  }

  // The encoder's side: bytes are appended to arena(), then the message is added.
  ByteArena& arena() { return arena_; }
  void Add(const Message& message) { messages_.push_back(message); }

  const std::vector<Message>& messages() const { return messages_; }
  std::size_t bytes() const { return arena_.size(); }

  // Valid until the batch changes.
  const char* at(const Message& m) const { return arena_.view().data() + m.begin; }
  std::optional<std::string_view> key(const Message& m) const { return m.KeyAt(at(m)); }
  std::string_view value(const Message& m) const { return m.ValueAt(at(m)); }
  std::string_view headers(const Message& m) const { return m.HeadersAt(at(m)); }

 private:
  ByteArena arena_;
  std::vector<Message> messages_;
};

}  // namespace onceload
