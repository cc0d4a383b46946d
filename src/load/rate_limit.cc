#include "load/rate_limit.h"

#include <algorithm>

namespace onceload {
namespace {

// A batch is a twentieth of a second's worth: the flow is even, and a batch still worth its call.
constexpr std::uint64_t kBatchesPerSecond = 20;

// What a load that was held up may catch up with: a second's worth, so that a commit does not lower
// the rate and an outage does not end in a flood.
constexpr std::chrono::duration<double> kBurst{1};

}  // namespace

RateLimit::RateLimit(const MaxRate& rate, const Clock& clock)
    : counts_bytes_(rate.bytes > 0),
      per_second_(counts_bytes_ ? rate.bytes : rate.rows),
      clock_(clock),
      filled_at_(clock.Now()) {}

void RateLimit::Narrow(BatchLimits& limits) const {
  if (per_second_ == 0) return;
  const std::uint64_t most = std::max<std::uint64_t>(per_second_ / kBatchesPerSecond, 1);
  if (counts_bytes_) {
    limits.bytes = std::min<std::size_t>(limits.bytes, most);
  } else {
    limits.rows = std::min(limits.rows, most);
  }
}

Duration RateLimit::Delay() {
  if (per_second_ == 0) return Duration{0};
  const auto rate = static_cast<double>(per_second_);
  const Duration now = clock_.Now();
  level_ += std::chrono::duration<double>(now - filled_at_).count() * rate;
  level_ = std::min(level_, kBurst.count() * rate);
  filled_at_ = now;
  if (level_ >= 0) return Duration{0};
  return std::chrono::ceil<Duration>(std::chrono::duration<double>(-level_ / rate));
}

void RateLimit::Take(const MessageBatch& batch) {
  if (per_second_ == 0) return;
  level_ -= static_cast<double>(counts_bytes_ ? batch.bytes() : batch.messages().size());
}

}  // namespace onceload
