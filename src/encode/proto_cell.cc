#include "encode/proto_cell.h"

#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "encode/encode_limits.h"
#include "encode/json_types.h"
#include "encode/value_encoder.h"

namespace onceload {
namespace {

constexpr std::int64_t kSecondMillis = 1'000;
// Of google.protobuf.Timestamp: 0001-01-01.
constexpr std::int64_t kYearOneMillis = -62'135'596'800'000;

bool IsWhole(ProtoKind kind) { return (kind >= ProtoKind::kInt32 && kind <= ProtoKind::kSfixed64); }
bool IsReal(ProtoKind kind) { return kind == ProtoKind::kDouble || kind == ProtoKind::kFloat; }
bool HoldsMillis(ProtoKind kind) {
  return kind == ProtoKind::kInt64 || kind == ProtoKind::kSint64 || kind == ProtoKind::kSfixed64;
}

std::uint64_t ZigZag(std::int64_t number) {
  return static_cast<std::uint64_t>(number) << 1U ^ static_cast<std::uint64_t>(number >> 63);
}

template <typename Whole>
bool Holds(std::int64_t number) {
  using Limits = std::numeric_limits<Whole>;
  return number >= std::int64_t{Limits::min()} && number <= std::int64_t{Limits::max()};
}

// Text of the first alphabet with padding, as CellJson::Plain() gives it.
void DecodeBase64(std::string_view text, std::string& bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  bytes.clear();
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6U | static_cast<unsigned>(kDigits.find(c) & 0x3fU);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xffU);
  }
}

// The one field of a wrapper.
const ProtoField* WrappedBy(const ProtoField& field) {
  const bool wrapper = field.kind == ProtoKind::kMessage && field.message->wrapper;
  return wrapper ? &field.message->fields.front() : nullptr;
}

}  // namespace

ProtoCell::ProtoCell(const ProtoField& field, ColumnType declared, const TimestampFormat& format)
    : field_(&field),
      tag_(ProtoTag(WrappedBy(field) != nullptr ? *WrappedBy(field) : field)),
      outer_tag_(WrappedBy(field) != nullptr ? ProtoTag(field) : std::string()),
      keep_default_(field.presence && outer_tag_.empty()),
      declared_(declared),
      backwards_(format.pattern.starts_with("epoch")),
      text_(declared, format) {
  const bool timestamp = field.kind == ProtoKind::kMessage && field.message->timestamp;
  const bool date = declared == ColumnType::kDate;
  if (timestamp && date) {
    time_ = std::make_unique<TimestampParser>(TimestampFormat{"%Y-%m-%d", "UTC", false},
                                              TimeKind::kDate);
  } else if (timestamp || (declared == ColumnType::kTimestamp && HoldsMillis(Inner().kind))) {
    time_ = std::make_unique<TimestampParser>(format);
  }
}

const ProtoField& ProtoCell::Inner() const {
  return outer_tag_.empty() ? *field_ : field_->message->fields.front();
}

bool ProtoCell::Takes(const ProtoField& field, ColumnType declared) {
  if (const ProtoField* const wrapped = WrappedBy(field)) return Takes(*wrapped, declared);
  const ProtoKind kind = field.kind;
  if (kind == ProtoKind::kString) return true;
  if (kind == ProtoKind::kOther) return false;
  const bool timestamp = kind == ProtoKind::kMessage && field.message->timestamp;
  if (kind == ProtoKind::kMessage && !timestamp) return false;
  switch (declared) {
    case ColumnType::kString:
      return true;
    case ColumnType::kInteger:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
      return IsWhole(kind) || IsReal(kind);
    case ColumnType::kNumber:
      return IsReal(kind);
    case ColumnType::kBoolean:
      return kind == ProtoKind::kBool;
    case ColumnType::kTimestamp:
      return timestamp || HoldsMillis(kind);
    case ColumnType::kDate:
      return timestamp;
    case ColumnType::kBase64:
      return kind == ProtoKind::kBytes;
    default:
      return false;
  }
}

bool ProtoCell::IsText(const ProtoField& field, ColumnType declared) {
  const ProtoField* const wrapped = WrappedBy(field);
  const ProtoKind kind = wrapped != nullptr ? wrapped->kind : field.kind;
  return declared == ColumnType::kString &&
         (kind == ProtoKind::kString || kind == ProtoKind::kBytes);
}

std::size_t ProtoCell::room() const {
  return 2 * (kProtoTagBytesMax + kVarintBytesMax) + 2 * (1 + kVarintBytesMax) + kIsoTimeBytes;
}

char* ProtoCell::Append(std::string_view cell, char* to) {
  const bool timestamp = field_->kind == ProtoKind::kMessage && field_->message->timestamp;
  if (timestamp) return AppendTimestamp(cell, to);
  if (outer_tag_.empty()) return AppendScalar(cell, to);
  // A wrapper's size is not known before: it is one byte, or what is within is moved.
  char* const size_at = AppendFew(outer_tag_, to);
  char* const end = AppendScalar(cell, size_at + 1);
  return end == nullptr ? nullptr : EndNested(size_at, end);
}

char* ProtoCell::AppendTimestamp(std::string_view cell, char* to) {
  const std::optional<std::int64_t> millis = time_->Parse(cell);
  if (!millis || *millis < kYearOneMillis) return nullptr;
  span_.Add(*millis);
  const std::int64_t below = declared_ == ColumnType::kDate ? 0 : BelowMillisecond(cell);
  const bool negative = backwards_ && cell.starts_with('-');
  std::int64_t seconds = *millis / kSecondMillis;
  std::int64_t nanos = *millis % kSecondMillis * kNanosOfMillisecond + (negative ? -below : below);
  if (nanos < 0) {
    --seconds;
    nanos += kSecondMillis * kNanosOfMillisecond;
  }
  constexpr char kSecondsTag = 1 << 3;
  constexpr char kNanosTag = 2 << 3;
  char* const size_at = AppendFew(tag_, to);
  char* end = size_at + 1;
  if (seconds != 0) {
    *end++ = kSecondsTag;
    end = AppendVarint(static_cast<std::uint64_t>(seconds), end);
  }
  if (nanos != 0) {
    *end++ = kNanosTag;
    end = AppendVarint(static_cast<std::uint64_t>(nanos), end);
  }
  return EndNested(size_at, end);
}

char* ProtoCell::AppendScalar(std::string_view cell, char* to) {
  const ProtoField& field = Inner();
  switch (field.kind) {
    case ProtoKind::kDouble: {
      const std::optional<double> number = DoubleOf(cell);
      if (!number) return nullptr;
      return AppendFixed(std::optional(std::bit_cast<std::uint64_t>(*number)), to);
    }
    case ProtoKind::kFloat: {
      const std::optional<float> number = FloatOf(cell);
      if (!number) return nullptr;
      return AppendFixed(std::optional(std::bit_cast<std::uint32_t>(*number)), to);
    }
    case ProtoKind::kBool: {
      const std::optional<bool> truth = BooleanFrom(cell);
      if (!truth) return nullptr;
      return AppendVarying(*truth ? 1U : 0U, to);
    }
    case ProtoKind::kEnum: {
      const auto symbol = field.symbols.find(cell);
      if (symbol == field.symbols.end()) return nullptr;
      return AppendVarying(static_cast<std::uint64_t>(std::int64_t{symbol->second}), to);
    }
    case ProtoKind::kString:
      return AppendSized(text_.Of(cell), to);
    case ProtoKind::kBytes:
      if (declared_ != ColumnType::kBase64) return AppendSized(cell, to);
      DecodeBase64(cell, bytes_);
      return AppendSized(bytes_, to);
    case ProtoKind::kFixed32:
    case ProtoKind::kSfixed32: {
      const std::optional<std::uint64_t> number = WholeNumber(cell);
      if (!number) return nullptr;
      return AppendFixed(std::optional(static_cast<std::uint32_t>(*number)), to);
    }
    case ProtoKind::kFixed64:
    case ProtoKind::kSfixed64:
      return AppendFixed(WholeNumber(cell), to);
    default:
      return AppendVarying(WholeNumber(cell), to);
  }
}

// The bits of a whole number as the field's kind writes them.
std::optional<std::uint64_t> ProtoCell::WholeNumber(std::string_view cell) {
  const ProtoKind kind = Inner().kind;
  if (kind == ProtoKind::kUint64 || kind == ProtoKind::kFixed64) return UnsignedOf(cell);
  if (kind == ProtoKind::kUint32 || kind == ProtoKind::kFixed32) {
    const std::optional<std::uint64_t> number = UnsignedOf(cell);
    return number && *number <= std::numeric_limits<std::uint32_t>::max() ? number : std::nullopt;
  }
  std::optional<std::int64_t> number = time_ ? time_->Parse(cell) : IntegerOf(cell);
  if (!number) return std::nullopt;
  if (time_) span_.Add(*number);
  const bool narrow =
      kind == ProtoKind::kInt32 || kind == ProtoKind::kSint32 || kind == ProtoKind::kSfixed32;
  if (narrow && !Holds<std::int32_t>(*number)) return std::nullopt;
  const bool zigzag = kind == ProtoKind::kSint32 || kind == ProtoKind::kSint64;
  return zigzag ? ZigZag(*number) : static_cast<std::uint64_t>(*number);
}

char* ProtoCell::AppendVarying(std::optional<std::uint64_t> bits, char* to) const {
  if (!bits) return nullptr;
  if (*bits == 0 && !keep_default_) return to;
  return AppendVarint(*bits, AppendFew(tag_, to));
}

template <typename Bits>
char* ProtoCell::AppendFixed(std::optional<Bits> bits, char* to) const {
  if (!bits) return nullptr;
  if (*bits == 0 && !keep_default_) return to;
  to = AppendFew(tag_, to);
  for (std::size_t i = 0; i < sizeof(Bits); ++i)
    *to++ = static_cast<char>(*bits >> (8 * i) & 0xffU);
  return to;
}

char* ProtoCell::AppendSized(std::optional<std::string_view> bytes, char* to) const {
  if (!bytes) return nullptr;
  if (bytes->empty() && !keep_default_) return to;
  return AppendFew(*bytes, AppendVarint(bytes->size(), AppendFew(tag_, to)));
}

}  // namespace onceload
