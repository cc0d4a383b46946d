#include "onceload/kafka/kafka_wait.h"

#include <algorithm>
#include <utility>

#include "onceload/core/error.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

constexpr Duration kSlice{1'000};  // one call
constexpr Duration kPause{50};     // after a call that has failed at once
constexpr Duration kQuiet{3'000};  // waits shorter than this are not worth a line

}  // namespace

KafkaWait::KafkaWait(Clock& clock, Duration budget, std::string where, Notice notice)
    : clock_(clock),
      budget_(budget),
      where_(std::move(where)),
      notice_(std::move(notice)),
      progressed_at_(clock.Now()) {}

void KafkaWait::Progressed() {
  progressed_at_ = clock_.Now();
  noticed_ = false;
}

void KafkaWait::GiveUp(const std::string& what, const Outcome& outcome) const {
  if (outcome.hopeless()) throw Error(RefusalOf(outcome, where_));
  throw Error(
      ExitCode::kKafka,
      "no " + what + (outcome.verdict == Verdict::kPending ? " for " + Seconds(budget_) : "") +
          ": " + outcome.detail,
      where_, "check the brokers and run the same command again; --retry-budget waits longer");
}

void KafkaWait::Until(const std::string& what, const std::function<Outcome(Duration)>& call) {
  Progressed();
  for (;;) {
    const Duration left = budget_ - (clock_.Now() - progressed_at_);
    const Outcome outcome = call(std::clamp(left, Duration{1}, kSlice));
    if (outcome.done()) return Progressed();
    const Duration waited = clock_.Now() - progressed_at_;
    if (outcome.verdict != Verdict::kPending || waited >= budget_) GiveUp(what, outcome);
    if (!noticed_ && waited >= kQuiet) {
      noticed_ = true;
      notice_("waiting for " + what + " (" + outcome.detail + "); giving up in " +
              Seconds(budget_ - waited));
    }
    clock_.Sleep(kPause);
  }
}

std::vector<OffsetRange> BoundsOf(CommittedScan& scan, std::int32_t partitions, KafkaWait& wait) {
  std::vector<OffsetRange> bounds;
  wait.Until("offsets of the topic",
             [&](Duration slice) { return scan.Bounds(partitions, slice, bounds); });
  return bounds;
}

void ScanRanges(CommittedScan& scan, const std::vector<OffsetRange>& ranges, KafkaWait& wait,
                const std::function<void(const CommittedRecord&)>& visit) {
  std::uint64_t seen = 0;
  const std::function<void(const CommittedRecord&)> counted = [&](const CommittedRecord& record) {
    ++seen;
    visit(record);
  };
  wait.Until("records of the topic", [&](Duration slice) {
    const std::uint64_t before = seen;
    Outcome outcome = scan.Run(ranges, slice, counted);
    if (seen > before) wait.Progressed();
    return outcome;
  });
}

}  // namespace onceload
