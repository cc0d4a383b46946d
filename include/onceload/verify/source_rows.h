// A file's rows as the messages they should have become.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "onceload/core/digest.h"
#include "onceload/core/types.h"
#include "onceload/csv/record_reader.h"
#include "onceload/csv/source_file.h"
#include "onceload/encode/message_batch.h"
#include "onceload/encode/row_encoder.h"

namespace onceload {

struct SourceRow {
  PartitionId partition;
  Digest digest;                        // RecordDigest of the message
  std::optional<std::string_view> key;  // valid until the next Next()
  RowNumber row;
  ByteOffset byte;
};

// Reads, encodes and partitions in file order, without a thought for what was loaded. Rows that
// cannot be loaded are passed over and counted. Used by one thread.
class SourceRows {
 public:
  // Up to and including row `limit`; nullopt: to the file's end. `file` must outlive it. Throws
  // Error(kUsage, kInput) as RowEncoder and RecordReader do.
  SourceRows(const SourceFile& file, const CsvHeader& header, const Dialect& dialect,
             const EncodeOptions& encode, std::int32_t partitions, std::optional<RowNumber> limit);

  bool Next(SourceRow& row);

  std::uint64_t unloadable() const { return unloadable_; }
  // After the last Next(): the file goes on behind the limit.
  bool more() const { return more_; }

 private:
  bool Encode(const Record& record, SourceRow& row);

  RecordReader reader_;
  RowEncoder encoder_;
  MessageBatch batch_;
  std::int32_t partitions_;
  std::optional<RowNumber> limit_;
  std::uint64_t unloadable_ = 0;
  bool more_ = false;
};

}  // namespace onceload
