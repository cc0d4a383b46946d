#include "onceload/load/row_source.h"

#include <algorithm>

#include "load/rejects_file.h"
#include "onceload/core/path_name.h"
#include "onceload/csv/source_file.h"
#include "onceload/encode/message_limits.h"
#include "onceload/encode/partitioner.h"

namespace onceload {
namespace {

// Of a dead letter's headers of free text: kDeadLetterOverheadBytes leaves room for two.
constexpr std::size_t kHeaderTextMax = 500;

const char* const kTooManyAdvice =
    "all rows before it are accounted for; mend the file, or raise --max-rejects, and run the same "
    "command again";

// An input that is open, from its header on.
struct OpenInput {
  OpenInput(const InputFile& input, const RowSourceOptions& options, const std::string& load_id)
      : file(input.path, options.encoding),
        header(ReadHeader(file, options.dialect)),
        encoder(options.columns,
                LayoutOf(options.columns, header.names, options.union_columns, input.path),
                options.encode) {
    encoder.SetOrigin(load_id, NameOfPath(input.path));
  }

  void ReadFrom(const InputPosition& position, const Dialect& dialect) {
    reader.emplace(file, ReaderStart{position, header.names.size(), dialect});
  }

  SourceFile file;
  CsvHeader header;
  RowEncoder encoder;
  std::optional<RecordReader> reader;
};

}  // namespace

class RowSource::Impl {
 public:
  Impl(const RowSourceOptions& options, const ProgressRecord& at)
      : options_(options),
        load_name_(at.load_name),
        load_id_(at.load_id),
        inputs_(at.inputs),
        tally_{at.position, at.partitions, at.rejected, at.dead_letters, at.rejects_bytes},
        rows_before_(at.input_rows() - at.position.row.value) {
    for (std::size_t i = 0; i < at.position.file; ++i) consumed_before_ += inputs_[i].size;
    // Its file may be gone: it is needed no more.
    if (inputs_[at.position.file].end) return;
    Open(at.position);
  }

  void Fill(const BatchLimits& limits, EncodedBatch& batch) {
    Clear(batch);
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
    if (input_ && !stopped_before_) tally_.position = input_->reader->position();
    batch.after = tally_;
    batch.consumed =
        consumed_before_ + (input_ ? input_->file.consumed() : inputs_[tally_.position.file].size);
  }

 private:
  static void Clear(EncodedBatch& batch) {
    batch.messages.Clear();
    batch.rows = 0;
    batch.ended.clear();
    batch.rejected.clear();
    batch.rejects_text.clear();
    batch.last = false;
    batch.failure.reset();
  }

  void Open(const InputPosition& position) {
    auto input = std::make_unique<OpenInput>(inputs_[position.file], options_, load_id_);
    input->ReadFrom(
        position.byte.value == 0 && position.row.value == 0 ? AtHeader(*input, position) : position,
        options_.dialect);
    input_ = std::move(input);
  }

  static InputPosition AtHeader(const OpenInput& input, InputPosition position) {
    const std::uint32_t file = position.file;
    position = input.header.end;
    position.file = file;
    return position;
  }

  void NextInput(EncodedBatch& batch) {
    if (tally_.position.file + 1 == inputs_.size()) {
      batch.last = true;
      return;
    }
    const std::uint32_t next = tally_.position.file + 1;
    Open(InputPosition{.file = next});  // throws before anything has changed
    consumed_before_ += inputs_[next - 1].size;
    rows_before_ += inputs_[next - 1].end ? inputs_[next - 1].end->row.value : 0;
    tally_.position = input_->reader->position();
    tally_.position.file = next;
  }

  void EndInput(EncodedBatch& batch) {
    InputFile& ended = inputs_[tally_.position.file];
    const std::string path = ended.path;
    ended = input_->file.identity();
    ended.path = path;
    ended.end = tally_.position = input_->reader->position();
    batch.ended.emplace_back(tally_.position.file, ended);
    input_.reset();
  }

  void FillOne(EncodedBatch& batch) {
    switch (input_->reader->Next()) {
      case ReadStatus::kRecord:
        Add(input_->reader->record(), batch);
        break;
      case ReadStatus::kBadRow: {
        const BadRow& bad = input_->reader->bad_row();
        Reject({std::string(NameOf(bad.fault)), bad.detail, "", tally_.position.file, bad.row,
                bad.begin, bad.end, bad.at},
               bad.raw, batch);
        break;
      }
      case ReadStatus::kEnd:
        EndInput(batch);
        break;
    }
  }

  void Add(const Record& record, EncodedBatch& batch) {
    std::optional<MessageBatch::Message> message = input_->encoder.Encode(record, batch.messages);
    if (!message) {
      const RowEncoder::BadCell& bad = input_->encoder.bad();
      RejectRecord(bad.fault, bad.detail, bad.column ? options_.columns[*bad.column] : "", record,
                   batch);
      return;
    }
    if (!Fits(*message, options_.message_bytes_max)) {
      RejectRecord(RowFault::kTooLong,
                   "its message of " + std::to_string(message->size()) +
                       " bytes does not fit the topic's " + "max.message.bytes of " +
                       std::to_string(options_.message_bytes_max),
                   "", record, batch);
      return;
    }
    const auto partitions = static_cast<std::int32_t>(tally_.partitions.size());
    message->partition = PartitionOf(input_->encoder.partition_key(), record.row, partitions);
    PartitionProgress& partition =
        tally_.partitions[static_cast<std::size_t>(message->partition.value)];
    ++partition.rows;
    partition.digest = Extend(partition.digest, RecordDigest(batch.messages.key(*message),
                                                             batch.messages.value(*message)));
    batch.messages.Add(*message);
    ++batch.rows;
  }

  void RejectRecord(RowFault fault, const std::string& detail, const std::string& column,
                    const Record& record, EncodedBatch& batch) {
    Reject({std::string(NameOf(fault)), detail, column, tally_.position.file, record.row,
            record.begin, record.end, record.begin},
           record.raw, batch);
  }

  void Reject(RejectedRow row, std::string_view raw, EncodedBatch& batch) {
    const RejectPolicy& policy = options_.rejects;
    if (policy.on_error == OnError::kFail) {
      StopBefore(Sentence(row), row, batch,
                 "all rows before it are loaded; mend the file from this row on and run the same "
                 "command again");
      return;
    }
    const std::uint64_t rejected = tally_.rejected + 1;
    if (rejected > policy.rows_max) {
      StopBefore("more than " + std::to_string(policy.rows_max) +
                     " rows cannot be loaded: " + Sentence(row),
                 row, batch, kTooManyAdvice);
      return;
    }
    const std::uint64_t read = rows_before_ + row.row.value;
    if (read >= kPercentRowsMin && TooMany(rejected, read)) {
      StopBefore(std::to_string(rejected) + " of " + std::to_string(read) +
                     " rows cannot be loaded: " + Sentence(row),
                 row, batch, kTooManyAdvice);
      return;
    }
    tally_.rejected = rejected;
    if (policy.keep_text) {
      const std::size_t before = batch.rejects_text.size();
      if (tally_.rejects_bytes == 0) batch.rejects_text += kRejectsHeader;
      AppendRejectsLine(row, inputs_[row.file].path, raw, batch.rejects_text);
      tally_.rejects_bytes += batch.rejects_text.size() - before;
    }
    if (policy.on_error == OnError::kDeadLetter) AddDeadLetter(row, raw, batch);
    batch.rejected.push_back(std::move(row));
    ++batch.rows;
  }

  bool TooMany(std::uint64_t rejected, std::uint64_t read) const {
    return static_cast<double>(rejected) * 100 >
           options_.rejects.percent_max * static_cast<double>(read);
  }

  // The row's own bytes; an over-long row's are not kept by the reader.
  void AddDeadLetter(const RejectedRow& row, std::string_view raw, EncodedBatch& batch) {
    raw = DeadLetterText(raw, options_.rejects.dead_letter_bytes_max);
    ByteArena& arena = batch.messages.arena();
    MessageBatch::Message message;
    message.dead_letter = true;
    message.partition = kDeadLetterPartition;
    message.has_key = true;
    message.begin = static_cast<std::uint32_t>(arena.size());
    arena.append(load_name_);
    message.key_size = static_cast<std::uint32_t>(load_name_.size());
    arena.append(raw);
    message.value_size = static_cast<std::uint32_t>(raw.size());
    const std::size_t headers_begin = arena.size();
    AppendHeader(arena, "onceload.load", load_id_);
    AppendHeader(arena, "onceload.file", NameOfPath(inputs_[row.file].path));
    AppendHeader(arena, "onceload.row", std::to_string(row.row.value));
    AppendHeader(arena, "onceload.byte", std::to_string(row.begin.value));
    AppendHeader(arena, "onceload.reason", row.reason);
    AppendHeader(arena, "onceload.detail", CutAtCharacter(row.detail, kHeaderTextMax));
    if (!row.column.empty()) {
      AppendHeader(arena, "onceload.column", CutAtCharacter(row.column, kHeaderTextMax));
    }
    message.headers_size = static_cast<std::uint32_t>(arena.size() - headers_begin);
    tally_.dead_letters.digest =
        Extend(tally_.dead_letters.digest, RecordDigest(load_name_, batch.messages.value(message)));
    ++tally_.dead_letters.rows;
    batch.messages.Add(message);
  }

  // The row is not accounted for: the next run begins with it.
  void StopBefore(const std::string& what, const RejectedRow& row, EncodedBatch& batch,
                  const std::string& advice) {
    tally_.position = input_->reader->position_before();
    stopped_before_ = true;
    batch.failure.emplace(ExitCode::kInput, what, PlaceOf(row, inputs_[row.file].path), advice);
  }

  RowSourceOptions options_;
  std::string load_name_;
  std::string load_id_;
  std::vector<InputFile> inputs_;
  Tally tally_;
  std::uint64_t rows_before_ = 0;      // of the files before the one that is read
  std::uint64_t consumed_before_ = 0;  // their bytes
  std::unique_ptr<OpenInput> input_;   // nullptr: the next one is to be opened
  bool stopped_before_ = false;
};

RowSource::RowSource(const RowSourceOptions& options, const ProgressRecord& at)
    : impl_(std::make_unique<Impl>(options, at)) {}
RowSource::~RowSource() = default;

void RowSource::Fill(const BatchLimits& limits, EncodedBatch& batch) { impl_->Fill(limits, batch); }

}  // namespace onceload
