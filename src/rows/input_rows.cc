#include "onceload/rows/input_rows.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "onceload/core/path_name.h"
#include "onceload/csv/csv_header.h"
#include "onceload/csv/footer.h"
#include "onceload/message/message_limits.h"
#include "onceload/message/partitioner.h"

namespace onceload {
namespace {

// Of a dead letter's headers of free text: kDeadLetterOverheadBytes leaves room for three.
constexpr std::size_t kHeaderTextMax = 500;

std::size_t RecordBytesMax(const RowRules& rules) {
  return rules.limits.record_bytes == 0 ? kRecordBytesMax : rules.limits.record_bytes;
}

}  // namespace

void RowRules::TakeFrozen(const ProgressRecord& load) {
  load_name = load.load_name;
  load_id = load.load_id;
  rules = load.rules;
  begun_ms = load.begun_ms;
  limits = load.limits;
  refusals = load.refusals;
  digest = load.digest_rule();
}

std::string NameOfInput(const InputFile& input) {
  return input.name.empty() ? NameOfPath(input.path) : input.name;
}

std::string RestOf(const RejectedRow& row, std::size_t kept, const std::string& name) {
  if (kept >= row.text_bytes) return {};
  return "bytes " + std::to_string(row.begin.value + kept) + " to " +
         std::to_string(row.begin.value + row.text_bytes) + " of " + name;
}

using RefusedFor = InputRows::RefusedFor;

class InputRows::Impl {
 public:
  Impl(const RowRules& rules, const InputFile& input, const InputPosition& position,
       std::uint64_t rows_before)
      : rules_(rules),
        name_(NameOfInput(input)),
        file_(input.path, rules.encoding),
        header_(ReadHeader(file_, rules.dialect, RecordBytesMax(rules))),
        encoder_(rules.columns,
                 LayoutOf(rules.columns, header_.names, rules.union_columns, input.path),
                 rules.encode),
        rows_end_(rules.skip_footer == 0 ? std::nullopt
                                         : std::optional(FooterBegin(file_, rules.skip_footer))),
        reader_(file_, StartAt(position)),
        // Of a piece the rows are numbered on behind the pieces before it.
        before_file_(rows_before - input.rows_before()),
        until_(input.end ? std::optional(input.end->row) : std::nullopt),
        input_(position.file),
        row_(position.row) {
    encoder_.SetOrigin(
        {rules.load_id, name_,
         rules.rules == Rules::kFirst || rules.begun_ms == 0 ? kNoTime : rules.begun_ms});
  }

  Kind Next(MessageBatch& batch) {
    if (until_ && row_ >= *until_) {
      goes_on_ = goes_on_ || HasMore(batch);
      return Kind::kEnd;
    }
    return ReadOwn(batch);
  }

  MessageBatch::Message AppendDeadLetter(MessageBatch& batch, Digest& digest) const {
    const std::string_view text = DeadLetterText(raw_, rules_.limits.dead_letter_bytes);
    ByteArena& arena = batch.arena();
    MessageBatch::Message message;
    message.dead_letter = true;
    message.partition = kDeadLetterPartition;
    message.has_key = true;
    message.begin = static_cast<std::uint32_t>(arena.size());
    arena.append(rules_.load_name);
    message.key_size = static_cast<std::uint32_t>(rules_.load_name.size());
    arena.append(text);
    message.value_size = static_cast<std::uint32_t>(text.size());
    const std::size_t headers_begin = arena.size();
    AppendDeadLetterHeaders(text.size(), arena);
    message.headers_size = static_cast<std::uint32_t>(arena.size() - headers_begin);
    digest = RecordDigest(DeadLetterDigest(rules_.rules), {rules_.load_name, batch.value(message),
                                                           batch.headers(message), kNoTime});
    return message;
  }

  const MessageBatch::Message& message() const { return message_; }
  Digest digest() const { return digest_; }
  const Record& record() const { return reader_.record(); }
  const RejectedRow& rejected() const { return rejected_; }
  std::string_view raw() const { return raw_; }
  RefusedFor refused_for() const { return refused_for_; }
  InputPosition position() { return before_footer_ ? *before_footer_ : reader_.position(); }
  InputPosition position_before() { return reader_.position_before(); }
  RowNumber row() const { return row_; }
  RowNumber row_of_load() const { return RowNumber{before_file_ + row_.value}; }
  bool unended() const { return unended_; }
  bool goes_on() const { return goes_on_; }
  std::vector<std::pair<std::string, TimeSpan>> spans() const { return encoder_.spans(); }
  const SourceFile& file() const { return file_; }
  const std::vector<std::string>& names() const { return header_.names; }
  const std::optional<OddLineEnd>& odd_line_end() const { return reader_.odd_line_end(); }

 private:
  // The reader's next row, or the end where a footer begins.
  ReadStatus Read() {
    if (before_footer_) return ReadStatus::kEnd;
    const ReadStatus status = reader_.Next();
    if (!rows_end_ || status == ReadStatus::kEnd) return status;
    const bool record = status == ReadStatus::kRecord;
    const ByteOffset begin = record ? reader_.record().begin : reader_.bad_row().begin;
    if (begin >= *rows_end_) {
      before_footer_ = reader_.position_before();
      return ReadStatus::kEnd;
    }
    if (record && reader_.record().end > *rows_end_) {
      throw Error(ExitCode::kInput,
                  "the lines left out by --skip-footer begin inside of a row of several lines",
                  file_.path() + ", byte " + std::to_string(begin.value),
                  "give another number of lines");
    }
    return status;
  }

  ReaderStart StartAt(InputPosition position) const {
    if (position.byte.value == 0 && position.row.value == 0) {
      const std::uint32_t file = position.file;
      position = header_.end;
      position.file = file;
    }
    ReaderStart start;
    start.position = position;
    start.columns = header_.names.size();
    start.dialect = rules_.dialect;
    start.rules = rules_.rules;
    start.line_end = header_.line_end;
    start.record_bytes_max = RecordBytesMax(rules_);
    return start;
  }

  bool HasMore(MessageBatch& batch) {
    return rules_.keys.all() ? Read() != ReadStatus::kEnd : ReadOwn(batch) != Kind::kEnd;
  }

  // Rows of other loads are passed over: they are no rows of this one.
  Kind ReadOwn(MessageBatch& batch) {
    for (;;) {
      const std::size_t arena = batch.arena().size();
      const RowNumber row = row_;
      const Kind kind = ReadAny(batch);
      if (is_own_ || kind == Kind::kEnd) return kind;
      batch.arena().shrink_to(arena);
      reader_.PassOver();
      row_ = row;
    }
  }

  Kind ReadAny(MessageBatch& batch) {
    is_own_ = rules_.keys.HasBadRows();
    switch (Read()) {
      case ReadStatus::kRecord:
        row_ = reader_.record().row;
        unended_ = !reader_.record().ended();
        return Encode(reader_.record(), batch) ? Kind::kMessage : Kind::kRejected;
      case ReadStatus::kBadRow:
        row_ = reader_.bad_row().row;
        unended_ = !reader_.bad_row().ended();
        RejectBadRow(reader_.bad_row());
        return Kind::kRejected;
      case ReadStatus::kEnd:
        break;
    }
    return Kind::kEnd;
  }

  // False: the row is rejected. Whose it is is known before anything is asked that may be otherwise
  // for another load: limits of the topic, times.
  bool Encode(const Record& record, MessageBatch& batch) {
    const std::optional<MessageBatch::Message> message = encoder_.Encode(record, batch);
    if (!message) {
      const BadCell& bad = encoder_.bad();
      Reject(record, bad.fault, bad.detail, bad.column ? rules_.columns[*bad.column] : "");
      return false;
    }
    is_own_ = rules_.keys.all() || rules_.keys.Has(batch.key(*message));
    if (!is_own_) return true;
    if (!Fits(*message, rules_.limits.message_bytes)) {
      Reject(record, RowFault::kTooLong,
             "its message of " + std::to_string(message->size()) +
                 " bytes does not fit the topic's " + "max.message.bytes of " +
                 std::to_string(rules_.limits.message_bytes),
             "");
      return false;
    }
    message_ = *message;
    message_.row = row_of_load();
    if (Refused(record)) return false;
    message_.partition =
        PartitionOf(encoder_.partition_key(),
                    rules_.rules == Rules::kFirst ? record.row : row_of_load(), rules_.partitions);
    digest_ = RecordDigest(rules_.digest, {batch.key(message_), batch.content(message_),
                                           batch.headers(message_), message_.timestamp_ms});
    return true;
  }

  // Whether the topic takes no record like message_.
  bool Refused(const Record& record) {
    const Refusals& refusals = rules_.refusals;
    if (refusals.none()) return false;
    if (refusals.keyed && !message_.has_key) {
      Refuse(record, RefusedFor::kKey, "it has no key, and the topic is compacted", "");
    } else if (const std::string time = TimeFault(); !time.empty()) {
      Refuse(record, RefusedFor::kTime, time, rules_.encode.timestamp_column);
    } else if (const RefusedRow* row = KnownRefused()) {
      Refuse(record, RefusedFor::kUnknown, row->detail, row->column);
    } else {
      return false;
    }
    return true;
  }

  void Refuse(const Record& record, RefusedFor why, const std::string& detail,
              const std::string& column) {
    Reject(record, RowFault::kRefused, detail, column);
    refused_for_ = why;
  }

  // Empty: the topic took its time when it was read.
  std::string TimeFault() const {
    const std::vector<TimeLimits>& times = rules_.refusals.times;
    if (times.empty() || message_.timestamp_ms == MessageBatch::kNoTimestamp) return {};
    const auto behind = std::lower_bound(
        times.begin(), times.end(), message_.row,
        [](const TimeLimits& limits, RowNumber row) { return limits.behind < row; });
    if (behind == times.begin()) return {};
    const TimeLimits& limits = *std::prev(behind);
    const std::string time = "its time of " + std::to_string(message_.timestamp_ms);
    if (limits.latest_ms != 0 && message_.timestamp_ms > limits.latest_ms) {
      return time + " ms is later than the topic took then, " + std::to_string(limits.latest_ms) +
             " (message.timestamp.after.max.ms)";
    }
    if (limits.earliest_ms != 0 && message_.timestamp_ms < limits.earliest_ms) {
      return time + " ms is earlier than the topic took then, " +
             std::to_string(limits.earliest_ms) + " (message.timestamp.before.max.ms)";
    }
    return {};
  }

  const RefusedRow* KnownRefused() const {
    const std::vector<RefusedRow>& rows = rules_.refusals.rows;
    const auto found =
        std::lower_bound(rows.begin(), rows.end(), message_.row,
                         [](const RefusedRow& known, RowNumber row) { return known.row < row; });
    return found == rows.end() || found->row != message_.row ? nullptr : &*found;
  }

  void Reject(const Record& record, RowFault fault, const std::string& detail,
              const std::string& column) {
    raw_ = record.raw;
    Note(fault, detail, column, record);
    rejected_.at = record.begin;
    rejected_.lines = record.lines();
    rejected_.text_bytes = raw_.size();
  }

  void RejectBadRow(const BadRow& bad) {
    raw_ = bad.raw;
    Note(bad.fault, bad.detail, "", bad);
    rejected_.at = bad.at;
    rejected_.lines = bad.lines;
    rejected_.text_bytes = bad.text_bytes;
  }

  // `row`: a Record or BadRow, for where it lies.
  template <typename Row>
  void Note(RowFault fault, const std::string& detail, const std::string& column, const Row& row) {
    refused_for_ = RefusedFor::kNothing;
    rejected_.reason = NameOf(fault);
    rejected_.detail = detail;
    rejected_.column = column;
    rejected_.file = input_;
    rejected_.row = row.row;
    rejected_.begin = row.begin;
    rejected_.end = row.end;
  }

  // `kept`: bytes of the row's text that are the dead letter's value.
  void AppendDeadLetterHeaders(std::size_t kept, ByteArena& arena) const {
    const bool second = rules_.rules != Rules::kFirst;
    AppendHeader(arena, "onceload.load", rules_.load_id);
    AppendHeader(arena, "onceload.file", name_);
    AppendHeader(arena, "onceload.row", std::to_string(rejected_.row.value));
    AppendHeader(arena, "onceload.byte", std::to_string(rejected_.begin.value));
    if (second) {
      AppendHeader(arena, "onceload.bytes", std::to_string(rejected_.text_bytes));
      AppendHeader(arena, "onceload.lines", std::to_string(rejected_.lines));
    }
    AppendHeader(arena, "onceload.reason", rejected_.reason);
    AppendHeader(arena, "onceload.detail", CutAtCharacter(rejected_.detail, kHeaderTextMax));
    if (!rejected_.column.empty()) {
      AppendHeader(arena, "onceload.column", CutAtCharacter(rejected_.column, kHeaderTextMax));
    }
    const std::string rest = RestOf(rejected_, kept, name_);
    if (second && !rest.empty()) AppendHeader(arena, "onceload.rest", rest);
  }

  const RowRules& rules_;
  const std::string name_;
  SourceFile file_;
  CsvHeader header_;
  RowEncoder encoder_;
  const std::optional<ByteOffset> rows_end_;  // where a footer begins
  RecordReader reader_;
  std::optional<InputPosition> before_footer_;  // once it has been come to
  const std::uint64_t before_file_;             // rows of the load, were this file's first its next
  const std::optional<RowNumber> until_;        // the last row of an input that has ended
  const std::uint32_t input_;                   // index into the load's inputs
  RowNumber row_;                               // the last one read
  bool unended_ = false;
  bool is_own_ = true;  // a row of this load, by its key
  bool goes_on_ = false;
  MessageBatch::Message message_;
  Digest digest_;
  RejectedRow rejected_;
  RefusedFor refused_for_ = RefusedFor::kNothing;
  std::string_view raw_;
};

InputRows::InputRows(const RowRules& rules, const InputFile& input, const InputPosition& position,
                     std::uint64_t rows_before)
    : impl_(std::make_unique<Impl>(rules, input, position, rows_before)) {}
InputRows::~InputRows() = default;
InputRows::InputRows(InputRows&&) noexcept = default;

InputRows::Kind InputRows::Next(MessageBatch& batch) { return impl_->Next(batch); }
const MessageBatch::Message& InputRows::message() const { return impl_->message(); }
Digest InputRows::digest() const { return impl_->digest(); }
const Record& InputRows::record() const { return impl_->record(); }
const RejectedRow& InputRows::rejected() const { return impl_->rejected(); }
std::string_view InputRows::raw() const { return impl_->raw(); }
InputRows::RefusedFor InputRows::refused_for() const { return impl_->refused_for(); }
MessageBatch::Message InputRows::AppendDeadLetter(MessageBatch& batch, Digest& digest) const {
  return impl_->AppendDeadLetter(batch, digest);
}
InputPosition InputRows::position() { return impl_->position(); }
InputPosition InputRows::position_before() { return impl_->position_before(); }
RowNumber InputRows::row() const { return impl_->row(); }
RowNumber InputRows::row_of_load() const { return impl_->row_of_load(); }
bool InputRows::unended() const { return impl_->unended(); }
bool InputRows::goes_on() const { return impl_->goes_on(); }
const std::vector<std::string>& InputRows::names() const { return impl_->names(); }
std::vector<std::pair<std::string, TimeSpan>> InputRows::spans() const { return impl_->spans(); }
const SourceFile& InputRows::file() const { return impl_->file(); }
const std::optional<OddLineEnd>& InputRows::odd_line_end() const { return impl_->odd_line_end(); }

}  // namespace onceload
