#include "onceload/load/patience.h"

#include <algorithm>

#include "onceload/core/error.h"
#include "onceload/core/text.h"

namespace onceload {

Patience::Patience(Duration budget, RunContext& context, RunListener& events)
    : budget_(budget), context_(context), events_(events), progressed_at_(context.clock.Now()) {}

void Patience::Progressed() {
  progressed_at_ = context_.clock.Now();
  Alive();
}

void Patience::Alive() {
  if (!announced_.empty()) {
    events_.On(WaitEnded{announced_, context_.clock.Now() - *waiting_since_});
    quiet_ = std::min(2 * quiet_, kQuietWaitMax);
  }
  announced_.clear();
  waiting_since_.reset();
}

void Patience::HeldBack(Duration held) {
  progressed_at_ += held;
  Alive();
}

void Patience::Waiting(const std::string& what, const std::string& why, bool chunk_open) {
  const Duration now = context_.clock.Now();
  if (!waiting_since_) waiting_since_ = now;
  if (context_.stop) {
    if (!stop_seen_at_) stop_seen_at_ = now;
    if (!chunk_open || now - *stop_seen_at_ >= kStopGrace) {
      throw Error(ExitCode::kStopped, "stopped by a signal while waiting for " + what, why, "");
    }
  }
  if (now - progressed_at_ >= budget_) {
    throw Error(
        ExitCode::kKafka,
        "no chunk could be committed for " + Seconds(now - progressed_at_) + ", waiting for " +
            what,
        why,
        "onceload doctor with the same options looks for the cause; --retry-budget sets how "
        "long to wait");
  }
  if (announced_.empty() && now - *waiting_since_ >= quiet_) {
    announced_ = what;
    events_.On(WaitBegun{what, why, now - *waiting_since_, progressed_at_ + budget_ - now});
  }
}

}  // namespace onceload
