// The inputs as batches of encoded messages, each with what is accounted for at its end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "onceload/core/error.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/rejected_row.h"
#include "onceload/csv/record_reader.h"
#include "onceload/encode/message_batch.h"
#include "onceload/encode/row_encoder.h"

namespace onceload {

// What is done with a row that cannot be loaded.
enum class OnError : std::uint8_t {
  kFail,        // the load stops before it
  kSkip,        // it is counted and recorded
  kDeadLetter,  // and its own bytes go to the dead letter topic, in the same transaction
};

struct RejectPolicy {
  OnError on_error = OnError::kFail;
  std::int64_t dead_letter_bytes_max = 0;  // of that topic; longer rows are cut. 0: any
  bool keep_text = false;                  // for the file of rejected rows
  // The load stops before the row that would make more rejected rows than this.
  std::uint64_t rows_max = ~std::uint64_t{0};
  double percent_max = 100;  // of the rows read, from kPercentRowsMin rows on
};

// A percentage of fewer rows says nothing: the first row may be bad.
inline constexpr std::uint64_t kPercentRowsMin = 1000;

// Cumulative counts at a record boundary; offsets unknown.
struct Tally {
  InputPosition position;
  std::vector<PartitionProgress> partitions;
  std::uint64_t rejected = 0;
  PartitionProgress dead_letters;
  std::uint64_t rejects_bytes = 0;
};

struct EncodedBatch {
  MessageBatch messages;
  std::uint64_t rows = 0;                                  // loaded or rejected
  Tally after;                                             // at its end
  std::vector<std::pair<std::uint32_t, InputFile>> ended;  // files whose end lies in it
  std::vector<RejectedRow> rejected;                       // rows in it that have no message
  std::string rejects_text;      // their lines for the file of rejected rows
  std::uint64_t consumed = 0;    // bytes of the files themselves up to its end, for progress
  bool last = false;             // all inputs end here
  std::optional<Error> failure;  // the input cannot be read on behind it, or a row stops the load

  bool stops() const { return last || failure; }
};

struct BatchLimits {
  std::uint64_t rows = 4096;  // per batch: small enough to stay in cache
  std::size_t bytes = std::size_t{1} << 19;
};

struct RowSourceOptions {
  Dialect dialect;
  EncodeOptions encode;
  Encoding encoding = Encoding::kUtf8;
  std::vector<std::string> columns;    // of the load, in the order of JSON
  bool union_columns = false;          // a file may lack some of them
  std::int64_t message_bytes_max = 0;  // of the topic; larger messages are rejected rows. 0: any
  RejectPolicy rejects;
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
