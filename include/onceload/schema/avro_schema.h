// Avro schemas: the tree of types that rows are written by, and the bytes of values that JSON
// tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace onceload {

enum class AvroKind : std::uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed,
};

// One that does not fit its type, or is not known, counts as none: so says the specification.
enum class AvroLogical : std::uint8_t {
  kNone,
  kDecimal,
  kUuid,
  kDate,
  kTimeMillis,
  kTimeMicros,
  kTimestampMillis,
  kTimestampMicros,
  kTimestampNanos,
  kLocalTimestampMillis,
  kLocalTimestampMicros,
  kLocalTimestampNanos,
};

struct AvroType;
using AvroTypePtr = std::shared_ptr<const AvroType>;

struct AvroField {
  std::string name;
  std::vector<std::string> aliases;
  AvroTypePtr type;
  std::optional<std::string> default_bytes;  // encoded
};

struct AvroType {
  AvroKind kind = AvroKind::kNull;
  AvroLogical logical = AvroLogical::kNone;
  std::string name;  // of a named type, with its namespace
  std::size_t precision = 0;
  std::size_t scale = 0;
  std::size_t size = 0;              // of a fixed
  std::vector<std::string> symbols;  // of an enum
  std::vector<AvroField> fields;     // of a record
  std::vector<AvroTypePtr> parts;    // a union's branches, an array's items, a map's values
};

// "timestamp-millis", "decimal(12,2)", "record acme.Click", "null or long".
std::string NameOf(const AvroType& type);

// Throws Error(kUsage) that names `where` and the JSON pointer: no JSON, no schema, a name or a
// default that Avro does not take, a type that contains itself.
AvroTypePtr ParseAvroSchema(std::string_view text, const std::string& where);

// They write the same bytes, and say the same to readers.
bool SameAvro(const AvroType& a, const AvroType& b);

// [A-Za-z_][A-Za-z0-9_]*
bool IsAvroName(std::string_view name);
// `name` with "_" for what such a name cannot have.
std::string AvroNameOf(std::string_view name);

// Most bytes of a long.
inline constexpr std::size_t kAvroLongBytesMax = 10;

inline char* AppendAvroLong(std::int64_t number, char* to) {
  auto rest = static_cast<std::uint64_t>(number) << 1U ^ static_cast<std::uint64_t>(number >> 63);
  for (; rest >= 0x80U; rest >>= 7U) *to++ = static_cast<char>(rest | 0x80U);
  *to++ = static_cast<char>(rest);
  return to;
}
std::string AvroLong(std::int64_t number);

// The value's bytes, as defaults are written: strings of bytes and fixed hold a code point for each
// byte, a union is its first branch that fits. nullopt: the JSON is no such value.
std::optional<std::string> AvroOfJson(const AvroType& type, std::string_view json);

}  // namespace onceload
