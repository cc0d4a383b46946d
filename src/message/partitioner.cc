#include "onceload/message/partitioner.h"

namespace onceload {
namespace {

constexpr std::uint32_t kSeed = 0x9747b28cU;
constexpr std::uint32_t kMultiplier = 0x5bd1e995U;
constexpr unsigned kShift = 24;

// Little-endian whatever the machine, as the Java client reads it.
std::uint32_t Le32(const char* bytes) {
  std::uint32_t word = 0;
  for (unsigned i = 0; i < 4; ++i) {
    word |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

}  // namespace

std::uint32_t Murmur2(std::string_view bytes) {
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
  while (bytes.size() >= 4) {
    std::uint32_t word = Le32(bytes.data()) * kMultiplier;
    word = (word ^ (word >> kShift)) * kMultiplier;
    hash = (hash * kMultiplier) ^ word;
    bytes.remove_prefix(4);
  }
  if (!bytes.empty()) {
    for (unsigned i = 0; i < bytes.size(); ++i) {
      hash ^= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    hash *= kMultiplier;
  }
  hash = (hash ^ (hash >> 13U)) * kMultiplier;
  return hash ^ (hash >> 15U);
}

PartitionId PartitionOf(std::optional<std::string_view> key, RowNumber row,
                        std::int32_t partitions) {
  const auto count = static_cast<std::uint32_t>(partitions);
  if (!key) return PartitionId{static_cast<std::int32_t>((row.value - 1) % count)};
  // The Java client's toPositive(): not abs(), which has no answer for the smallest integer.
  return PartitionId{static_cast<std::int32_t>((Murmur2(*key) & 0x7fffffffU) % count)};
}

}  // namespace onceload
