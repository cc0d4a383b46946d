#include "onceload/load/row_source.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "csv/line_ends.h"
#include "load/refusal_keeper.h"
#include "load/rejects_file.h"
#include "onceload/csv/row_hint.h"
#include "onceload/source/prefix_hasher.h"

namespace onceload {
namespace {

const char* const kTooManyAdvice =
    "all rows before it are accounted for; mend the file, or raise --max-rejects, and run the same "
    "command again";

// Files of whose odd line ends a run tells; in the others they are as likely as not the same.
constexpr int kLineEndsTold = 10;
// Rows that say something of all the others.
constexpr std::uint64_t kTimesRowsMin = 1000;
constexpr int kDoubtsTold = 10;  // sentences on rows that are perhaps none; likewise

// As cheap as can be, for it is asked of each row: a cell of so many lines has as many line ends,
// and nearly no row has one inside.
bool MayHaveLongCell(std::string_view raw) {
  return raw.size() > kCellLinesQuiet && std::memchr(raw.data(), '\n', raw.size()) != nullptr;
}

RowRules FrozenIn(RowRules rules, const ProgressRecord& at) {
  rules.partitions = static_cast<std::int32_t>(at.partitions.size());
  rules.TakeFrozen(at);
  return rules;
}

}  // namespace

void Tally::PutInto(ProgressRecord& record) const {
  record.position = position;
  record.rejected = rejected;
  record.rejected_lines = rejected_lines;
  record.rejects_bytes = rejects_bytes;
  record.packed_done = packed_done;
  record.long_cell = long_cell;
  record.refusals = refusals;
  record.dead_letters.rows = dead_letters.rows;
  record.dead_letters.digest = dead_letters.digest;
  record.dead_letters.sum = dead_letters.sum;
  for (std::size_t p = 0; p < record.partitions.size(); ++p) {
    record.partitions[p].rows = partitions[p].rows;
    record.partitions[p].digest = partitions[p].digest;
    record.partitions[p].sum = partitions[p].sum;
  }
}

class RowSource::Impl {
 public:
  Impl(const RowSourceOptions& options, const ProgressRecord& at)
      : rules_(FrozenIn(options, at)),
        policy_(options.rejects),
        require_record_end_(options.require_record_end),
        inputs_(at.inputs),
        refusals_(at.refusals, options.refused, options.time_window, options.clock),
        tally_{at.position,      at.partitions,  at.rejected,  at.rejected_lines, at.dead_letters,
               at.rejects_bytes, at.packed_done, at.long_cell, at.refusals},
        rows_before_(at.input_rows() + inputs_[at.position.file].rows_before() -
                     at.position.row.value) {
    refusals_.Refresh(RowNumber{at.input_rows()}, rules_.refusals);
    // Its file may be gone: it is needed no more.
    if (inputs_[at.position.file].end) return;
    Open(at.position, rows_before_);
  }

  void Fill(const BatchLimits& limits, EncodedBatch& batch) {
    Clear(batch);
    if (input_) refusals_.Refresh(input_->row_of_load(), rules_.refusals);
    try {
      while (!batch.stops() && batch.rows < limits.rows && batch.messages.bytes() < limits.bytes) {
        if (!input_) {
          NextInput(batch);
        } else {
          FillOne(batch);
        }
      }
    } catch (const Error& error) {
      if (error.code() != ExitCode::kInput) throw;
      batch.failure = error;
    }
    batch.begun.swap(begun_);
    if (input_) {
      if (!stopped_before_) tally_.position = input_->position();
      tally_.packed_done = PackedDone();
      TellLineEnd(batch);
      TellTimes(batch, false);
    }
    tally_.refusals = refusals_.written();
    batch.after = tally_;
  }

 private:
  static void Clear(EncodedBatch& batch) {
    batch.messages.Clear();
    batch.rows = 0;
    batch.begun.clear();
    batch.ended.clear();
    batch.rejected.clear();
    batch.rejects_text.clear();
    batch.notices.clear();
    batch.last = false;
    batch.failure.reset();
  }

  void Open(const InputPosition& position, std::uint64_t rows_before) {
    input_ = std::make_unique<InputRows>(rules_, inputs_[position.file], position, rows_before);
    doubts_.emplace(input_->names(), rules_.dialect);
    begun_.push_back(position);
    line_end_told_ = false;
  }

  // Inputs that have ended without a row are passed over: their files may be gone.
  void NextInput(EncodedBatch& batch) {
    std::uint32_t next = tally_.position.file;
    std::uint64_t before = rows_before_;
    do {
      if (next + std::size_t{1} == inputs_.size()) {
        batch.last = true;
        return;
      }
      if (const InputFile& ended = inputs_[next]; ended.end) {
        before += ended.end->row.value - ended.rows_before();
      }
    } while (inputs_[++next].end);
    InputPosition begin = inputs_[next].begin.value_or(InputPosition{});
    begin.file = next;
    Open(begin, before);  // throws before anything has changed
    rows_before_ = before;
    tally_.position = input_->position();
    tally_.position.file = next;
  }

  // At its end, or before a last row that is left.
  void EndInput(const InputPosition& end, EncodedBatch& batch) {
    TellLineEnd(batch);
    TellUnended(batch);
    TellDoubts(batch);
    TellTimes(batch, true);
    InputFile& ended = inputs_[tally_.position.file];
    InputFile now = input_->file().identity();
    now.path = ended.path;
    now.name = ended.name;
    now.begin = ended.begin;
    now.head = HeadOfEnded(ended);
    now.coding = input_->file().coding();
    now.end = tally_.position = end;
    ended = std::move(now);
    tally_.packed_done = 0;
    batch.ended.emplace_back(tally_.position.file, ended);
    input_.reset();
  }

  // A file that was short when the load began may have grown since. One that has ended before a
  // full head is known by its fingerprint.
  std::optional<HeadKey> HeadOfEnded(const InputFile& input) const {
    if (input.head && input.head->full()) return input.head;
    if (input_->position().byte.value < kHeadBytes) return std::nullopt;
    return HeadOf(SourceFile(input.path, rules_.encoding));
  }

  void FillOne(EncodedBatch& batch) {
    const InputRows::Kind kind = input_->Next(batch.messages);
    if (kind != InputRows::Kind::kEnd && require_record_end_ && input_->unended()) {
      return EndInput(input_->position_before(), batch);
    }
    switch (kind) {
      case InputRows::Kind::kMessage:
        Add(batch);
        break;
      case InputRows::Kind::kRejected:
        Reject(batch);
        break;
      case InputRows::Kind::kEnd:
        EndInput(input_->position(), batch);
        break;
    }
  }

  void Add(EncodedBatch& batch) {
    const MessageBatch::Message& message = input_->message();
    PartitionProgress& partition =
        tally_.partitions[static_cast<std::size_t>(message.partition.value)];
    partition.Add(input_->digest());
    batch.messages.Add(message);
    ++batch.rows;
    const Record& record = input_->record();
    if (MayHaveLongCell(record.raw)) NoteLongCell(record);
    doubts_->Note(record.raw, record.row.value);
  }

  void NoteLongCell(const Record& record) {
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      const std::uint64_t lines = 1 + CountLineEnds(record.fields[i]);
      if (lines <= kCellLinesQuiet || lines <= tally_.long_cell.lines) continue;
      tally_.long_cell = {lines, tally_.position.file, record.row, input_->names()[i]};
    }
  }

  void Reject(EncodedBatch& batch) {
    const RejectedRow& row = input_->rejected();
    if (policy_.on_error == OnError::kFail) {
      StopBefore(Sentence(row), batch,
                 Hint() +
                     "all rows before it are loaded; mend the file from this row on and run the "
                     "same command again");
      return;
    }
    const std::uint64_t lines = tally_.rejected_lines + row.lines;
    const std::uint64_t read = input_->row_of_load().value;
    // What the rejected rows have beyond a line each was read, too.
    const std::uint64_t lines_read = read + lines - (tally_.rejected + 1);
    if (lines > policy_.lines_max) {
      StopBefore("more than " + std::to_string(policy_.lines_max) + LinesText(row) +
                     " cannot be loaded: " + Sentence(row),
                 batch, kTooManyAdvice);
      return;
    }
    if (read >= kPercentRowsMin && TooMany(lines, lines_read)) {
      StopBefore(std::to_string(lines) + " of " + std::to_string(lines_read) + LinesText(row) +
                     " cannot be loaded: " + Sentence(row),
                 batch, kTooManyAdvice);
      return;
    }
    if (input_->refused_for() == InputRows::RefusedFor::kUnknown && refusals_.full()) {
      StopBefore("the brokers have refused more than " + std::to_string(kRefusedRowsMax) +
                     " rows: " + Sentence(row),
                 batch,
                 "all rows before it are accounted for; what the topic does not take is no matter "
                 "of single rows: see its settings, and the brokers' validation");
      return;
    }
    refusals_.Note(input_->refused_for(), input_->row_of_load());
    ++tally_.rejected;
    tally_.rejected_lines = lines;
    TellHint(row, batch);
    if (policy_.keep_text) AppendRejectsText(row, batch);
    if (policy_.on_error == OnError::kDeadLetter) AddDeadLetter(batch);
    batch.rejected.push_back(row);
    ++batch.rows;
  }

  // "...; ", or nothing.
  std::string Hint() const {
    const std::string hint = HintOf(input_->raw(), input_->names(), rules_.dialect);
    return hint.empty() ? hint : hint + "; ";
  }

  // The first that there is.
  void TellHint(const RejectedRow& row, EncodedBatch& batch) {
    if (hint_told_) return;
    const std::string hint = HintOf(input_->raw(), input_->names(), rules_.dialect);
    hint_told_ = !hint.empty();
    if (hint_told_) batch.notices.push_back(PlaceOf(row, inputs_[row.file].path) + ": " + hint);
  }

  std::string LinesText(const RejectedRow& row) const {
    return tally_.rejected_lines + row.lines > tally_.rejected + 1 ? " lines" : " rows";
  }

  bool TooMany(std::uint64_t rejected, std::uint64_t read) const {
    return static_cast<double>(rejected) * 100 > policy_.percent_max * static_cast<double>(read);
  }

  void AppendRejectsText(const RejectedRow& row, EncodedBatch& batch) {
    const std::size_t before = batch.rejects_text.size();
    if (tally_.rejects_bytes == 0) batch.rejects_text += RejectsHeader(policy_.format);
    AppendRejectsLine(row, inputs_[row.file], rules_.load_id, input_->raw(), policy_.format,
                      batch.rejects_text);
    tally_.rejects_bytes += batch.rejects_text.size() - before;
  }

  void AddDeadLetter(EncodedBatch& batch) {
    Digest digest;
    batch.messages.Add(input_->AppendDeadLetter(batch.messages, digest));
    tally_.dead_letters.Add(digest);
  }

  // The row is not accounted for: the next run begins with it.
  void StopBefore(const std::string& what, EncodedBatch& batch, const std::string& advice) {
    const RejectedRow& row = input_->rejected();
    tally_.position = input_->position_before();
    stopped_before_ = true;
    batch.failure.emplace(ExitCode::kInput, what, PlaceOf(row, inputs_[row.file].path), advice);
  }

  // Of the open file, as far as its text is accounted for. What the decoder has read goes up to the
  // end of what is buffered of the text.
  std::uint64_t PackedDone() const {
    const ReadSoFar so_far = input_->read_so_far();
    const auto read = static_cast<double>(so_far.read_to.value);
    if (input_->file().plain() || read == 0) return 0;
    const double share = static_cast<double>(tally_.position.byte.value) / read;
    return static_cast<std::uint64_t>(static_cast<double>(so_far.consumed) * std::min(share, 1.0));
  }

  // RFC 4180 lets a file's last row have no record end; so has half a row of a file that is still
  // being written.
  void TellUnended(EncodedBatch& batch) const {
    if (!input_->unended()) return;
    const std::string row = inputs_[tally_.position.file].path + ": its last row, " +
                            std::to_string(input_->row().value) + ", has no record end";
    if (require_record_end_) {
      batch.notices.push_back(row + " and is left for the next run");
    } else if (input_->file().changing()) {
      batch.notices.push_back(row +
                              ", and the file is still being written, or was a moment ago: if "
                              "it is half of a row the load cannot go on behind it; "
                              "--require-record-end leaves such a row for the next run");
    }
  }

  // Early, while most rows are not yet sent, and once.
  void TellTimes(EncodedBatch& batch, bool ended) {
    if (times_told_ || (!ended && input_->row().value < kTimesRowsMin)) return;
    times_told_ = true;
    const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
    for (const auto& [column, span] : input_->spans()) {
      const std::string doubt = span.Doubt(now);
      if (!doubt.empty()) batch.notices.push_back("column \"" + column + "\": " + doubt);
    }
  }

  void TellDoubts(EncodedBatch& batch) {
    for (const std::string& doubt : doubts_->Tell(input_->row().value)) {
      if (doubts_told_++ == kDoubtsTold) return;
      batch.notices.push_back(inputs_[tally_.position.file].path + " " + doubt);
    }
  }

  void TellLineEnd(EncodedBatch& batch) {
    if (line_end_told_ || !input_->odd_line_end() || line_ends_told_ == kLineEndsTold) return;
    const OddLineEnd& odd = *input_->odd_line_end();
    line_end_told_ = true;
    ++line_ends_told_;
    batch.notices.push_back(
        inputs_[tally_.position.file].path + " row " + std::to_string(odd.row.value) + ", byte " +
        std::to_string(odd.begin.value) + ": the row ends in " + std::string(NameOf(odd.line_end)) +
        ", unlike those before it: a line end inside a cell without quotes " +
        "makes two rows of one");
  }

  RowRules rules_;  // but for its refusals, which move with the clock, constant
  const RejectPolicy policy_;
  const bool require_record_end_;
  std::vector<InputFile> inputs_;
  RefusalKeeper refusals_;
  Tally tally_;
  std::uint64_t rows_before_ = 0;     // of the files before the one that is read
  std::unique_ptr<InputRows> input_;  // nullptr: the next one is to be opened
  std::optional<RowDoubts> doubts_;   // about its rows
  std::vector<InputPosition> begun_;  // files opened since the last batch
  bool stopped_before_ = false;
  bool line_end_told_ = false;  // of this file
  int line_ends_told_ = 0;      // files
  int doubts_told_ = 0;
  bool times_told_ = false;
  bool hint_told_ = false;
};

RowSource::RowSource(const RowSourceOptions& options, const ProgressRecord& at)
    : impl_(std::make_unique<Impl>(options, at)) {}
RowSource::~RowSource() = default;

void RowSource::Fill(const BatchLimits& limits, EncodedBatch& batch) { impl_->Fill(limits, batch); }

}  // namespace onceload
