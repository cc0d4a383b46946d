#include "load/refusal_keeper.h"

#include <algorithm>
#include <utility>

namespace onceload {
namespace {

// Shorter than any limit that is worth setting.
constexpr std::int64_t kRefreshMs = 60'000;

// Of a load that runs for a day and rejects a row a minute. Then the limits stay as they are: what
// lies between is for the broker to refuse.
constexpr std::size_t kTimesMax = 1'500;

}  // namespace

RefusalKeeper::RefusalKeeper(const Refusals& known, std::vector<RefusedRow> found,
                             TimeWindow window, const Clock* clock)
    : window_(window), clock_(clock), found_(std::move(found)), written_(known) {}

TimeLimits RefusalKeeper::LimitsOf(RowNumber row, std::int64_t now_ms) const {
  return {row, window_.before_max_ms == 0 ? 0 : now_ms - window_.before_max_ms,
          window_.after_max_ms == 0 ? 0 : now_ms + window_.after_max_ms};
}

void RefusalKeeper::Refresh(RowNumber row, Refusals& judged) {
  const std::int64_t now_ms = clock_ == nullptr ? 0 : clock_->WallClock().count();
  const bool first = !current_;
  if (!first && now_ms - current_since_ms_ < kRefreshMs) return;
  // From here on the limits before count no more; where they have rejected nothing they never did.
  if ((first || current_written_) && !written_.times.empty() && !written_.times.back().any()) {
    written_.times.push_back({row, 0, 0});
  }
  const bool bounded = written_.times.size() < kTimesMax;
  current_ = bounded ? LimitsOf(row, now_ms) : TimeLimits{row, 0, 0};
  current_written_ = false;
  current_since_ms_ = now_ms;
  judged = written_;
  if (!current_->any()) judged.times.push_back(*current_);
  judged.rows.insert(judged.rows.end(), found_.begin(), found_.end());
  std::sort(judged.rows.begin(), judged.rows.end(),
            [](const RefusedRow& a, const RefusedRow& b) { return a.row < b.row; });
}

void RefusalKeeper::Note(InputRows::RefusedFor why, RowNumber row) {
  if (why == InputRows::RefusedFor::kTime && !current_written_) {
    written_.times.push_back(*current_);
    current_written_ = true;
  }
  if (why != InputRows::RefusedFor::kUnknown) return;
  const auto found = std::find_if(found_.begin(), found_.end(),
                                  [&](const RefusedRow& known) { return known.row == row; });
  if (found != found_.end()) written_.rows.push_back(*found);
}

}  // namespace onceload
