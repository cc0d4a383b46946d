#include "onceload/verify/source_rows.h"

#include <algorithm>

#include "onceload/core/path_name.h"
#include "onceload/encode/message_limits.h"
#include "onceload/encode/partitioner.h"
#include "onceload/encode/row_layout.h"

namespace onceload {

void InputPlaces::Begins(std::size_t file, std::uint64_t rows_before) {
  if (file == rows_before_.size()) rows_before_.push_back(rows_before);
}

std::size_t InputPlaces::FileOf(RowNumber row) const {
  const auto behind = std::lower_bound(rows_before_.begin(), rows_before_.end(), row.value);
  return static_cast<std::size_t>(behind - rows_before_.begin()) - 1;
}

RowNumber InputPlaces::RowIn(std::size_t file, RowNumber row) const {
  return RowNumber{row.value - rows_before_[file]};
}

struct SourceRows::OpenInput {
  OpenInput(const AuditedSource& source, const std::string& path)
      : file(path, source.encoding),
        header(ReadHeader(file, source.dialect)),
        reader(file, ReaderStart{header.end, header.names.size(), source.dialect}),
        encoder(source.columns, LayoutOf(source.columns, header.names, true, path), source.encode) {
    encoder.SetOrigin(source.load_id, NameOfPath(path));
  }

  SourceFile file;
  CsvHeader header;
  RecordReader reader;
  RowEncoder encoder;
};

SourceRows::SourceRows(const AuditedSource& source, std::int32_t partitions,
                       std::optional<RowNumber> limit, InputPlaces& places)
    : source_(source), partitions_(partitions), limit_(limit), places_(places) {}
SourceRows::~SourceRows() = default;
SourceRows::SourceRows(SourceRows&&) noexcept = default;

void SourceRows::Open() {
  open_ = std::make_unique<OpenInput>(source_, source_.paths[next_]);
  places_.Begins(next_, rows_before_);
  ++next_;
}

bool SourceRows::Next(SourceRow& row) {
  for (;;) {
    if (!open_) {
      if (next_ == source_.paths.size()) return false;
      Open();
    }
    RecordReader& reader = open_->reader;
    const ReadStatus status = reader.Next();
    if (status == ReadStatus::kEnd) {
      rows_before_ += reader.position().row.value;
      open_.reset();
      continue;
    }
    const bool is_record = status == ReadStatus::kRecord;
    const RowNumber in_file = is_record ? reader.record().row : reader.bad_row().row;
    row.row = RowNumber{rows_before_ + in_file.value};
    if (limit_ && row.row > *limit_) {
      more_ = true;
      return false;
    }
    if (is_record && Encode(reader.record(), row)) return true;
    Reject(is_record ? reader.record().raw : reader.bad_row().raw);
  }
}

bool SourceRows::Encode(const Record& record, SourceRow& row) {
  batch_.Clear();
  const std::optional<MessageBatch::Message> message = open_->encoder.Encode(record, batch_);
  if (!message || !Fits(*message, source_.message_bytes_max)) return false;
  row.key = batch_.key(*message);
  row.digest = RecordDigest(row.key, batch_.value(*message));
  row.partition = PartitionOf(open_->encoder.partition_key(), record.row, partitions_);
  row.byte = record.begin;
  return true;
}

void SourceRows::Reject(std::string_view raw) {
  ++dead_letters_.rows;
  dead_letters_.digest =
      Extend(dead_letters_.digest,
             RecordDigest(source_.load_name, DeadLetterText(raw, source_.dead_letter_bytes_max)));
}

}  // namespace onceload
