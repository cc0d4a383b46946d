#include "encode/cell_json.h"

#include <charconv>
#include <cstdint>

#include "encode/binary_text.h"
#include "encode/encode_limits.h"
#include "encode/json_escape.h"
#include "encode/json_types.h"
#include "encode/value_encoder.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

static_assert(kTypedBytesMax >= kNumberBytesMax);

char* AppendQuoted(std::string_view bytes, char* to) {
  *to++ = '"';
  to = AppendBytes(bytes, to);
  *to++ = '"';
  return to;
}

template <typename Int>
char* AppendBounded(std::string_view cell, char* to) {
  Int number = 0;
  const char* const end = cell.data() + cell.size();
  const auto [at, error] = std::from_chars(cell.data(), end, number);
  if (!IsJsonInteger(cell) || error != std::errc{} || at != end) return nullptr;
  return std::to_chars(to, to + kNumberBytesMax, number).ptr;
}

TimeKind KindOf(ColumnType type) {
  if (type == ColumnType::kDate) return TimeKind::kDate;
  return type == ColumnType::kTime ? TimeKind::kTime : TimeKind::kTimestamp;
}

}  // namespace

CellJson::CellJson(const std::string& column, ColumnType type, const EncodeOptions& options)
    : type_(type), narrow_json_(options.narrow_json) {
  if (IsTime(type)) {
    const TimestampFormat format = TimestampFormatOf(options, column);
    iso_ = format.iso;
    time_.emplace(format, KindOf(type));
  }
  const auto written = options.written.find(column);
  if (written == options.written.end()) return;
  if (type == ColumnType::kBoolean) {
    boolean_.emplace(written->second);
  } else {
    number_.emplace(written->second);
  }
}

char* CellJson::Append(std::string_view cell, char* to) {
  switch (type_) {
    case ColumnType::kInteger:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
    case ColumnType::kNumber:
    case ColumnType::kDecimal:
      return AppendNumber(cell, to);
    case ColumnType::kBoolean:
      return AppendBoolean(cell, to);
    case ColumnType::kJson:
      return IsJsonText(cell, narrow_json_) ? AppendBytes(cell, to) : nullptr;
    case ColumnType::kTimestamp:
    case ColumnType::kDate:
    case ColumnType::kTime:
      return AppendTime(cell, to);
    case ColumnType::kUuid:
      return UuidText(cell, text_) ? AppendQuoted(text_, to) : nullptr;
    case ColumnType::kBase64:
      return Base64Text(cell, text_) ? AppendQuoted(text_, to) : nullptr;
    case ColumnType::kString:
      break;
  }
  throw Error(ExitCode::kBug, "a string column among the typed ones", "", "");
}

std::optional<std::string_view> CellJson::Plain(std::string_view cell) {
  plain_.resize(kEscapedBytesMax * cell.size() + kTypedBytesMax);
  const char* const end = Append(cell, plain_.data());
  if (end == nullptr) return std::nullopt;
  std::string_view plain(plain_.data(), static_cast<std::size_t>(end - plain_.data()));
  // None of these types has a character that JSON escapes.
  if (plain.starts_with('"')) plain = plain.substr(1, plain.size() - 2);
  return plain;
}

char* CellJson::AppendTime(std::string_view cell, char* to) {
  const std::optional<std::int64_t> time = time_->Parse(cell);
  if (!time) return nullptr;
  if (type_ != ColumnType::kTime) span_.Add(*time);
  if (type_ == ColumnType::kTimestamp && !iso_) {
    return std::to_chars(to, to + kNumberBytesMax, *time).ptr;
  }
  *to++ = '"';
  to = type_ == ColumnType::kTime   ? AppendIsoClock(*time, to)
       : type_ == ColumnType::kDate ? AppendIsoDate(*time, to)
                                    : AppendIsoTime(*time, to);
  *to++ = '"';
  return to;
}

char* CellJson::AppendNumber(std::string_view cell, char* to) {
  if (number_) {
    if (!number_->Plain(cell, text_)) return nullptr;
    cell = text_;
  }
  switch (type_) {
    case ColumnType::kInteger:
      return IsJsonInteger(cell) ? AppendBytes(cell, to) : nullptr;
    case ColumnType::kInt32:
      return AppendBounded<std::int32_t>(cell, to);
    case ColumnType::kInt64:
      return AppendBounded<std::int64_t>(cell, to);
    case ColumnType::kDecimal:
      return IsDecimal(cell) ? AppendQuoted(cell, to) : nullptr;
    default:
      return IsJsonNumber(cell) ? AppendBytes(cell, to) : nullptr;
  }
}

char* CellJson::AppendBoolean(std::string_view cell, char* to) const {
  const std::optional<bool> truth = boolean_ ? boolean_->From(cell) : BooleanFrom(cell);
  return truth ? AppendBytes(*truth ? "true" : "false", to) : nullptr;
}

}  // namespace onceload
