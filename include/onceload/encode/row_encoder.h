// One CSV row to one Kafka message: key, value, headers, timestamp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onceload/core/digest.h"
#include "onceload/csv/record_reader.h"
#include "onceload/encode/encode_options.h"
#include "onceload/encode/row_layout.h"
#include "onceload/encode/time_span.h"
#include "onceload/message/message_batch.h"

namespace onceload {

// What a row's message tells besides its cells.
struct RowOrigin {
  std::string load_id;
  std::string file;  // a name, not a path
  // Milliseconds since 1970: the message's time where the cell of EncodeOptions::timestamp_column
  // is empty; kNoTime: none of its own, so that it gets the time of sending.
  std::int64_t empty_time_ms = kNoTime;
};

// Why a row has no message.
struct BadCell {
  RowFault fault = RowFault::kType;   // or kEmptyKey
  std::optional<std::size_t> column;  // of the load's columns; nullopt: a key of several is empty
  std::string detail;                 // `column "price": "12,5" is no number`; long cells are cut
};

// Appends messages to a batch. Used by one thread.
class RowEncoder {
 public:
  // `columns` are the load's, in the order of JSON; `layout` is where the file at hand has them.
  // Throws Error(kUsage) if `options` names a column that `columns` lacks (the message lists the
  // columns there are, and the nearest name) or contradicts itself; Error(kInput) for raw messages
  // of a file with another layout than the load's.
  RowEncoder(const std::vector<std::string>& columns, const RowLayout& layout,
             const EncodeOptions& options);
  // A file that has the load's columns as they are.
  RowEncoder(const std::vector<std::string>& columns, const EncodeOptions& options)
      : RowEncoder(columns, RowLayout::Identity(columns.size()), options) {}
  ~RowEncoder();

  void SetOrigin(RowOrigin origin);

  // Appends key, value and headers of `record` to `batch`'s arena and returns where; the message
  // has no partition yet and is not yet added. nullopt if the row has no message; then bad() tells,
  // and the arena is as before.
  // The key of one column is that cell's unquoted bytes; an empty or null one is as on_empty_key
  // says.
  std::optional<MessageBatch::Message> Encode(const Record& record, MessageBatch& batch);

  // For PartitionOf(): the bytes that choose the last message's partition; nullopt: its row does.
  // Valid until the next Encode(), and no longer than the record's fields.
  std::optional<std::string_view> partition_key() const;

  const BadCell& bad() const;

  // Of each column that tells a time, and of the messages' own: the times so far.
  std::vector<std::pair<std::string, TimeSpan>> spans() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
