// One CSV row to one Kafka message: key and value.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/csv/record_reader.h"
#include "onceload/encode/message_batch.h"

namespace onceload {

enum class MessageFormat : std::uint8_t {
  kJson,  // an object, the header's names as keys, in file order
  kRaw,   // the record's own bytes without its record end
};

// How a cell becomes JSON. Numbers keep their text: no float ever touches them. An empty cell of
// any type but kString is null.
enum class ColumnType : std::uint8_t {
  kString,
  kInteger,  // -?(0|[1-9][0-9]*)
  kNumber,   // RFC 8259, section 6
  kBoolean,  // true false (any case), 1 0
  kJson,     // any JSON text (RFC 8259), passed on as it is
};
std::string_view NameOf(ColumnType type);
std::optional<ColumnType> ColumnTypeFromName(std::string_view name);

struct EncodeOptions {
  MessageFormat format = MessageFormat::kJson;
  std::string key_column;                   // empty: null keys
  std::map<std::string, ColumnType> types;  // by column name; others are kString
};

// Appends messages to a batch. Used by one thread.
class RowEncoder {
 public:
  // Throws Error(kUsage) if `options` names a column that `names` lacks (the message lists the
  // columns there are, and the nearest name).
  RowEncoder(const std::vector<std::string>& names, const EncodeOptions& options);
  ~RowEncoder();

  // Appends key and value of `record` to `batch`'s arena and returns where; the message has no
  // partition yet and is not yet added. nullptr-like: nullopt if a cell does not fit its type; then
  // bad() tells, and the arena is as before.
  // The key is the key cell's unquoted bytes; an empty key cell is an empty key, not a null one.
  std::optional<MessageBatch::Message> Encode(const Record& record, MessageBatch& batch);

  struct BadCell {
    std::size_t column = 0;
    std::string detail;  // `column "price": "12,5" is no number`; long cells are cut
  };
  const BadCell& bad() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
