#include "onceload/core/failpoints.h"

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

TEST(FailpointsTest, NothingIsArmedByDefault) {
  Failpoints failpoints;
  EXPECT_FALSE(failpoints.armed());
  failpoints.Hit("after_commit");
  failpoints.Hit("");
}

TEST(FailpointsTest, CrashesAtTheNthPassageAndOnlyThen) {
  int crashes = 0;
  Failpoints failpoints("after_commit:3", [&crashes] { ++crashes; });
  EXPECT_TRUE(failpoints.armed());
  EXPECT_EQ(failpoints.name(), "after_commit");
  failpoints.Hit("after_commit");
  failpoints.Hit("after_commit");
  EXPECT_EQ(crashes, 0);
  failpoints.Hit("after_commit");
  EXPECT_EQ(crashes, 1);
  for (int i = 0; i < 10; ++i) failpoints.Hit("after_commit");
  EXPECT_EQ(crashes, 1);
}

TEST(FailpointsTest, OneIsTheFirstPassage) {
  int crashes = 0;
  Failpoints failpoints("begin:1", [&crashes] { ++crashes; });
  failpoints.Hit("begin");
  EXPECT_EQ(crashes, 1);
}

TEST(FailpointsTest, OtherNamesDoNotCount) {
  int crashes = 0;
  Failpoints failpoints("after_commit:1", [&crashes] { ++crashes; });
  for (const char* name : {"after_commi", "after_commit2", "after_commit:1", "AFTER_COMMIT", ""}) {
    failpoints.Hit(name);
  }
  EXPECT_EQ(crashes, 0);
}

TEST(FailpointsTest, CrashesOnceForManyThreads) {
  std::atomic<int> crashes{0};
  Failpoints failpoints("p:500", [&crashes] { ++crashes; });
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&failpoints] {
      for (int i = 0; i < 1000; ++i) failpoints.Hit("p");
    });
  }
  threads.clear();
  EXPECT_EQ(crashes, 1);
}

TEST(FailpointsTest, OtherFormsAreUsageErrors) {
  for (const char* spec :
       {"", "after_commit", "after_commit:", ":1", ":", "after_commit:0", "after_commit:-1",
        "after_commit:+1", "after_commit:1x", "after_commit: 1", "after_commit:1.5", "a:b:1",
        "after_commit:18446744073709551616"}) {
    try {
      Failpoints failpoints(spec, [] {});
      ADD_FAILURE() << "accepted: " << spec;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage) << spec;
      EXPECT_EQ(error.where(), spec);
    }
  }
}

TEST(FailpointsDeathTest, TheDefaultCrashIsSigkill) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Failpoints failpoints("after_commit:1");
        failpoints.Hit("after_commit");
      },
      testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace onceload
