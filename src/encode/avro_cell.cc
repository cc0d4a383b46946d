#include "encode/avro_cell.h"

#include <bit>
#include <chrono>
#include <limits>
#include <utility>
#include <vector>

#include "encode/json_types.h"
#include "encode/value_encoder.h"
#include "onceload/core/error.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

using enum AvroLogical;

constexpr std::int64_t kMillis = 1'000;
constexpr std::int64_t kMicros = 1'000'000;
constexpr std::int64_t kNanos = 1'000'000'000;

char* AppendIntegerIn(std::string_view cell, std::int64_t least, std::int64_t most, char* to) {
  const std::optional<std::int64_t> number = IntegerOf(cell);
  return number && *number >= least && *number <= most ? AppendAvroLong(*number, to) : nullptr;
}

char* AppendInt(std::string_view cell, char* to) {
  using Int = std::numeric_limits<std::int32_t>;
  return AppendIntegerIn(cell, Int::min(), Int::max(), to);
}

char* AppendLong(std::string_view cell, char* to) {
  const std::optional<std::int64_t> number = IntegerOf(cell);
  return number ? AppendAvroLong(*number, to) : nullptr;
}

// nullptr: there is no number.
template <typename Bits, typename Real>
char* AppendReal(std::optional<Real> number, char* to) {
  if (!number) return nullptr;
  PutLittleEndian(std::bit_cast<Bits>(*number), to);
  return to + sizeof(Bits);
}

char* AppendSized(std::string_view bytes, char* to) {
  return AppendBytes(bytes, AppendAvroLong(static_cast<std::int64_t>(bytes.size()), to));
}

// 8-4-4-4-12 hexadecimal digits; `bytes` gets their 16 bytes unless it is nullptr.
bool ReadUuid(std::string_view cell, char* bytes) {
  constexpr std::size_t kSize = 36;
  if (cell.size() != kSize) return false;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (cell[i] != '-') return false;
      continue;
    }
    const char lower = IsDigit(cell[i]) ? cell[i] : static_cast<char>(cell[i] | 0x20);
    const std::size_t value = std::string_view("0123456789abcdef").find(lower);
    if (value == std::string_view::npos) return false;
    if (bytes != nullptr) {
      char& byte = bytes[digits / 2];
      byte = static_cast<char>(digits % 2 == 0 ? value << 4U
                                               : static_cast<unsigned char>(byte) | value);
    }
    ++digits;
  }
  return true;
}

// Digits of the unscaled number, leading zeros left out. nullopt: it needs a larger scale, or has
// too many digits.
std::optional<std::string> Unscaled(std::string_view cell, const AvroType& type) {
  if (!IsDecimal(cell)) return std::nullopt;
  if (cell.starts_with('-')) cell.remove_prefix(1);
  const std::size_t point = std::min(cell.find('.'), cell.size());
  std::string digits(cell.substr(0, point));
  std::string_view fraction = point == cell.size() ? std::string_view() : cell.substr(point + 1);
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  if (fraction.size() > type.scale) return std::nullopt;
  digits.append(fraction).append(type.scale - fraction.size(), '0');
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.size() > type.precision) return std::nullopt;
  return digits;
}

// The fewest bytes of the number's two's complement, big-endian.
std::string TwosComplement(const std::string& digits, bool negative) {
  std::vector<unsigned> bytes{0};  // of the magnitude, the last first
  for (const char digit : digits) {
    unsigned carry = static_cast<unsigned>(digit - '0');
    for (unsigned& byte : bytes) {
      carry += 10 * byte;
      byte = carry & 0xffU;
      carry >>= 8U;
    }
    if (carry > 0) bytes.push_back(carry);
  }
  if (negative) {
    unsigned carry = 1;
    for (unsigned& byte : bytes) {
      carry += ~byte & 0xffU;
      byte = carry & 0xffU;
      carry >>= 8U;
    }
  }
  const unsigned filler = negative ? 0xffU : 0U;
  // A sign bit of its own, and no byte that only repeats it.
  if ((bytes.back() ^ filler) >= 0x80U) bytes.push_back(filler);
  while (bytes.size() > 1 && bytes.back() == filler &&
         ((bytes[bytes.size() - 2] ^ filler) & 0x80U) == 0) {
    bytes.pop_back();
  }
  std::string big_endian;
  for (std::size_t i = bytes.size(); i > 0; --i) big_endian += static_cast<char>(bytes[i - 1]);
  return big_endian;
}

char* AppendDecimal(std::string_view cell, const AvroType& type, char* to) {
  const std::optional<std::string> digits = Unscaled(cell, type);
  if (!digits) return nullptr;
  const bool negative = cell.starts_with('-') && !digits->empty();
  const std::string bytes = TwosComplement(*digits, negative);
  if (type.kind == AvroKind::kBytes) return AppendSized(bytes, to);
  if (bytes.size() > type.size) return nullptr;
  std::memset(to, negative ? 0xff : 0, type.size - bytes.size());
  return AppendBytes(bytes, to + type.size - bytes.size());
}

// Two digits at `at`; -1: there are none.
int TwoDigits(std::string_view cell, std::size_t at) {
  if (at + 2 > cell.size() || !IsDigit(cell[at]) || !IsDigit(cell[at + 1])) return -1;
  return 10 * (cell[at] - '0') + (cell[at + 1] - '0');
}

// YYYY-MM-DD, as days since 1970.
std::optional<std::int64_t> DateOf(std::string_view cell) {
  if (cell.size() != 10 || cell[4] != '-' || cell[7] != '-') return std::nullopt;
  const int century = TwoDigits(cell, 0);
  const int year = TwoDigits(cell, 2);
  const int month = TwoDigits(cell, 5);
  const int day = TwoDigits(cell, 8);
  if (century < 0 || year < 0 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{100 * century + year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// HH:MM[:SS[.f]], as nanoseconds since midnight.
std::optional<std::int64_t> TimeOfDay(std::string_view cell) {
  const int hour = TwoDigits(cell, 0);
  const int minute = cell.size() >= 5 && cell[2] == ':' ? TwoDigits(cell, 3) : -1;
  int second = 0;
  if (cell.size() > 5) second = cell[5] == ':' ? TwoDigits(cell, 6) : -1;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return std::nullopt;
  }
  std::int64_t nanos = 0;
  if (cell.size() > 8) {
    std::int64_t place = kNanos;
    if ((cell[8] != '.' && cell[8] != ',') || cell.size() == 9 || cell.size() > 18)
      return std::nullopt;
    for (const char c : cell.substr(9)) {
      if (!IsDigit(c)) return std::nullopt;
      place /= 10;
      nanos += place * (c - '0');
    }
  }
  return ((hour * 60LL + minute) * 60 + second) * kNanos + nanos;
}

// Rounded to the past.
std::int64_t FloorDivide(std::int64_t number, std::int64_t by) {
  const std::int64_t quotient = number / by;
  return quotient - (number % by < 0 ? 1 : 0);
}

// Units of a second; 0: no point in time.
std::int64_t PerSecond(AvroLogical logical) {
  switch (logical) {
    case kTimestampMillis:
    case kLocalTimestampMillis:
      return kMillis;
    case kTimestampMicros:
    case kLocalTimestampMicros:
      return kMicros;
    case kTimestampNanos:
    case kLocalTimestampNanos:
      return kNanos;
    default:
      return 0;
  }
}

bool IsLocal(AvroLogical logical) { return logical >= kLocalTimestampMillis; }

bool TakesNumber(const AvroType& type) {
  switch (type.kind) {
    case AvroKind::kInt:
    case AvroKind::kLong:
    case AvroKind::kFloat:
    case AvroKind::kDouble:
      return true;
    default:
      return type.logical == kDecimal;
  }
}

}  // namespace

AvroCell::AvroCell(AvroTypePtr type, ColumnType declared, const TimestampFormat& format)
    : type_(std::move(type)),
      raw_number_(declared == ColumnType::kInteger || declared == ColumnType::kInt32 ||
                  declared == ColumnType::kInt64),
      epoch_(format.pattern.starts_with("epoch")),
      text_(declared, format) {
  const bool point = PerSecond(type_->logical) > 0;
  if (IsLocal(type_->logical)) {
    // A local time is the cell's own, wherever the zone is.
    parser_ = std::make_unique<TimestampParser>(TimestampFormat{format.pattern, "UTC", false});
    other_zone_ = std::make_unique<TimestampParser>(
        TimestampFormat{format.pattern, epoch_ ? "UTC" : "+01:00", false});
  } else if (point || declared == ColumnType::kTimestamp) {
    parser_ = std::make_unique<TimestampParser>(format);
  }
  if (type_->logical == kDecimal) room_ += type_->precision + type_->size;
  if (type_->kind == AvroKind::kString) room_ += kIsoTimeBytes;
  if (type_->kind == AvroKind::kFixed) room_ += type_->size;
  for (std::size_t i = 0; i < type_->symbols.size(); ++i) {
    symbols_[type_->symbols[i]] = AvroLong(static_cast<std::int64_t>(i));
  }
}

TimeSpan AvroCell::span() const { return text_.span().any() ? text_.span() : span_; }

bool AvroCell::Takes(const AvroType& type, ColumnType declared) {
  const bool integer = type.kind == AvroKind::kInt || type.kind == AvroKind::kLong;
  switch (type.kind) {
    case AvroKind::kString:
      return true;
    case AvroKind::kRecord:
    case AvroKind::kArray:
    case AvroKind::kMap:
    case AvroKind::kUnion:
      return false;
    default:
      break;
  }
  switch (declared) {
    case ColumnType::kString:
      return true;
    case ColumnType::kInteger:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
      return TakesNumber(type);
    case ColumnType::kNumber:
      return TakesNumber(type) && !integer;
    case ColumnType::kBoolean:
      return type.kind == AvroKind::kBoolean;
    case ColumnType::kDecimal:
      return type.logical == kDecimal;
    case ColumnType::kTimestamp:
      return PerSecond(type.logical) > 0 || type.logical == kDate ||
             (type.kind == AvroKind::kLong && type.logical == kNone);
    case ColumnType::kDate:
      return type.logical == kDate;
    case ColumnType::kTime:
      return type.logical == kTimeMillis || type.logical == kTimeMicros;
    case ColumnType::kUuid:
      return type.logical == kUuid;
    case ColumnType::kJson:
    case ColumnType::kBase64:
      return false;
  }
  throw Error(ExitCode::kBug, "a column of no type", "", "");
}

char* AvroCell::Append(std::string_view cell, char* to) {
  if (type_->logical != kNone) return AppendLogical(cell, to);
  switch (type_->kind) {
    case AvroKind::kBoolean: {
      const std::optional<bool> truth = BooleanFrom(cell);
      if (!truth) return nullptr;
      *to = *truth ? '\1' : '\0';
      return to + 1;
    }
    case AvroKind::kInt:
      return AppendInt(cell, to);
    case AvroKind::kLong:
      return parser_ ? AppendTime(cell, kMillis, to) : AppendLong(cell, to);
    case AvroKind::kFloat:
      return AppendReal<std::uint32_t>(FloatOf(cell), to);
    case AvroKind::kDouble:
      return AppendReal<std::uint64_t>(DoubleOf(cell), to);
    case AvroKind::kBytes:
      return AppendSized(cell, to);
    case AvroKind::kString:
      return AppendString(cell, to);
    case AvroKind::kFixed:
      return cell.size() == type_->size ? AppendBytes(cell, to) : nullptr;
    case AvroKind::kEnum: {
      const auto symbol = symbols_.find(cell);
      return symbol == symbols_.end() ? nullptr : AppendBytes(symbol->second, to);
    }
    default:
      return nullptr;
  }
}

char* AvroCell::AppendLogical(std::string_view cell, char* to) {
  constexpr std::int64_t kDayMillis = 86'400'000;
  switch (type_->logical) {
    case kDecimal:
      return AppendDecimal(cell, *type_, to);
    case kUuid:
      if (type_->kind == AvroKind::kFixed) {
        return ReadUuid(cell, to) ? to + type_->size : nullptr;
      }
      return ReadUuid(cell, nullptr) ? AppendSized(cell, to) : nullptr;
    default:
      break;
  }
  if (raw_number_)
    return type_->kind == AvroKind::kInt ? AppendInt(cell, to) : AppendLong(cell, to);
  if (const std::int64_t per_second = PerSecond(type_->logical); per_second > 0) {
    return AppendTime(cell, per_second, to);
  }
  if (type_->logical == kDate) {
    std::optional<std::int64_t> days;
    if (!parser_) {
      days = DateOf(cell);
    } else if (const auto time = parser_->Parse(cell)) {
      span_.Add(*time);
      days = FloorDivide(*time, kDayMillis);
    }
    return days ? AppendAvroLong(*days, to) : nullptr;
  }
  const std::optional<std::int64_t> nanos = TimeOfDay(cell);
  if (!nanos) return nullptr;
  const std::int64_t unit = kNanos / (type_->logical == kTimeMillis ? kMillis : kMicros);
  return AppendAvroLong(*nanos / unit, to);
}

char* AvroCell::AppendTime(std::string_view cell, std::int64_t per_second, char* to) {
  const std::optional<std::int64_t> millis = parser_->Parse(cell);
  if (!millis) return nullptr;
  // Another zone makes no difference to a cell that tells its offset, which is no local time then.
  if (other_zone_ && !epoch_ && other_zone_->Parse(cell) == millis) return nullptr;
  span_.Add(*millis);
  if (per_second == kMillis) return AppendAvroLong(*millis, to);
  const std::int64_t factor = per_second / kMillis;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (*millis > kMost / factor - 1 || *millis < -(kMost / factor - 1)) return nullptr;
  const std::int64_t below = BelowMillisecond(cell) / (kNanos / per_second);
  const bool backwards = epoch_ && cell.starts_with('-');
  return AppendAvroLong(*millis * factor + (backwards ? -below : below), to);
}

char* AvroCell::AppendString(std::string_view cell, char* to) {
  const std::optional<std::string_view> text = text_.Of(cell);
  return text ? AppendSized(*text, to) : nullptr;
}

}  // namespace onceload
