// Encoded messages on their way from the encoder to Kafka: one arena, no allocation per row.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "onceload/core/digest.h"
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

  // Takes the newest bytes back. REQUIRES: size <= size().
  void shrink_to(std::size_t size) { size_ = size; }
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

// A number as little-endian bytes, whatever the machine: digests are made of them.
template <typename Number>
void PutLittleEndian(Number number, char* to) {
  if constexpr (std::endian::native == std::endian::big) {
    for (std::size_t i = 0; i < sizeof number; ++i) to[i] = static_cast<char>(number >> (8 * i));
  } else {
    std::memcpy(to, &number, sizeof number);
  }
}

template <typename Number>
Number LittleEndianAt(const char* from) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    const auto byte = static_cast<Number>(static_cast<unsigned char>(from[i]));
    number = static_cast<Number>(number | static_cast<Number>(byte << (8 * i)));
  }
  return number;
}

inline constexpr std::uint32_t kNullHeader = 0xffff'ffff;  // the value size of a header without one

// Messages' headers, one behind the other, as RecordParts::headers (core/digest.h) has them.
// nullopt: the header has no value. REQUIRES: `name` shorter than 64 KiB, `value` than 2 GiB.
inline void AppendHeader(ByteArena& arena, std::string_view name,
                         std::optional<std::string_view> value) {
  constexpr std::size_t kSizes = sizeof(std::uint16_t) + sizeof(std::uint32_t);
  char* const to = arena.room(kSizes);
  PutLittleEndian(static_cast<std::uint16_t>(name.size()), to);
  PutLittleEndian(value ? static_cast<std::uint32_t>(value->size()) : kNullHeader,
                  to + sizeof(std::uint16_t));
  arena.extend(kSizes);
  arena.append(name);
  if (value) arena.append(*value);
}

// Calls fn(name, value) for each header, in order. A value that is null is an empty one whose
// data() is nullptr.
template <typename Fn>
void ForEachHeader(std::string_view headers, Fn&& fn) {
  while (!headers.empty()) {
    const std::size_t name_size = LittleEndianAt<std::uint16_t>(headers.data());
    const auto value_size = LittleEndianAt<std::uint32_t>(headers.data() + sizeof(std::uint16_t));
    headers.remove_prefix(sizeof(std::uint16_t) + sizeof(std::uint32_t));
    const std::string_view name = headers.substr(0, name_size);
    headers.remove_prefix(name_size);
    const std::size_t size = value_size == kNullHeader ? 0 : value_size;
    fn(name, value_size == kNullHeader ? std::string_view() : headers.substr(0, size));
    headers.remove_prefix(size);
  }
}

// Messages in file order: the encoder appends to it, the sink reads it.
class MessageBatch {
 public:
  // No timestamp of the message's own: it gets the time of sending.
  static constexpr std::int64_t kNoTimestamp = kNoTime;

  // Key, value and headers lie in this order, one behind the other. `begin` is a place in the
  // arena, which moves while it grows.
  struct Message {
    std::uint32_t begin = 0;
    std::uint32_t key_size = 0;
    std::uint32_t value_size = 0;
    std::uint32_t headers_size = 0;  // of the region AppendHeader() has written; 0: no headers
    std::int64_t timestamp_ms = kNoTimestamp;
    RowNumber row;  // of the whole load; 0: of none alone
    PartitionId partition;
    bool has_key = false;
    bool null_value = false;   // a tombstone; value_size is 0
    bool dead_letter = false;  // goes to the dead letter topic; `partition` is one of that topic

    std::size_t size() const { return std::size_t{key_size} + value_size + headers_size; }
    // Its parts, if its first byte is at `at`.
    std::optional<std::string_view> KeyAt(const char* at) const {
      if (!has_key) return std::nullopt;
      return std::string_view(at, key_size);
    }
    // A null one is an empty one whose data() is nullptr.
    std::string_view ValueAt(const char* at) const {
      if (null_value) return {};
      return {at + key_size, value_size};
    }
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
  std::optional<std::string_view> content(const Message& m) const {
    if (m.null_value) return std::nullopt;
    return value(m);
  }
  std::string_view headers(const Message& m) const { return m.HeadersAt(at(m)); }

 private:
  ByteArena arena_;
  std::vector<Message> messages_;
};

}  // namespace onceload
