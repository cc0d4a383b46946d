#include "onceload/kafka/process_limits.h"

#include <future>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

constexpr std::size_t kBrokersAssumed = 3;

// No command has more than a load: the one that asks, two of the progress log, and the producers.
constexpr ClientCount kClientsMost{.readers = 3, .producers = 4};

// What a client has beside those for brokers: rdk:main and one that connects to none.
constexpr std::size_t kThreadsOfClient = 2;

constexpr std::size_t kThreadsOfCoordinator = 1;  // a producer's connection to it is one of its own

constexpr std::size_t kThreadsBeside = 3;  // signals, commit, reading ahead

// A load on three brokers reserves 1406 MiB (it uses 90): 8 MiB of stack for each thread, 64 MiB
// for each arena of malloc. On ten it was 1675 MiB.
constexpr std::uint64_t kAddressSpaceNeeded = std::uint64_t{2} << 30;
constexpr std::uint64_t kAddressSpaceOfBroker = std::uint64_t{50} << 20;

void CheckAddressSpace(std::uint64_t needed) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur >= needed) return;
  throw Error(
      ExitCode::kUsage, "the limit of address space is too low for the threads of a Kafka client",
      std::to_string(limit.rlim_cur >> 20) + " MiB, needed are " + std::to_string(needed >> 20),
      "raise it (ulimit -v), or limit memory by a control group: most of this is never "
      "touched");
}

// By trial: of several limits (RLIMIT_NPROC, pids.max of a control group, the kernel's) most cannot
// be read, and none tells how much of it others have taken.
void TryThreads(std::size_t needed, std::size_t brokers) {
  std::promise<void> all_there;
  const std::shared_future<void> end = all_there.get_future().share();
  std::vector<std::thread> threads;
  std::string refusal;
  try {
    while (threads.size() < needed) threads.emplace_back([end] { end.wait(); });
  } catch (const std::system_error& error) {
    refusal = error.code().message();
  }
  all_there.set_value();
  for (std::thread& thread : threads) thread.join();
  if (refusal.empty()) return;
  throw Error(ExitCode::kUsage, "not enough threads can be started for a Kafka client: " + refusal,
              std::to_string(threads.size()) + " could, needed are " + std::to_string(needed) +
                  " for " + std::to_string(brokers) + " brokers",
              "raise the limit (ulimit -u, or pids.max of the control group)");
}

void Check(ClientCount clients, std::size_t brokers) {
  const ProcessNeeds needs = NeedsOf(clients, brokers);
  CheckAddressSpace(needs.address_space);
  TryThreads(needs.threads, brokers);
}

}  // namespace

// 42 were counted in a load on three brokers (/proc/PID/status), and 45 for a moment at the start:
// a client asks an address it was given before it knows which broker that is. One more for each
// broker was enough for these.
ProcessNeeds NeedsOf(ClientCount clients, std::size_t brokers) {
  const std::size_t all = clients.readers + clients.producers;
  const std::size_t more = brokers > kBrokersAssumed ? brokers - kBrokersAssumed : 0;
  return {all * (kThreadsOfClient + brokers) + clients.producers * kThreadsOfCoordinator +
              kThreadsBeside + brokers,
          kAddressSpaceNeeded + more * kAddressSpaceOfBroker};
}

void CheckProcessLimits() { Check(kClientsMost, kBrokersAssumed); }

void CheckProcessLimits(ClientCount further, std::size_t brokers) {
  if (brokers > kBrokersAssumed) Check(further, brokers);
}

}  // namespace onceload
