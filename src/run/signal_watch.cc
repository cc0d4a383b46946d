#include "run/signal_watch.h"

#include <ctime>
#include <string>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "onceload/core/error.h"
#include "onceload/load/patience.h"
#include "onceload/report/event_log.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {
namespace {

constexpr long kLookNanoseconds = 100'000'000;  // between signs of life for a service manager

sigset_t Watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

// The load's thread may be writing, or waiting for a terminal that takes no text.
void TellAtOnce(const RunEvent& event) {
  WriteToStderrAtOnce(EventLine(event, SystemClock(), "") + "\n");
}

}  // namespace

SignalWatch::SignalWatch(bool json, ServiceManager& manager) : json_(json), manager_(manager) {
  const sigset_t set = Watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A reader of our output that goes away is an error of that write, not the end of the load.
  signal(SIGPIPE, SIG_IGN);
  thread_ = std::thread([this] { Wait(); });
}

SignalWatch::~SignalWatch() {
  done_ = true;
  pthread_kill(thread_.native_handle(), SIGHUP);  // else its wait is the end of every command
  thread_.join();
}

void SignalWatch::Wait() {
  const sigset_t set = Watched();
  const timespec timeout{0, kLookNanoseconds};
  const SystemClock clock;
  while (!done_) {
    manager_.Alive(clock.Now());
    if (sigtimedwait(&set, nullptr, &timeout) < 0) continue;
    if (done_) return;
    // The second time: gone at this instant, as if killed; that is safe.
    if (stop_.exchange(true)) {
      TellLeaving();
      _exit(static_cast<int>(ExitCode::kStopped));
    }
    manager_.Tell("STOPPING=1\nSTATUS=stopping: the open chunk is being finished");
    TellStopping();
  }
}

void SignalWatch::TellStopping() const {
  if (json_) return TellAtOnce(Stopping{kStopGrace});
  static_assert(kStopGrace == Duration{10'000}, "the text says so");
  WriteToStderrAtOnce("\n" + LineHead(NoticeLevel::kInfo) +
                      "stopping: the open chunk is being finished, Kafka has 10 s to answer; a "
                      "second signal leaves "
                      "at once\n");
}

void SignalWatch::TellLeaving() const {
  const CommandFailed failed{ExitCode::kStopped, "stopped by a second signal", "",
                             "nothing is lost: run the same command again", ""};
  if (json_) return TellAtOnce(failed);
  WriteToStderrAtOnce(LineHead(NoticeLevel::kError) + failed.what + "; " + failed.advice + "\n");
}

}  // namespace onceload
