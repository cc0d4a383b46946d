// How long to wait for Kafka, and what to say meanwhile: one line when waiting begins, one when it
// ends, never a flood.
#pragma once

#include <optional>
#include <string>

#include "onceload/core/run_context.h"
#include "onceload/kafka/outcome.h"
#include "onceload/report/run_events.h"

namespace onceload {

// Waits shorter than this are not worth a line: a leader election, a slow flush.
inline constexpr Duration kQuietWait{3'000};
// After each one that has been told only a longer one is, up to this: under a quota every chunk
// waits, and says nothing new.
inline constexpr Duration kQuietWaitMax{30'000};

// After a signal the open chunk may be finished for this long.
inline constexpr Duration kStopGrace{10'000};

// Used by the load thread only.
class Patience {
 public:
  // `budget`: longest time without Progressed(). All references must outlive it.
  Patience(Duration budget, RunContext& context, RunListener& events);

  // Something has got on: a chunk is committed. The budget begins anew.
  void Progressed();

  // Kafka has answered or acknowledged: a wait that has been announced is over.
  void Alive();

  // The load has held back by itself for `held`: that time counts for nothing.
  void HeldBack(Duration held);

  // Still nothing. `what` is waited for, `why` is what is known of the reason. Throws Error(kKafka)
  // past the budget; Error(kStopped) after a signal, at once or, with `chunk_open`, after
  // kStopGrace.
  void Waiting(const std::string& what, const std::string& why, bool chunk_open = false);

  // Repeats `call` (a callable that returns Outcome) until it says something other than kPending.
  template <typename Call>
  Outcome Until(const std::string& what, Call&& call) {
    for (;;) {
      Outcome outcome = call();
      if (outcome.verdict != Verdict::kPending) {
        if (outcome.done()) Alive();
        return outcome;
      }
      Waiting(what, outcome.detail);
    }
  }

 private:
  Duration budget_;
  RunContext& context_;
  RunListener& events_;
  Duration progressed_at_;
  std::optional<Duration> waiting_since_;
  std::optional<Duration> stop_seen_at_;
  Duration quiet_ = kQuietWait;
  std::string announced_;  // what is waited for, once that has been told
};

}  // namespace onceload
