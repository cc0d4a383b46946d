#include "onceload/verify/source_rows.h"

#include "onceload/encode/partitioner.h"

namespace onceload {

SourceRows::SourceRows(const SourceFile& file, const CsvHeader& header, const Dialect& dialect,
                       const EncodeOptions& encode, std::int32_t partitions,
                       std::optional<RowNumber> limit)
    : reader_(file, ReaderStart{header.end, header.names.size(), dialect}),
      encoder_(header.names, encode),
      partitions_(partitions),
      limit_(limit) {}

bool SourceRows::Next(SourceRow& row) {
  for (;;) {
    const ReadStatus status = reader_.Next();
    if (status == ReadStatus::kEnd) return false;
    const bool is_record = status == ReadStatus::kRecord;
    if (limit_ && (is_record ? reader_.record().row : reader_.bad_row().row) > *limit_) {
      more_ = true;
      return false;
    }
    if (is_record && Encode(reader_.record(), row)) return true;
    ++unloadable_;
  }
}

bool SourceRows::Encode(const Record& record, SourceRow& row) {
  batch_.Clear();
  const std::optional<MessageBatch::Message> message = encoder_.Encode(record, batch_);
  if (!message) return false;
  row.key = batch_.key(*message);
  row.digest = RecordDigest(row.key, batch_.value(*message));
  row.partition = PartitionOf(encoder_.partition_key(), record.row, partitions_);
  row.row = record.row;
  row.byte = record.begin;
  return true;
}

}  // namespace onceload
