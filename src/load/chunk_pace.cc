#include "load/chunk_pace.h"

#include <algorithm>

namespace onceload {
namespace {

// 13 s at 20 kB/s, of a transaction's 60 s by default. What a transaction costs besides grows with
// the partitions.
constexpr std::uint64_t kBytesAtFirst = std::uint64_t{256} << 10;
constexpr std::uint64_t kBytesOfPartition = std::uint64_t{4} << 10;
constexpr std::uint64_t kBytesLeast = std::uint64_t{16} << 10;
constexpr std::uint64_t kBytesMost = std::uint64_t{1} << 40;

constexpr std::uint64_t kGrowth = 4;

// Three transactions are under way at a time, and share what the link carries.
constexpr int kShareOfTimeout = 6;

}  // namespace

ChunkPace::ChunkPace(std::size_t partitions, Duration transaction_timeout, Duration chunk_age)
    : aim_(std::max(transaction_timeout / kShareOfTimeout,
                    std::min(2 * chunk_age, transaction_timeout / 2))),
      bytes_max_(kBytesAtFirst + kBytesOfPartition * partitions) {}

void ChunkPace::Acknowledged(std::uint64_t bytes, Duration took) {
  if (took <= aim_ / 2) {
    // Not for one that was small for another reason: it proves nothing of larger ones.
    if (bytes >= bytes_max_ / kGrowth) bytes_max_ = std::min(kGrowth * bytes_max_, kBytesMost);
    return;
  }
  if (took <= aim_) return;
  const double share = static_cast<double>(aim_.count()) / static_cast<double>(took.count());
  const auto carried = static_cast<std::uint64_t>(static_cast<double>(bytes) * share);
  bytes_max_ = std::max(kBytesLeast, std::min(bytes_max_, carried));
}

}  // namespace onceload
