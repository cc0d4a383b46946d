// A cell as an Avro value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "encode/cell_value.h"
#include "encode/timestamp.h"
#include "onceload/encode/encode_options.h"
#include "onceload/schema/avro_schema.h"

namespace onceload {

// Used by one thread. Holds the type.
class AvroCell {
 public:
  // `format` and `declared`: as --type has them for the column. REQUIRES: Takes(*type, declared).
  // Cells of the types that CellJson::Plain() is for are what that gives.
  AvroCell(AvroTypePtr type, ColumnType declared, const TimestampFormat& format);

  // Whether cells of a column declared so can be such a value.
  static bool Takes(const AvroType& type, ColumnType declared);

  // Most bytes that a value has besides those of its cell.
  std::size_t room() const { return room_; }
  // Writes the value and returns its end; nullptr: the cell is none.
  char* Append(std::string_view cell, char* to);
  // Of times: those so far.
  TimeSpan span() const;
  const AvroType& type() const { return *type_; }

 private:
  char* AppendLogical(std::string_view cell, char* to);
  char* AppendTime(std::string_view cell, std::int64_t per_second, char* to);
  char* AppendString(std::string_view cell, char* to);

  AvroTypePtr type_;
  bool raw_number_;  // of a date or a time: the cell is that number itself
  bool epoch_;       // the pattern's
  CellText text_;
  TimeSpan span_;
  std::size_t room_ = kAvroLongBytesMax;
  std::unique_ptr<TimestampParser> parser_;      // nullptr: no time
  std::unique_ptr<TimestampParser> other_zone_;  // tells whether a cell has an offset of its own
  std::map<std::string, std::string, std::less<>> symbols_;  // of an enum: their bytes
};

}  // namespace onceload
