#include "encode/cell_value.h"

#include <charconv>
#include <limits>

#include "encode/encode_limits.h"
#include "encode/json_types.h"
#include "onceload/core/error.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

constexpr std::size_t kDigitsSafe = 18;  // of which no number overflows

template <typename Real>
std::optional<Real> RealOf(std::string_view cell) {
  using Limits = std::numeric_limits<Real>;
  Real number = 0;
  if (cell == "NaN") {
    number = Limits::quiet_NaN();
  } else if (cell == "Infinity" || cell == "-Infinity") {
    number = cell[0] == '-' ? -Limits::infinity() : Limits::infinity();
  } else {
    if (!IsJsonNumber(cell)) return std::nullopt;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
    if (error != std::errc{} || end != cell.data() + cell.size()) return std::nullopt;
  }
  return number;
}

// The whole cell as a number, whose form is checked already.
template <typename Number>
std::optional<Number> Converted(std::string_view cell) {
  Number number = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  if (error != std::errc{} || end != cell.data() + cell.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::int64_t> IntegerOf(std::string_view cell) {
  const std::size_t sign = cell.starts_with('-') ? 1 : 0;
  if (cell.size() > sign + 1 && cell[sign] == '0') return std::nullopt;
  std::int64_t number = 0;
  if (cell.size() > sign && cell.size() <= kDigitsSafe) {
    for (const char c : cell.substr(sign)) {
      if (!IsDigit(c)) return std::nullopt;
      number = 10 * number + (c - '0');
    }
    return sign == 0 ? number : -number;
  }
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  if (error != std::errc{} || end != cell.data() + cell.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> UnsignedOf(std::string_view cell) {
  if (cell.empty() || !IsDigit(cell[0]) || (cell[0] == '0' && cell.size() > 1)) return std::nullopt;
  return Converted<std::uint64_t>(cell);
}

std::optional<float> FloatOf(std::string_view cell) { return RealOf<float>(cell); }
std::optional<double> DoubleOf(std::string_view cell) { return RealOf<double>(cell); }

std::int64_t BelowMillisecond(std::string_view cell) {
  std::size_t at = cell.size();
  while (at > 0 && cell[at - 1] != '.' && cell[at - 1] != ',') --at;
  if (at == 0) return 0;
  std::int64_t nanos = 0;
  std::size_t digits = 0;
  for (; at < cell.size() && IsDigit(cell[at]) && digits < 9; ++at, ++digits) {
    nanos = 10 * nanos + (cell[at] - '0');
  }
  for (; digits < 9; ++digits) nanos *= 10;
  return nanos % kNanosOfMillisecond;
}

CellText::CellText(ColumnType declared, const TimestampFormat& format)
    : declared_(declared), iso_(format.iso) {
  if (declared == ColumnType::kTimestamp) time_ = std::make_unique<TimestampParser>(format);
}

std::optional<std::string_view> CellText::Of(std::string_view cell) {
  const auto if_it = [cell](bool is) { return is ? std::optional(cell) : std::nullopt; };
  switch (declared_) {
    case ColumnType::kInteger:
      return if_it(IsJsonInteger(cell));
    case ColumnType::kNumber:
      return if_it(IsJsonNumber(cell));
    case ColumnType::kDecimal:
      return if_it(IsDecimal(cell));
    case ColumnType::kJson:
      return if_it(IsJsonText(cell));
    case ColumnType::kBoolean: {
      const std::optional<bool> truth = BooleanFrom(cell);
      if (!truth) return std::nullopt;
      return *truth ? "true" : "false";
    }
    case ColumnType::kTimestamp: {
      const std::optional<std::int64_t> time = time_->Parse(cell);
      if (!time) return std::nullopt;
      span_.Add(*time);
      text_.resize(kIsoTimeBytes + kNumberBytesMax);
      char* const begin = text_.data();
      char* const end = iso_ ? AppendIsoTime(*time, begin)
                             : std::to_chars(begin, begin + text_.size(), *time).ptr;
      text_.resize(static_cast<std::size_t>(end - begin));
      return text_;
    }
    default:
      return cell;
  }
}

}  // namespace onceload
