// Avro values that JSON tells.
#include <algorithm>
#include <bit>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

#include "onceload/schema/avro_schema.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;

bool AppendAvro(const AvroType& type, const Json& json, std::string& to);

template <typename Bits>
void AppendBits(Bits bits, std::string& to) {
  for (std::size_t i = 0; i < sizeof bits; ++i) to += static_cast<char>(bits >> (8 * i) & 0xffU);
}

bool AppendInteger(const Json& json, std::int64_t least, std::int64_t most, std::string& to) {
  if (!json.is_number_integer()) return false;
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(most)) {
    return false;
  }
  const auto number = json.get<std::int64_t>();
  if (number < least || number > most) return false;
  to += AvroLong(number);
  return true;
}

// A code point below 256 for each byte. nullopt: another one is in it.
std::optional<std::string> BytesOf(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80U) {
      bytes += text[i];
    } else if ((first == 0xc2U || first == 0xc3U) && i + 1 < text.size()) {
      const auto second = static_cast<unsigned char>(text[++i]);
      bytes += static_cast<char>((first & 3U) << 6U | (second & 0x3fU));
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

bool AppendText(const AvroType& type, const Json& json, std::string& to) {
  if (!json.is_string()) return false;
  const auto& text = json.get_ref<const std::string&>();
  if (type.kind == AvroKind::kString) {
    to += AvroLong(static_cast<std::int64_t>(text.size())) + text;
    return true;
  }
  if (type.kind == AvroKind::kEnum) {
    const auto found = std::find(type.symbols.begin(), type.symbols.end(), text);
    if (found == type.symbols.end()) return false;
    to += AvroLong(found - type.symbols.begin());
    return true;
  }
  const std::optional<std::string> bytes = BytesOf(text);
  if (!bytes) return false;
  if (type.kind == AvroKind::kFixed && bytes->size() != type.size) return false;
  if (type.kind == AvroKind::kBytes) to += AvroLong(static_cast<std::int64_t>(bytes->size()));
  to += *bytes;
  return true;
}

bool AppendRecord(const AvroType& type, const Json& json, std::string& to) {
  if (!json.is_object()) return false;
  for (const AvroField& field : type.fields) {
    if (json.contains(field.name)) {
      if (!AppendAvro(*field.type, json.at(field.name), to)) return false;
    } else if (field.default_bytes) {
      to += *field.default_bytes;
    } else {
      return false;
    }
  }
  return true;
}

// One block, and the empty one that ends them.
bool AppendItems(const AvroType& type, const Json& json, std::string& to) {
  const bool map = type.kind == AvroKind::kMap;
  if (map ? !json.is_object() : !json.is_array()) return false;
  if (!json.empty()) to += AvroLong(static_cast<std::int64_t>(json.size()));
  for (const auto& [name, item] : json.items()) {
    if (map) to += AvroLong(static_cast<std::int64_t>(name.size())) + name;
    if (!AppendAvro(*type.parts[0], item, to)) return false;
  }
  to += '\0';
  return true;
}

bool AppendBranch(const AvroType& type, const Json& json, std::string& to) {
  for (std::size_t i = 0; i < type.parts.size(); ++i) {
    std::string bytes = AvroLong(static_cast<std::int64_t>(i));
    if (!AppendAvro(*type.parts[i], json, bytes)) continue;
    to += bytes;
    return true;
  }
  return false;
}

// Appends; false: `json` is no such value.
bool AppendAvro(const AvroType& type, const Json& json, std::string& to) {
  using Long = std::numeric_limits<std::int64_t>;
  using Int = std::numeric_limits<std::int32_t>;
  switch (type.kind) {
    case AvroKind::kNull:
      return json.is_null();
    case AvroKind::kBoolean:
      if (json.is_boolean()) to += json.get<bool>() ? '\1' : '\0';
      return json.is_boolean();
    case AvroKind::kInt:
      return AppendInteger(json, Int::min(), Int::max(), to);
    case AvroKind::kLong:
      return AppendInteger(json, Long::min(), Long::max(), to);
    case AvroKind::kFloat:
      if (json.is_number()) AppendBits(std::bit_cast<std::uint32_t>(json.get<float>()), to);
      return json.is_number();
    case AvroKind::kDouble:
      if (json.is_number()) AppendBits(std::bit_cast<std::uint64_t>(json.get<double>()), to);
      return json.is_number();
    case AvroKind::kBytes:
    case AvroKind::kString:
    case AvroKind::kEnum:
    case AvroKind::kFixed:
      return AppendText(type, json, to);
    case AvroKind::kRecord:
      return AppendRecord(type, json, to);
    case AvroKind::kArray:
    case AvroKind::kMap:
      return AppendItems(type, json, to);
    case AvroKind::kUnion:
      return AppendBranch(type, json, to);
  }
  return false;
}

}  // namespace

std::optional<std::string> AvroOfJson(const AvroType& type, std::string_view json) {
  const Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  std::string bytes;
  if (parsed.is_discarded() || !AppendAvro(type, parsed, bytes)) return std::nullopt;
  return bytes;
}

}  // namespace onceload
