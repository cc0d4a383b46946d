// The input as batches of encoded messages, each with the position it ends at.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/error.h"
#include "onceload/core/progress_record.h"
#include "onceload/csv/record_reader.h"
#include "onceload/encode/message_batch.h"
#include "onceload/encode/row_encoder.h"

namespace onceload {

// A row that cannot be loaded, with its place.
struct RejectedRow {
  std::string reason;  // NameOf(RowFault)
  std::string detail;
  RowNumber row;
  ByteOffset begin;
  ByteOffset at;
};

// "row 7 cannot be loaded (ragged): 3 fields, the header has 4", and "FILE row 7, byte 120".
std::string Sentence(const RejectedRow& row);
std::string PlaceOf(const RejectedRow& row, const std::string& path);

struct EncodedBatch {
  MessageBatch messages;
  InputPosition end;                          // after its last row
  std::vector<PartitionProgress> partitions;  // cumulative, after its last row; offsets unknown
  bool last = false;                          // the input ends here
  std::optional<RejectedRow> rejected;        // the row after its last row, if that is why it ends
  std::optional<Error> failure;               // the input cannot be read on behind its last row
  std::uint64_t consumed = 0;                 // bytes of the file itself so far, for progress
  bool ends_chunk = false;                    // set by who plans chunks

  bool stops() const { return last || rejected || failure; }
};

struct BatchLimits {
  std::uint64_t rows = 4096;  // per batch: small enough to stay in cache
  std::size_t bytes = std::size_t{1} << 19;
};

struct RowSourceOptions {
  Dialect dialect;
  EncodeOptions encode;
  std::int64_t message_bytes_max = 0;  // of the topic; larger messages are rejected rows
};

// Reads, encodes, partitions and counts. Used by one thread.
class RowSource {
 public:
  // Goes on at `at` (position and per-partition counts); `file` must outlive it. Throws
  // Error(kUsage, kInput) as RowEncoder and RecordReader do.
  RowSource(const SourceFile& file, const CsvHeader& header, const RowSourceOptions& options,
            const ProgressRecord& at);
  ~RowSource();

  // Fills `batch` with the next rows, `limits` at most. After a batch that stops() there is no
  // other. What is wrong behind rows that are well is told with these, so that they can be
  // committed first.
  void Fill(const BatchLimits& limits, EncodedBatch& batch);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
