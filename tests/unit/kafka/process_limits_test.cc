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

// In a process of its own: there is no way back.
template <typename Check>
[[noreturn]] void ExitBy(Check check) {
  try {
    check();
  } catch (const Error& error) {
    std::cerr << error.Line();
    std::exit(static_cast<int>(error.code()));
  }
  std::exit(0);
}

// Of a user without other threads, and root has no such limit.
void AllowThreads(rlim_t threads) {
  const auto nobody_else = static_cast<uid_t>(30'000 + getpid() % 30'000);
  if (geteuid() == 0 && setuid(nobody_else) != 0) std::exit(99);
  const rlimit limit{threads, threads};
  if (setrlimit(RLIMIT_NPROC, &limit) != 0) std::exit(98);
}

[[noreturn]] void CheckWithThreads(rlim_t threads, std::size_t brokers) {
  AllowThreads(threads);
  ExitBy([&] { CheckProcessLimits(kLoad, brokers); });
}

[[noreturn]] void CheckWithSpace(rlim_t bytes) {
  const rlimit limit{bytes, bytes};
  if (setrlimit(RLIMIT_AS, &limit) != 0) std::exit(98);
  ExitBy([] { CheckProcessLimits(); });
}

TEST(ProcessLimitsDeathTest, TooFewThreadsForTheBrokersNameTheLimit) {
  EXPECT_EXIT(CheckWithThreads(60, 10), testing::ExitedWithCode(2),
              "needed are 101 for 10 brokers.*ulimit -u, or pids.max");
}

// One more than are started: the one that starts them counts.
TEST(ProcessLimitsDeathTest, AsManyThreadsAsAreNeededAreEnough) {
  if (geteuid() != 0) GTEST_SKIP() << "the user has other threads";
  EXPECT_EXIT(CheckWithThreads(102, 10), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(CheckWithThreads(101, 10), testing::ExitedWithCode(2), "100 could, needed are 101");
}

TEST(ProcessLimitsDeathTest, ThreeBrokersAreCheckedBeforeAnyIsAsked) {
  const auto check = [] {
    AllowThreads(2);
    ExitBy([] { CheckProcessLimits(); });
  };
  EXPECT_EXIT(check(), testing::ExitedWithCode(2), "needed are 45 for 3 brokers");
}

TEST(ProcessLimitsDeathTest, TooLittleAddressSpaceNamesTheLimit) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer takes more address space than there may be";
#endif
  constexpr rlim_t kMebibyte = rlim_t{1} << 20;
  EXPECT_EXIT(CheckWithSpace(2048 * kMebibyte), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(CheckWithSpace(2047 * kMebibyte), testing::ExitedWithCode(2),
              "2047 MiB, needed are 2048; raise it .ulimit -v.");
}

// The first check was for so many.
TEST(ProcessLimitsDeathTest, ThreeBrokersAreNotTriedAgain) {
  EXPECT_EXIT(CheckWithThreads(1, 3), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace onceload
