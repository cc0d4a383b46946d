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

constexpr std::uint64_t kAtFirst = (256 + 5 * 4) * 1024;

TEST(ChunkPaceTest, AQuarterOfWhatAChunkMayBeProvesFourTimesAsMuch) {
  ChunkPace pace(5, kTimeout, kAge);
  EXPECT_EQ(pace.bytes_max(), kAtFirst);
  pace.Acknowledged(kAtFirst / 4 - 1, Duration{0});
  EXPECT_EQ(pace.bytes_max(), kAtFirst);
  pace.Acknowledged(kAtFirst / 4, Duration{5'001});
  EXPECT_EQ(pace.bytes_max(), kAtFirst);
  pace.Acknowledged(kAtFirst / 4, Duration{5'000});
  EXPECT_EQ(pace.bytes_max(), 4 * kAtFirst);
  for (int i = 0; i < 30; ++i) pace.Acknowledged(pace.bytes_max(), Duration{0});
  EXPECT_EQ(pace.bytes_max(), std::uint64_t{1} << 40);
}

TEST(ChunkPaceTest, AChunkThatTookTooLongIsCutToWhatTheLinkCarries) {
  ChunkPace pace(5, kTimeout, kAge);
  pace.Acknowledged(1'000, Duration{10'000});
  EXPECT_EQ(pace.bytes_max(), kAtFirst) << "just as long as it may";
  pace.Acknowledged(kAtFirst, Duration{20'000});
  EXPECT_EQ(pace.bytes_max(), kAtFirst / 2);
  pace.Acknowledged(8 * kAtFirst, Duration{20'000});
  EXPECT_EQ(pace.bytes_max(), kAtFirst / 2) << "not more than before";
  pace.Acknowledged(100, Duration{60'000});
  EXPECT_EQ(pace.bytes_max(), 16U * 1024);
}

// Who wants old chunks waits for them, but not for more than half of a transaction's time.
TEST(ChunkPaceTest, TheTimeOfAChunkIsItsAgeTwiceOrAShareOfItsTransactions) {
  const auto cut_at = [](Duration age) {
    ChunkPace pace(5, kTimeout, age);
    Duration took{1'000};
    while (pace.bytes_max() >= kAtFirst) pace.Acknowledged(1'000, took += Duration{1'000});
    return took;
  };
  EXPECT_EQ(cut_at(Duration{2'000}), Duration{11'000});
  EXPECT_EQ(cut_at(Duration{12'000}), Duration{25'000});
  EXPECT_EQ(cut_at(Duration{20'000}), Duration{31'000});
}

}  // namespace
}  // namespace onceload
