// A cell of a type other than string, as JSON.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "encode/timestamp.h"
#include "encode/written_number.h"
#include "onceload/encode/encode_options.h"
#include "onceload/encode/time_span.h"

namespace onceload {

// What a cell may become longer by: two quotes, or a time.
inline constexpr std::size_t kTypedBytesMax = kIsoTimeBytes + 2;

// One column's cells. Used by one thread.
class CellJson {
 public:
  // Throws Error(kUsage) for a pattern, a zone or a sample that it does not understand.
  CellJson(const std::string& column, ColumnType type, const EncodeOptions& options);

  // Writes at most 6 bytes for each of the cell's and kTypedBytesMax; returns the end, nullptr if
  // the cell does not fit. REQUIRES: a cell that is not empty.
  char* Append(std::string_view cell, char* to);

  // The same without the quotes of a string: what another format makes its value of. nullopt: the
  // cell does not fit. Valid until the next call. REQUIRES: besides, no type of JSON texts.
  std::optional<std::string_view> Plain(std::string_view cell);

  // Of times: those that fitted so far.
  const TimeSpan& span() const { return span_; }

 private:
  char* AppendTime(std::string_view cell, char* to);
  char* AppendNumber(std::string_view cell, char* to);
  char* AppendBoolean(std::string_view cell, char* to) const;

  const ColumnType type_;
  const bool narrow_json_;
  std::optional<TimestampParser> time_;
  bool iso_ = false;
  std::optional<WrittenNumber> number_;
  std::optional<WrittenBoolean> boolean_;
  std::string text_;   // of a number as JSON has it
  std::string plain_;  // what Plain() has given
  TimeSpan span_;
};

}  // namespace onceload
