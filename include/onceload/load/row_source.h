// The inputs as batches of encoded messages, each with what is accounted for at its end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/error.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/rejected_row.h"
#include "onceload/message/message_batch.h"
#include "onceload/rows/input_rows.h"

namespace onceload {

// What is done with a row that cannot be loaded.
enum class OnError : std::uint8_t {
  kFail,        // the load stops before it
  kSkip,        // it is counted and recorded
  kDeadLetter,  // and its own bytes go to the dead letter topic, in the same transaction
};

// How the file of rejected rows is written: as the load that began it did.
enum class RejectsFormat : std::uint8_t {
  kFirst,   // seven columns (0.1.0)
  kSecond,  // and the row's lines and bytes, where the rest of it lies, and the load's id
};

struct RejectPolicy {
  OnError on_error = OnError::kFail;
  bool keep_text = false;  // for the file of rejected rows
  RejectsFormat format = RejectsFormat::kSecond;
  // The load stops before the row that would make more rejected lines than this. Lines, because
  // between two stray quotes there may be a million of them in one row.
  std::uint64_t lines_max = ~std::uint64_t{0};
  double percent_max = 100;  // of the lines read, from kPercentRowsMin rows on
};

// A percentage of fewer rows says nothing: the first row may be bad.
inline constexpr std::uint64_t kPercentRowsMin = 1000;

// How far a record's time may lie from the broker's clock, for rows that have a time of their own;
// 0: any.
struct TimeWindow {
  std::int64_t before_max_ms = 0;
  std::int64_t after_max_ms = 0;

  bool any() const { return before_max_ms == 0 && after_max_ms == 0; }
};

// Cumulative counts at a record boundary; offsets unknown.
struct Tally {
  InputPosition position;
  std::vector<PartitionProgress> partitions;
  std::uint64_t rejected = 0;
  std::uint64_t rejected_lines = 0;
  PartitionProgress dead_letters;
  std::uint64_t rejects_bytes = 0;
  std::uint64_t packed_done = 0;
  LongCell long_cell;
  Refusals refusals;  // that have rejected a row up to here

  // Those of a record, but for what only Kafka knows: `record`'s offsets stay.
  void PutInto(ProgressRecord& record) const;
};

// A cell of a loaded row with more lines than this is told of: the longest that people mean are
// addresses and comments.
inline constexpr std::uint64_t kCellLinesQuiet = 100;

struct EncodedBatch {
  MessageBatch messages;
  std::uint64_t rows = 0;                                  // loaded or rejected
  Tally after;                                             // at its end
  std::vector<InputPosition> begun;                        // where files begin in it
  std::vector<std::pair<std::uint32_t, InputFile>> ended;  // files whose end lies in it
  std::vector<RejectedRow> rejected;                       // rows in it that have no message
  std::string rejects_text;          // their lines for the file of rejected rows
  std::vector<std::string> notices;  // what a person should know of the rows in it
  bool last = false;                 // all inputs end here
  std::optional<Error> failure;  // the input cannot be read on behind it, or a row stops the load

  bool stops() const { return last || failure; }
};

struct BatchLimits {
  std::uint64_t rows = 4096;  // per batch: small enough to stay in cache
  std::size_t bytes = std::size_t{1} << 19;
};

// What RowRules::TakeFrozen takes is the load's own, not this.
struct RowSourceOptions : RowRules {
  RejectPolicy rejects;
  // A last row without a record end is left for the next run, which finds the file grown.
  bool require_record_end = false;
  TimeWindow time_window;
  const Clock* clock = nullptr;     // needed with a time_window
  std::vector<RefusedRow> refused;  // found by this run, in the order of rows
};

// Reads, encodes, partitions and counts. Used by one thread.
class RowSource {
 public:
  // Goes on at `at` (inputs, position and counts). Throws Error(kUsage, kInput) as RowEncoder,
  // SourceFile and RecordReader do.
  RowSource(const RowSourceOptions& options, const ProgressRecord& at);
  ~RowSource();

  // Fills `batch` with the next rows, `limits` at most. After a batch that stops() there is no
  // other. What goes wrong behind rows that are well is told with the batch, so that these can be
  // committed first.
  void Fill(const BatchLimits& limits, EncodedBatch& batch);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
