// One input, row by row, as what becomes of each: a message with its partition and digest, or a
// rejected row and its dead letter. Load, plan and verify read their rows here, so that what is
// proven is what was sent.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/core/digest.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/rejected_row.h"
#include "onceload/core/rules.h"
#include "onceload/csv/record_reader.h"
#include "onceload/encode/row_encoder.h"
#include "onceload/message/message_batch.h"
#include "onceload/rows/frozen_encoding.h"

namespace onceload {

// Who makes messages of rows, and how many at a time; the messages are the same with any.
struct RowWork {
  // The caller's included; more than one: see rows/row_blocks.h. Below 1: DefaultThreads().
  int threads = 0;
  // A block's: enough that handing it from thread to thread does not show, few enough that its text
  // and its messages stay in a core's cache.
  std::size_t block_rows = 1024;
  std::size_t block_bytes = std::size_t{1} << 17;
};

// More find nothing to do: records are found by one thread at a time.
inline constexpr int kThreadsMost = 16;

// The machine's cores, up to kThreadsMost: for who leaves none of them to anybody.
int AllCores();

// The default: the machine's cores, less those that a producer's threads and the brokers' answers
// keep busy; 1 to 4.
int DefaultThreads();

// How a load's rows become messages.
struct RowRules : FrozenEncoding {
  bool union_columns = false;   // a file may lack some of the columns
  std::int32_t partitions = 1;  // of the topic
  // Lines at the end of each file that are no rows (csv/footer.h). Not frozen with a load: it
  // changes no message, and is most often found out once the load has come to such a line.
  std::uint64_t skip_footer = 0;
  // Of the load, frozen: see ProgressRecord. Limits of 0 take anything; a record, kRecordBytesMax.
  std::string load_name;
  std::string load_id;
  Rules rules = kNewestRules;
  std::int64_t begun_ms = 0;
  RowLimits limits;
  Refusals refusals;
  // Of the rows' messages: the load's own rule, or less where nothing is known of the load.
  DigestRule digest;
  RowWork work;

  // What `load` has frozen besides options and columns.
  void TakeFrozen(const ProgressRecord& load);
};

// How far an input has been read: further than its rows have been taken.
struct ReadSoFar {
  std::uint64_t consumed = 0;  // SourceFile::consumed()
  ByteOffset read_to;          // SourceFile::read_to()
};

// Used by one thread.
class InputRows {
 public:
  // Opens `input` and goes on at `position`; byte 0 and row 0: behind its header. An input that has
  // an end is read up to that. `rows_before`: rows of the load in the inputs before it. `rules`
  // must outlive this; meanwhile nothing of them changes but `refusals`. Throws Error(kUsage,
  // kInput) as RowEncoder, SourceFile and RecordReader do; so does Next().
  InputRows(const RowRules& rules, const InputFile& input, const InputPosition& position,
            std::uint64_t rows_before);
  ~InputRows();
  InputRows(InputRows&&) noexcept;
  InputRows& operator=(InputRows&&) = delete;

  enum class Kind : std::uint8_t { kMessage, kRejected, kEnd };

  // Appends the next row's message to `batch`'s arena, if it has one; the batch does not have it
  // yet. kEnd: again at each further call.
  Kind Next(MessageBatch& batch);

  // After kMessage.
  const MessageBatch::Message& message() const;
  Digest digest() const;
  const Record& record() const;

  // After kRejected. `raw`: the row's own bytes, as far as the reader keeps them; valid until the
  // next Next().
  const RejectedRow& rejected() const;
  std::string_view raw() const;
  // Why the topic does not take it; kNothing: the row is bad by itself.
  enum class RefusedFor : std::uint8_t { kNothing, kKey, kTime, kUnknown };
  RefusedFor refused_for() const;
  // Appends the row's dead letter to the arena, as above. `digest`: of that message.
  MessageBatch::Message AppendDeadLetter(MessageBatch& batch, Digest& digest) const;

  // As RecordReader has them.
  InputPosition position();
  InputPosition position_before();
  // The last row read: its number in the file, and in the whole load.
  RowNumber row() const;
  RowNumber row_of_load() const;
  // After kMessage or kRejected: the row ends with the file, without a record end. It may be half
  // of a row that is still being written.
  bool unended() const;
  // After kEnd: there is more behind the input's recorded end.
  bool goes_on() const;

  // As RowEncoder has them.
  std::vector<std::pair<std::string, TimeSpan>> spans() const;

  // Not for what moves with reading, which may be done ahead.
  const SourceFile& file() const;
  ReadSoFar read_so_far() const;
  // Of the file's columns, in the order of a record's fields.
  const std::vector<std::string>& names() const;
  // The first record that ended unlike the header's.
  const std::optional<OddLineEnd>& odd_line_end() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Where the part of a rejected row lies that `kept` bytes of its text do not tell: "bytes 1048700
// to 90000000 of big.csv" (of its text); empty: they are all of it.
std::string RestOf(const RejectedRow& row, std::size_t kept, const std::string& name);

// What an input's messages call it.
std::string NameOfInput(const InputFile& input);

}  // namespace onceload
