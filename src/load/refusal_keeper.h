// Which of a load's refusals have rejected a row, and so have to be written down; and the times
// that the topic takes, which move with the clock.
#pragma once

#include <vector>

#include "onceload/load/row_source.h"
#include "onceload/rows/input_rows.h"

namespace onceload {

// Used by one thread.
class RefusalKeeper {
 public:
  // `known`: of the progress record that the load goes on from. `found`: rows that this run knows
  // of besides. `clock` must outlive it.
  RefusalKeeper(const Refusals& known, std::vector<RefusedRow> found, TimeWindow window,
                const Clock* clock);

  // Before rows behind `row` are read: what they are judged by goes into `judged`. Within a minute
  // nothing changes, for each change may be one that the progress record has to keep.
  void Refresh(RowNumber row, Refusals& judged);

  // A row of these has been rejected for that.
  void Note(InputRows::RefusedFor why, RowNumber row);

  // May another row be? There is a bound to what a progress record can keep.
  bool full() const { return written_.rows.size() >= kRefusedRowsMax; }

  // What a progress record of now has to have.
  const Refusals& written() const { return written_; }

 private:
  TimeLimits LimitsOf(RowNumber row, std::int64_t now_ms) const;

  const TimeWindow window_;
  const Clock* const clock_;
  std::vector<RefusedRow> found_;
  Refusals written_;
  std::optional<TimeLimits> current_;  // has rejected no row yet, if it is not written_
  bool current_written_ = false;
  std::int64_t current_since_ms_ = 0;
};

}  // namespace onceload
