// The quantities of a load, each a type of its own: a byte offset is no row number, and the
// compiler says so.
#pragma once

#include <compare>
#include <cstdint>

namespace onceload {

// A number that only compares with its own kind. Arithmetic is on `value`, in the open.
template <typename Tag, typename Rep>
struct Quantity {
  Rep value{};

  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep v) : value(v) {}
  constexpr auto operator<=>(const Quantity&) const = default;
};

// Byte in an input file, from 0.
using ByteOffset = Quantity<struct ByteOffsetTag, std::uint64_t>;

// Data row of an input file, from 1; the header and empty lines are no rows. As a position:
// the number of rows before it.
using RowNumber = Quantity<struct RowNumberTag, std::uint64_t>;

// Chunk of a load, from 1. 0: nothing has been committed yet.
using ChunkNumber = Quantity<struct ChunkNumberTag, std::uint64_t>;

// Partition of a topic, from 0.
using PartitionId = Quantity<struct PartitionIdTag, std::int32_t>;

// Offset in a Kafka partition, from 0. kNoOffset: unknown.
using KafkaOffset = Quantity<struct KafkaOffsetTag, std::int64_t>;
inline constexpr KafkaOffset kNoOffset{-1};

}  // namespace onceload
