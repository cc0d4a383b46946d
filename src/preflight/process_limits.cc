#include "onceload/preflight/process_limits.h"

#include <cstdint>
#include <future>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

// A load on three brokers has 41 threads: six clients with one each for a broker and some more.
constexpr std::size_t kThreadsNeeded = 44;

// That load reserves 1406 MiB (it uses 90): 8 MiB of stack for each thread, 64 MiB for each arena
// of malloc. Each further broker takes 50 MiB.
constexpr std::uint64_t kAddressSpaceNeeded = std::uint64_t{2} << 30;

void CheckAddressSpace() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur >= kAddressSpaceNeeded) return;
  throw Error(ExitCode::kUsage,
              "the limit of address space is too low for the threads of a Kafka client",
              std::to_string(limit.rlim_cur >> 20) + " MiB, needed are " +
                  std::to_string(kAddressSpaceNeeded >> 20),
              "raise it (ulimit -v), or limit memory by a control group: most of this is never "
              "touched");
}

// By trial: of several limits (RLIMIT_NPROC, pids.max of a control group, the kernel's) most cannot
// be read, and none tells how much of it others have taken.
void TryThreads() {
  std::promise<void> all_there;
  const std::shared_future<void> end = all_there.get_future().share();
  std::vector<std::thread> threads;
  std::string refusal;
  try {
    while (threads.size() < kThreadsNeeded) threads.emplace_back([end] { end.wait(); });
  } catch (const std::system_error& error) {
    refusal = error.code().message();
  }
  all_there.set_value();
  for (std::thread& thread : threads) thread.join();
  if (refusal.empty()) return;
  throw Error(
      ExitCode::kUsage, "not enough threads can be started for a Kafka client: " + refusal,
      std::to_string(threads.size()) + " could, needed are " + std::to_string(kThreadsNeeded),
      "raise the limit (ulimit -u, or pids.max of the control group)");
}

}  // namespace

void CheckProcessLimits() {
  CheckAddressSpace();
  TryThreads();
}

}  // namespace onceload
