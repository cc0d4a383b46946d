#include "onceload/rows/input_rows.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

#include "onceload/core/path_name.h"
#include "onceload/message/message_limits.h"
#include "onceload/source/prefix_hasher.h"
#include "rows/message_maker.h"
#include "rows/record_stream.h"
#include "rows/row_blocks.h"

namespace onceload {
namespace {

// Of a dead letter's headers of free text: kDeadLetterOverheadBytes leaves room for three.
constexpr std::size_t kHeaderTextMax = 500;

// What a producer's threads and the brokers' answers keep busy.
constexpr int kCoresOfTheRest = 2;
// Of four, one reads nearly all the time (docs/decisions/0008).
constexpr int kThreadsOfUse = 4;

}  // namespace

int AllCores() {
  // hardware_concurrency() is 0 where it is not known.
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kThreadsMost);
}

int DefaultThreads() { return std::clamp(AllCores() - kCoresOfTheRest, 1, kThreadsOfUse); }

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
        stream_(rules, input, position),
        // Of a piece the rows are numbered on behind the pieces before it.
        before_file_(rows_before - input.rows_before()),
        input_(position.file),
        row_(position.row),
        begin_(stream_.position()) {
    const int threads = InBlocks() ? Threads() : 1;
    for (int i = 0; i < threads; ++i) {
      makers_.push_back(std::make_unique<MessageMaker>(rules, stream_.names(), input.path, name_));
    }
  }

  Kind Next(MessageBatch& batch) {
    if (blocks_ || makers_.size() > 1) return NextOfBlocks(batch);
    if (stream_.at_recorded_end()) {
      if (!end_) end_ = stream_.position();
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
  const Record& record() const { return *record_; }
  const RejectedRow& rejected() const { return rejected_; }
  std::string_view raw() const { return raw_; }
  RefusedFor refused_for() const { return refused_for_; }
  RowNumber row() const { return row_; }
  RowNumber row_of_load() const { return RowNumber{before_file_ + row_.value}; }
  bool unended() const { return unended_; }
  bool goes_on() const { return goes_on_; }
  const SourceFile& file() const { return stream_.file(); }
  const std::vector<std::string>& names() const { return stream_.names(); }

  InputPosition position() {
    if (end_) return *end_;
    if (!InBlock()) return blocks_ ? begin_ : stream_.position();
    if (next_ == block_->rows().size() && block_->after()) return *block_->after();
    if (next_ == 0) return before_block_;
    return PositionAt(row_, end_of_row_);
  }

  InputPosition position_before() {
    if (!InBlock()) return stream_.reader().position_before();
    const bool last = next_ == block_->rows().size();
    if (last && block_->before_long()) return *block_->before_long();
    return PositionAt(RowNumber{row_.value - 1}, begin_of_row_);
  }

  ReadSoFar read_so_far() const {
    if (InBlock()) return block_->read_so_far();
    return {file().consumed(), file().read_to()};
  }

  std::vector<std::pair<std::string, TimeSpan>> spans() const {
    return InBlock() ? spans_ : makers_.front()->spans();
  }

  const std::optional<OddLineEnd>& odd_line_end() const {
    return InBlock() ? odd_line_end_ : stream_.reader().odd_line_end();
  }

 private:
  int Threads() const {
    return std::min(rules_.work.threads < 1 ? DefaultThreads() : rules_.work.threads, kThreadsMost);
  }

  // Rows of other loads are passed over as they are read, which moves the numbers of all behind
  // them. A short file is read sooner than threads are started. And of rows longer than by default
  // each block would hold one, and room for its message: the memory of a load is no matter of
  // cores.
  bool InBlocks() const {
    return Threads() > 1 && rules_.keys.all() && rules_.limits.record_bytes <= kRecordBytesMax &&
           file().identity().size > rules_.work.block_bytes;
  }

  bool HasMore(MessageBatch& batch) {
    return rules_.keys.all() ? stream_.NextOfFile() != ReadStatus::kEnd
                             : ReadOwn(batch) != Kind::kEnd;
  }

  // Rows of other loads are passed over: they are no rows of this one.
  Kind ReadOwn(MessageBatch& batch) {
    for (;;) {
      const std::size_t arena = batch.arena().size();
      const RowNumber row = row_;
      const Kind kind = ReadAny(batch);
      if (is_own_ || kind == Kind::kEnd) return kind;
      batch.arena().shrink_to(arena);
      stream_.PassOver();
      row_ = row;
    }
  }

  Kind ReadAny(MessageBatch& batch) {
    const RecordReader& reader = stream_.reader();
    switch (stream_.NextOfFile()) {
      case ReadStatus::kRecord:
        return MakeOne(reader.record(), batch);
      case ReadStatus::kBadRow:
        is_own_ = rules_.keys.HasBadRows();
        RejectBadRow(reader.bad_row());
        return Kind::kRejected;
      case ReadStatus::kEnd:
        break;
    }
    return Kind::kEnd;
  }

  Kind MakeOne(const Record& record, MessageBatch& batch) {
    Come(record);
    MessageMaker& maker = *makers_.front();
    const MessageMaker::Made made = maker.Make(record, row_of_load(), batch);
    is_own_ = made != MessageMaker::Made::kOthers;
    if (!is_own_) return Kind::kRejected;
    if (made == MessageMaker::Made::kRejected) return Reject(record, maker.why());
    message_ = maker.message();
    digest_ = maker.digest();
    return Refused(record) ? Kind::kRejected : Kind::kMessage;
  }

  // The next row of the next block that has one.
  Kind NextOfBlocks(MessageBatch& batch) {
    if (!blocks_) blocks_.emplace(stream_, rules_.work, std::move(makers_), before_file_);
    while (block_ == nullptr || next_ == block_->rows().size()) {
      if (block_ != nullptr && block_->last()) {
        if (block_->failure()) std::rethrow_exception(block_->failure());
        goes_on_ = block_->goes_on();
        return Kind::kEnd;
      }
      before_block_ = position();
      block_ = &blocks_->Next();
      next_ = 0;
      AddSpans(block_->spans());
    }
    return Take(block_->rows()[next_++], batch);
  }

  Kind Take(const RowBlock::Row& row, MessageBatch& batch) {
    held_ = &block_->held(row);
    NoteOddLineEnd();
    if (row.bad) {
      RejectBadRow(block_->bad_row(row));
      return Kind::kRejected;
    }
    const Record& record = block_->record(row);
    Come(record);
    const RowBlock::Outcome& outcome = block_->outcome(row);
    if (outcome.made != MessageMaker::Made::kMessage) return Reject(record, block_->why(outcome));
    const MessageBatch& made = block_->batch();
    message_ = made.messages()[outcome.at];
    digest_ = outcome.digest;
    if (Refused(record)) return Kind::kRejected;
    ByteArena& arena = batch.arena();
    const std::string_view bytes(made.at(message_), message_.size());
    message_.begin = static_cast<std::uint32_t>(arena.size());
    arena.append(bytes);
    return Kind::kMessage;
  }

  // The block knows that of all rows read up to its end.
  void NoteOddLineEnd() {
    const std::optional<OddLineEnd>& odd = block_->odd_line_end();
    const RowNumber next{row_.value + 1};
    if (odd && !odd_line_end_ && odd->row <= next) odd_line_end_ = odd;
  }

  bool InBlock() const { return block_ != nullptr; }

  // Behind `row`, whose end, or the begin of the one behind it, is at `at` in the text that is
  // held.
  InputPosition PositionAt(RowNumber row, ByteOffset at) {
    const HeldText& held = *held_;
    if (!hasher_ || hasher_->length() < held.begin || hasher_->length() > at) {
      hasher_ = held.before;
    }
    const std::uint64_t from = hasher_->length().value;
    hasher_->Update(held.text.substr(from - held.begin.value, at.value - from));
    return {.file = input_,
            .byte = at,
            .row = row,
            .empty_lines = empty_lines_,
            .prefix = hasher_->fingerprint()};
  }

  // Those of a block are of all that its maker has made, none of which comes behind it.
  void AddSpans(const std::vector<std::pair<std::string, TimeSpan>>& more) {
    for (const auto& of_column : more) {
      const auto known = std::find_if(spans_.begin(), spans_.end(), [&](const auto& each) {
        return each.first == of_column.first;
      });
      if (known == spans_.end()) {
        spans_.push_back(of_column);
      } else {
        known->second.Add(of_column.second);
      }
    }
  }

  template <typename Row>
  void Come(const Row& row) {
    row_ = row.row;
    unended_ = !row.ended();
    begin_of_row_ = row.begin;
    end_of_row_ = row.end;
    empty_lines_ = row.empty_lines;
    if constexpr (std::is_same_v<Row, Record>) record_ = &row;
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

  Kind Reject(const Record& record, const BadCell& why) {
    Reject(record, why.fault, why.detail, why.column ? rules_.columns[*why.column] : "");
    return Kind::kRejected;
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
    Come(bad);
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
  RecordStream stream_;
  const std::uint64_t before_file_;  // rows of the load, were this file's first its next
  const std::uint32_t input_;        // index into the load's inputs
  RowNumber row_;                    // the last one returned
  const InputPosition begin_;
  std::vector<std::unique_ptr<MessageMaker>> makers_;  // given to blocks_, once there are
  std::optional<RowBlocks> blocks_;
  const RowBlock* block_ = nullptr;  // the row returned last is of it
  std::size_t next_ = 0;             // in its rows
  InputPosition before_block_;
  const HeldText* held_ = nullptr;      // the text around that row
  std::optional<PrefixHasher> hasher_;  // of that text, up to somewhere
  std::vector<std::pair<std::string, TimeSpan>> spans_;
  std::optional<OddLineEnd> odd_line_end_;
  const Record* record_ = nullptr;
  ByteOffset begin_of_row_;
  ByteOffset end_of_row_;
  std::uint64_t empty_lines_ = 0;  // before it
  bool unended_ = false;
  bool is_own_ = true;  // a row of this load, by its key
  bool goes_on_ = false;
  std::optional<InputPosition> end_;  // the input's recorded one, once it is come to
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
ReadSoFar InputRows::read_so_far() const { return impl_->read_so_far(); }
const std::optional<OddLineEnd>& InputRows::odd_line_end() const { return impl_->odd_line_end(); }

}  // namespace onceload
