#include "cli/signal_watch.h"

#include <ctime>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

constexpr long kLookNanoseconds = 100'000'000;  // how soon the thread sees that it may end

sigset_t Watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

SignalWatch::SignalWatch() {
  const sigset_t set = Watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A reader of our output that goes away is an error of that write, not the end of the load.
  signal(SIGPIPE, SIG_IGN);
  thread_ = std::thread([this] { Wait(); });
}

SignalWatch::~SignalWatch() {
  done_ = true;
  thread_.join();
}

void SignalWatch::Wait() {
  const sigset_t set = Watched();
  const timespec timeout{0, kLookNanoseconds};
  while (!done_) {
    if (sigtimedwait(&set, nullptr, &timeout) < 0) continue;
    // The second time: gone at this instant, as if killed; that is safe.
    if (stop_.exchange(true)) _exit(static_cast<int>(ExitCode::kStopped));
    static constexpr char kNote[] =
        "\nonceload: stopping: the open chunk is being finished; a second signal leaves at once\n";
    static_cast<void>(!write(STDERR_FILENO, kNote, sizeof kNote - 1));
  }
}

}  // namespace onceload
