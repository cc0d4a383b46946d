#include "load/rate_limit.h"

#include <gtest/gtest.h>

#include "fakes/fake_broker.h"

namespace onceload {
namespace {

MessageBatch BatchOf(int rows, std::size_t bytes) {
  MessageBatch batch;
  batch.arena().append(std::string(bytes, 'x'));
  for (int i = 0; i < rows; ++i) batch.Add({});
  return batch;
}

// Sends `batches` batches as fast as the limit lets it.
Duration TimeOf(const MaxRate& rate, const MessageBatch& batch, int batches) {
  ManualClock clock;
  RateLimit limit(rate, clock);
  const Duration begun = clock.Now();
  for (int i = 0; i < batches; ++i) {
    while (limit.Delay() > Duration{0}) clock.Sleep(limit.Delay());
    limit.Take(batch);
  }
  return clock.Now() - begun;
}

TEST(RateLimit, HoldsTheRateOverManyBatches) {
  // The first batch goes at once.
  EXPECT_EQ(TimeOf({.rows = 1'000}, BatchOf(50, 9), 101), Duration{5'000});
  EXPECT_EQ(TimeOf({.bytes = 1'000}, BatchOf(1, 250), 41), Duration{10'000});
  EXPECT_EQ(TimeOf({.rows = 8}, BatchOf(1, 9), 801), Duration{100'000});
  // A batch that is more than a second's worth.
  EXPECT_EQ(TimeOf({.bytes = 10}, BatchOf(1, 1'000), 3), Duration{200'000});
}

TEST(RateLimit, WithoutOneNothingWaits) {
  EXPECT_EQ(TimeOf({}, BatchOf(1'000'000, 9), 1'000), Duration{0});
}

TEST(RateLimit, AStandstillIsCaughtUpWithASecondAtMost) {
  ManualClock clock;
  RateLimit limit({.rows = 1'000}, clock);
  clock.Sleep(Duration{3'600'000});
  EXPECT_EQ(limit.Delay(), Duration{0});
  limit.Take(BatchOf(1'000, 9));
  EXPECT_EQ(limit.Delay(), Duration{0});
  limit.Take(BatchOf(1'000, 9));
  EXPECT_EQ(limit.Delay(), Duration{1'000});
}

TEST(RateLimit, BatchesAreSmallBesideTheRate) {
  const ManualClock clock;
  BatchLimits limits;
  RateLimit({.rows = 1'000}, clock).Narrow(limits);
  EXPECT_EQ(limits.rows, 50U);
  EXPECT_EQ(limits.bytes, BatchLimits{}.bytes);
  RateLimit({.bytes = 100'000}, clock).Narrow(limits);
  EXPECT_EQ(limits.bytes, 5'000U);
  RateLimit({.rows = 3}, clock).Narrow(limits);
  EXPECT_EQ(limits.rows, 1U);
  limits = {};
  RateLimit({.rows = 100'000'000}, clock).Narrow(limits);
  RateLimit({}, clock).Narrow(limits);
  EXPECT_EQ(limits.rows, BatchLimits{}.rows);
}

}  // namespace
}  // namespace onceload
