// A cell as a number, a time or a text of formats that are not JSON.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "encode/timestamp.h"
#include "onceload/encode/encode_options.h"
#include "onceload/encode/time_span.h"

namespace onceload {

inline constexpr std::int64_t kNanosOfMillisecond = 1'000'000;

// -?(0|[1-9][0-9]*) of 64 bits; nullopt: the cell is none.
std::optional<std::int64_t> IntegerOf(std::string_view cell);
// The same without a sign.
std::optional<std::uint64_t> UnsignedOf(std::string_view cell);

// A JSON number, NaN, Infinity or -Infinity, rounded to the nearest; nullopt: the cell is none, or
// larger than the type holds.
std::optional<float> FloatOf(std::string_view cell);
std::optional<double> DoubleOf(std::string_view cell);

// The part of a time below a millisecond, in nanoseconds: digits behind its last point.
std::int64_t BelowMillisecond(std::string_view cell);

// Texts of a column's cells. Used by one thread.
class CellText {
 public:
  CellText(ColumnType declared, const TimestampFormat& format);

  // As the column's type says it; nullopt: the cell is none of that type. Valid until the next
  // call. Cells of the types that CellJson::Plain() is for are what that gives.
  std::optional<std::string_view> Of(std::string_view cell);

  // Of times: those so far.
  const TimeSpan& span() const { return span_; }

 private:
  const ColumnType declared_;
  const bool iso_;
  std::unique_ptr<TimestampParser> time_;  // nullptr: no time
  std::string text_;
  TimeSpan span_;
};

}  // namespace onceload
