#include "onceload/kafka/process_limits.h"

#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

constexpr ClientCount kLoad{.readers = 3, .producers = 4};

// As counted: 42 in a load on three brokers, 45 for a moment, the main thread with it.
TEST(ProcessLimitsTest, ThreadsAreThoseOfEachClientToEachBroker) {
  EXPECT_EQ(NeedsOf(kLoad, 3).threads, 45U);
  EXPECT_EQ(NeedsOf(kLoad, 10).threads, 101U);
  EXPECT_EQ(NeedsOf({.readers = 4}, 10).threads, 61U);
}

TEST(ProcessLimitsTest, AddressSpaceGrowsWithTheBrokersAfterTheThird) {
  EXPECT_EQ(NeedsOf(kLoad, 1).address_space, std::uint64_t{2048} << 20);
  EXPECT_EQ(NeedsOf(kLoad, 3).address_space, std::uint64_t{2048} << 20);
  EXPECT_EQ(NeedsOf(kLoad, 10).address_space, std::uint64_t{2398} << 20);
}

// In a process of its own: there is no way back. Of a user without other threads, and root has no
// such limit.
[[noreturn]] void CheckWithThreads(rlim_t threads, std::size_t brokers) {
  constexpr uid_t kNobodyElse = 54321;
  if (geteuid() == 0 && setuid(kNobodyElse) != 0) std::exit(99);
  const rlimit limit{threads, threads};
  if (setrlimit(RLIMIT_NPROC, &limit) != 0) std::exit(98);
  try {
    CheckProcessLimits(kLoad, brokers);
  } catch (const Error& error) {
    std::cerr << error.Line();
    std::exit(static_cast<int>(error.code()));
  }
  std::exit(0);
}

TEST(ProcessLimitsDeathTest, TooFewThreadsForTheBrokersNameTheLimit) {
  EXPECT_EXIT(CheckWithThreads(60, 10), testing::ExitedWithCode(2),
              "needed are 101 for 10 brokers.*ulimit -u, or pids.max");
}

// The first check was for so many.
TEST(ProcessLimitsDeathTest, ThreeBrokersAreNotTriedAgain) {
  EXPECT_EXIT(CheckWithThreads(1, 3), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace onceload
