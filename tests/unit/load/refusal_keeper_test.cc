#include "load/refusal_keeper.h"

#include <gtest/gtest.h>

#include "fakes/fake_broker.h"

namespace onceload {
namespace {

constexpr auto kTime = InputRows::RefusedFor::kTime;
constexpr auto kUnknown = InputRows::RefusedFor::kUnknown;
constexpr std::int64_t kHourMs = 3'600'000;

class RefusalKeeperTest : public testing::Test {
 protected:
  RefusalKeeper Keeper(const Refusals& known = {}, std::vector<RefusedRow> found = {}) {
    return {known, std::move(found), {0, kHourMs}, &clock_};
  }
  std::int64_t Now() const { return clock_.WallClock().count(); }

  ManualClock clock_;
  Refusals judged_;
};

TEST_F(RefusalKeeperTest, LimitsThatHaveRejectedNothingAreNotWrittenDown) {
  RefusalKeeper keeper = Keeper();
  keeper.Refresh(RowNumber{0}, judged_);
  ASSERT_EQ(judged_.times.size(), 1U);
  EXPECT_EQ(judged_.times[0].latest_ms, Now() + kHourMs);
  EXPECT_EQ(judged_.times[0].earliest_ms, 0);
  EXPECT_TRUE(keeper.written().none());
}

TEST_F(RefusalKeeperTest, LimitsThatHaveRejectedARowStay) {
  RefusalKeeper keeper = Keeper();
  keeper.Refresh(RowNumber{0}, judged_);
  const TimeLimits first = judged_.times[0];
  keeper.Note(kTime, RowNumber{7});
  keeper.Note(kTime, RowNumber{8});
  clock_.Sleep(Duration{10 * kHourMs});
  keeper.Refresh(RowNumber{9}, judged_);
  // Rows behind 9 are judged by the later ones, and those up to 9 as they were.
  ASSERT_EQ(keeper.written().times.size(), 2U);
  EXPECT_EQ(keeper.written().times[0], first);
  EXPECT_EQ(keeper.written().times[1], (TimeLimits{RowNumber{9}, 0, 0}));
  EXPECT_EQ(judged_.times.back(), (TimeLimits{RowNumber{9}, 0, Now() + kHourMs}));
}

TEST_F(RefusalKeeperTest, AnotherRunBeginsWithItsOwnClock) {
  Refusals known;
  known.times.push_back({RowNumber{0}, 0, 1});
  RefusalKeeper keeper = Keeper(known);
  keeper.Refresh(RowNumber{5}, judged_);
  EXPECT_EQ(judged_.times.back(), (TimeLimits{RowNumber{5}, 0, Now() + kHourMs}));
  EXPECT_EQ(keeper.written().times.back(), (TimeLimits{RowNumber{5}, 0, 0}));
}

TEST_F(RefusalKeeperTest, ARowThatWasFoundIsWrittenDownOnceItIsRejected) {
  RefusalKeeper keeper = Keeper({}, {{RowNumber{3}, "words", "due"}});
  keeper.Refresh(RowNumber{0}, judged_);
  ASSERT_EQ(judged_.rows.size(), 1U);
  EXPECT_TRUE(keeper.written().rows.empty());
  keeper.Note(kUnknown, RowNumber{3});
  ASSERT_EQ(keeper.written().rows.size(), 1U);
  EXPECT_EQ(keeper.written().rows[0].detail, "words");
}

}  // namespace
}  // namespace onceload
