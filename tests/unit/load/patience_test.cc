#include "onceload/load/patience.h"

#include <gtest/gtest.h>

#include "fakes/fake_broker.h"
#include "onceload/core/error.h"
#include "report/event_text.h"

namespace onceload {
namespace {

class Listener final : public RunListener {
 public:
  void On(const RunEvent& event) override {
    const auto sentence = SentenceOf(event);
    ASSERT_TRUE(sentence);
    lines.push_back(sentence->text);
  }
  std::vector<std::string> lines;
};

class PatienceTest : public testing::Test {
 protected:
  void WaitFor(Duration duration, bool chunk_open = false) {
    for (const Duration until = clock_.Now() + duration; clock_.Now() < until;) {
      clock_.Sleep(Duration{100});
      patience_.Waiting("the brokers", "timed out", chunk_open);
    }
  }

  ManualClock clock_;
  Failpoints failpoints_;
  std::atomic<bool> stop_{false};
  RunContext context_{clock_, failpoints_, stop_};
  Listener listener_;
  Patience patience_{Duration{60'000}, context_, listener_};
};

TEST_F(PatienceTest, ALineSaysWhatIsWaitedForAndForHowLongAtMost) {
  WaitFor(Duration{2'900});
  EXPECT_EQ(listener_.lines, std::vector<std::string>{});
  WaitFor(Duration{10'000});
  EXPECT_EQ(listener_.lines,
            std::vector<std::string>{"waiting for the brokers (timed out); giving up in 57 s; "
                                     "onceload doctor looks for the cause"});
}

TEST_F(PatienceTest, WaitsOfOneKindAreNoFlood) {
  for (int chunk = 0; chunk < 100; ++chunk) {
    WaitFor(Duration{14'000});
    patience_.Progressed();
  }
  EXPECT_EQ(listener_.lines.size(), 6U) << "those of 3, 6 and 12 s, and their ends";
  WaitFor(Duration{31'000});
  EXPECT_EQ(listener_.lines.size(), 7U);
}

TEST_F(PatienceTest, WhatIsSaidOfTheEndIsKept) {
  EXPECT_NO_THROW(WaitFor(Duration{59'900}));
  EXPECT_THROW(WaitFor(Duration{200}), Error);
}

TEST_F(PatienceTest, TimeHeldBackIsNotTimeWithoutKafka) {
  clock_.Sleep(Duration{600'000});
  patience_.HeldBack(Duration{600'000});
  EXPECT_NO_THROW(WaitFor(Duration{59'000}));
}

// What is open may still be committed, but not for ever: who asked to stop would kill it.
TEST_F(PatienceTest, ASignalWaitsForAnOpenChunkNoLongerThanItsGrace) {
  stop_ = true;
  EXPECT_NO_THROW(WaitFor(kStopGrace, true));
  EXPECT_THROW(WaitFor(Duration{200}, true), Error);
}

TEST_F(PatienceTest, ASignalEndsAWaitAtOnceWhereNothingIsOpen) {
  stop_ = true;
  EXPECT_THROW(WaitFor(Duration{100}), Error);
}

TEST_F(PatienceTest, TheEndOfAWaitThatWasToldIsTold) {
  WaitFor(Duration{4'000});
  clock_.Sleep(Duration{1'000});
  patience_.Progressed();
  EXPECT_EQ(listener_.lines.size(), 2U);
  EXPECT_EQ(listener_.lines.back(), "Kafka answers again after 5 s, going on");
  patience_.Progressed();
  WaitFor(Duration{5'900});
  EXPECT_EQ(listener_.lines.size(), 2U) << "it was told once, and the next wait is told later";
  WaitFor(Duration{200});
  EXPECT_EQ(listener_.lines.size(), 3U);
}

// A broker that answers, though nothing is committed, ends a wait and not the patience.
TEST_F(PatienceTest, WhoIsAliveIsNotWaitedForAnyMore) {
  WaitFor(Duration{2'900});
  patience_.Alive();
  WaitFor(Duration{2'900});
  EXPECT_EQ(listener_.lines, std::vector<std::string>{});
  WaitFor(Duration{200});
  EXPECT_EQ(listener_.lines.size(), 1U);
  EXPECT_NO_THROW(WaitFor(Duration{53'900}));
  EXPECT_THROW(WaitFor(Duration{200}), Error);
}

TEST_F(PatienceTest, WhatItEndsWithIsSaid) {
  const auto thrown = [&](Duration duration) {
    try {
      WaitFor(duration);
    } catch (const Error& error) {
      return std::to_string(static_cast<int>(error.code())) + " " + error.Line();
    }
    return std::string("nothing");
  };
  EXPECT_EQ(thrown(Duration{60'000}),
            "5 no chunk could be committed for 60 s, waiting for the brokers: timed out; "
            "onceload doctor with the same options looks for the cause; --retry-budget sets how "
            "long to wait");
  stop_ = true;
  EXPECT_EQ(thrown(Duration{100}),
            "4 stopped by a signal while waiting for the brokers: timed out");
}

}  // namespace
}  // namespace onceload
