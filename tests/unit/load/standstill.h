// From a moment on, a call of the producers never does what it is asked for: the run has to end by
// itself, when its budget is used up or, after a signal, when its grace is.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "onceload/load/patience.h"
#include "unit/load/fortune.h"

namespace onceload {

class Standstill {
 public:
  Standstill(World& world, Fortune& fortune) : world_(world), clock_(world.clock) {
    const std::size_t drawn = fortune.Below(kKinds.size());
    kind_ = kKinds[drawn];
    calls_before_ = fortune.Below(20);
    budget_ = Duration{20'000 + static_cast<Duration::rep>(fortune.Below(60'000))};
    if (fortune.OneIn(2)) {
      signal_after_ = Duration{static_cast<Duration::rep>(fortune.Below(15'000))};
    }
  }

  Duration budget() const { return budget_; }

  // How it ended otherwise than it has to; empty: as it has to.
  std::string Play() {
    const Duration begun = clock_.Now();
    const std::size_t chunks = world_.told.Of<ChunkCommitted>().size();
    world_.broker.disturb = [this](const std::string&, std::string_view call) {
      return Answer(call);
    };
    std::optional<ExitCode> code;
    try {
      if (!world_.Run("")) return "it goes on though nothing gets on";
    } catch (const Error& error) {
      code = error.code();
    }
    world_.broker.disturb = nullptr;
    world_.stop = false;
    const auto committed = world_.told.Of<ChunkCommitted>();
    progressed_ = committed.size() > chunks ? committed.back().committed : begun;
    return code ? Judge(*code) : "";
  }

 private:
  struct Kind {
    std::string_view call;
    Verdict verdict;
  };
  static constexpr std::array kKinds{Kind{"Send", Verdict::kFatal},
                                     Kind{"AwaitAcknowledged", Verdict::kAbort},
                                     Kind{"Begin", Verdict::kFatal},
                                     Kind{"AwaitAcknowledged", Verdict::kPending},
                                     Kind{"Send", Verdict::kAbort},
                                     Kind{"AwaitAcknowledged", Verdict::kFatal},
                                     Kind{"AwaitAcknowledged", Verdict::kPending},
                                     Kind{"Init", Verdict::kPending}};
  static constexpr Duration kCall{500};
  // Between two looks at the budget: a pause before new producers, and what is asked for after it.
  static constexpr Duration kSlack{5'000};

  Outcome Answer(std::string_view call) {
    if (call != kind_.call) return {};
    if (calls_before_ > 0) {
      --calls_before_;
      return {};
    }
    const Duration now = clock_.Now();
    if (!stands_since_) stands_since_ = now;
    if (signal_after_ && !signal_at_ && now - *stands_since_ >= *signal_after_) {
      world_.stop = true;
      signal_at_ = now;
    }
    if (now - *stands_since_ > budget_ + 10 * kStopGrace) throw SimulatedCrash{};
    if (now > last_) before_last_ = std::exchange(last_, now);
    if (kind_.verdict == Verdict::kPending) clock_.Sleep(kCall);
    return {kind_.verdict, "stands still"};
  }

  std::string Judge(ExitCode code) const {
    const Duration now = clock_.Now();
    const Duration budget_end = progressed_ + budget_;
    if (code == ExitCode::kStopped) {
      if (!signal_at_) return "stopped without a signal";
      return now > *signal_at_ + kStopGrace + kSlack ? "a signal has waited for too long" : "";
    }
    if (code == ExitCode::kInput) return "";  // before a row that cannot be loaded
    if (code != ExitCode::kKafka) return "a standstill ends with " + std::to_string(int(code));
    if (signal_at_ && *signal_at_ + kStopGrace + kSlack < now) return "a signal was not heeded";
    if (now < budget_end) return "it gave up before its budget was used up";
    // An answer that fails costs new producers, and they a look at the budget.
    if (kind_.verdict != Verdict::kPending && before_last_ >= budget_end) {
      return "it went on when its budget was used up";
    }
    return now > budget_end + kSlack ? "it went on long after its budget" : "";
  }

  World& world_;
  ManualClock& clock_;
  Kind kind_{};
  std::uint64_t calls_before_ = 0;
  Duration budget_{0};
  std::optional<Duration> signal_after_;
  std::optional<Duration> stands_since_;
  std::optional<Duration> signal_at_;
  Duration last_{0}, before_last_{0};  // answers that failed
  Duration progressed_{0};
};

}  // namespace onceload
