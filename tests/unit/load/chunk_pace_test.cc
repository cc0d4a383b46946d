#include "load/chunk_pace.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

constexpr Duration kTimeout{60'000};
constexpr Duration kAge{2'000};

// Chunks that are as large as they may be, over a link of so many bytes a second.
std::uint64_t BytesMaxAfter(ChunkPace& pace, double speed, int chunks, Duration* slowest) {
  for (int i = 0; i < chunks; ++i) {
    const double seconds = static_cast<double>(pace.bytes_max()) / speed;
    const Duration took{static_cast<std::int64_t>(seconds * 1000)};
    if (slowest != nullptr) *slowest = std::max(*slowest, took);
    pace.Acknowledged(pace.bytes_max(), took);
  }
  return pace.bytes_max();
}

TEST(ChunkPaceTest, AFastLinkIsNotHeldBackForLong) {
  ChunkPace pace(5, kTimeout, kAge);
  EXPECT_GE(BytesMaxAfter(pace, 200e6, 5, nullptr), std::uint64_t{128} << 20);
}

TEST(ChunkPaceTest, NoTransactionOfASlowLinkComesNearItsTime) {
  for (const double speed : {20e3, 40e3, 100e3, 1e6}) {
    ChunkPace pace(5, kTimeout, kAge);
    Duration slowest{0};
    BytesMaxAfter(pace, speed, 20, &slowest);
    EXPECT_LT(slowest, kTimeout / 2) << speed;
  }
}

TEST(ChunkPaceTest, ALinkThatBecomesSlowIsGivenLess) {
  ChunkPace pace(5, kTimeout, kAge);
  BytesMaxAfter(pace, 200e6, 8, nullptr);
  pace.Acknowledged(1'000'000, Duration{40'000});
  EXPECT_LE(pace.bytes_max(), 300'000U);
}

TEST(ChunkPaceTest, ASmallChunkProvesNothing) {
  ChunkPace pace(5, kTimeout, kAge);
  const std::uint64_t before = pace.bytes_max();
  pace.Acknowledged(10, Duration{5});
  EXPECT_EQ(pace.bytes_max(), before);
}

}  // namespace
}  // namespace onceload
