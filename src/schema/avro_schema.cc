#include "onceload/schema/avro_schema.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;
using enum AvroKind;
using enum AvroLogical;

// In the order of AvroKind.
constexpr std::array<std::string_view, 14> kKinds{"null",   "boolean", "int",    "long",   "float",
                                                  "double", "bytes",   "string", "record", "enum",
                                                  "array",  "map",     "union",  "fixed"};
constexpr std::size_t kPrimitives = 8;

struct LogicalName {
  std::string_view name;
  AvroLogical logical;
  AvroKind of;
};
constexpr std::array kLogicalNames{
    LogicalName{"uuid", kUuid, kString},
    LogicalName{"date", kDate, kInt},
    LogicalName{"time-millis", kTimeMillis, kInt},
    LogicalName{"time-micros", kTimeMicros, kLong},
    LogicalName{"timestamp-millis", kTimestampMillis, kLong},
    LogicalName{"timestamp-micros", kTimestampMicros, kLong},
    LogicalName{"timestamp-nanos", kTimestampNanos, kLong},
    LogicalName{"local-timestamp-millis", kLocalTimestampMillis, kLong},
    LogicalName{"local-timestamp-micros", kLocalTimestampMicros, kLong},
    LogicalName{"local-timestamp-nanos", kLocalTimestampNanos, kLong},
};

// Of types within each other: parsing recurses.
constexpr int kDepthMax = 100;
constexpr std::size_t kUuidBytes = 16;
// Larger ones no cell could fill.
constexpr std::uint64_t kFixedBytesMax = std::uint64_t{1} << 30;
// Digits: writing one takes time with their square.
constexpr std::uint64_t kPrecisionMax = 4096;

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// JSON of so many levels; the library's dump() recurses.
bool IsTooDeep(std::string_view text) {
  constexpr int kLevelsMax = 1'000;
  int level = 0;
  int deepest = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      if (text[i] == '[' || text[i] == '{') deepest = std::max(deepest, ++level);
      if (text[i] == ']' || text[i] == '}') --level;
    }
  }
  return deepest > kLevelsMax;
}

class Parser {
 public:
  explicit Parser(std::string where) : where_(std::move(where)) {}

  // `space`: the namespace that names without one are in.
  AvroTypePtr Parse(const Json& json, const std::string& space, const std::string& pointer) {
    if (++depth_ > kDepthMax) Refuse("more than 100 types within each other", pointer);
    AvroTypePtr type = json.is_string()  ? Named(json.get<std::string>(), space, pointer)
                       : json.is_array() ? Union(json, space, pointer)
                                         : Described(json, space, pointer);
    --depth_;
    return type;
  }

 private:
  [[noreturn]] void Refuse(const std::string& what, const std::string& pointer) const {
    throw Error(ExitCode::kUsage, "no Avro schema: " + what,
                where_ + (pointer.empty() ? ", at its top" : ", at " + pointer),
                "correct the schema");
  }

  std::string TextAt(const Json& json, const char* member, const std::string& pointer) const {
    if (!json.contains(member) || !json.at(member).is_string()) {
      Refuse(std::string("there is no \"") + member + "\"", pointer);
    }
    return json.at(member).get<std::string>();
  }

  static std::string FullName(const std::string& name, const std::string& space) {
    const bool full = name.find('.') != std::string::npos || space.empty();
    return full ? name : space + "." + name;
  }

  AvroTypePtr Named(const std::string& name, const std::string& space,
                    const std::string& pointer) const {
    const auto* const primitive = std::find(kKinds.begin(), kKinds.begin() + kPrimitives, name);
    if (primitive != kKinds.begin() + kPrimitives) {
      AvroType type;
      type.kind = static_cast<AvroKind>(primitive - kKinds.begin());
      return std::make_shared<const AvroType>(std::move(type));
    }
    for (const std::string& full : {FullName(name, space), name}) {
      if (const auto known = named_.find(full); known != named_.end()) {
        if (known->second) return known->second;
        Refuse("type \"" + name + "\" contains itself, which no row can fill", pointer);
      }
    }
    Refuse("there is no type \"" + name + "\"", pointer);
  }

  AvroTypePtr Union(const Json& json, const std::string& space, const std::string& pointer) {
    AvroType type;
    type.kind = kUnion;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < json.size(); ++i) {
      AvroTypePtr part = Parse(json[i], space, pointer + "/" + std::to_string(i));
      if (part->kind == kUnion) Refuse("a union within a union", pointer);
      const std::string kind(kKinds[static_cast<std::size_t>(part->kind)]);
      if (!seen.insert(part->name.empty() ? kind : part->name).second) {
        Refuse("a union that has one type twice", pointer);
      }
      type.parts.push_back(std::move(part));
    }
    if (type.parts.empty()) Refuse("a union without a type", pointer);
    return std::make_shared<const AvroType>(std::move(type));
  }

  AvroTypePtr Described(const Json& json, const std::string& space, const std::string& pointer) {
    if (!json.is_object()) Refuse("neither a name, a list nor an object", pointer);
    if (!json.contains("type")) Refuse("there is no \"type\"", pointer);
    const Json& kind = json.at("type");
    if (!kind.is_string()) return Parse(kind, space, pointer + "/type");
    const auto name = kind.get<std::string>();
    AvroType type;
    if (name == "record" || name == "error") {
      return Record(json, space, pointer);
    }
    if (name == "array" || name == "map") {
      const char* const member = name == "array" ? "items" : "values";
      if (!json.contains(member)) Refuse(std::string("there is no \"") + member + "\"", pointer);
      type.kind = name == "array" ? kArray : kMap;
      type.parts.push_back(Parse(json.at(member), space, pointer + "/" + member));
    } else if (name == "enum" || name == "fixed") {
      type.kind = name == "enum" ? kEnum : kFixed;
      type.name = Define(json, space, pointer);
      if (type.kind == kEnum) ReadSymbols(json, pointer, type);
      if (type.kind == kFixed) type.size = ReadSize(json, pointer);
    } else {
      type = *Named(name, space, pointer);
    }
    ReadLogical(json, pointer, type);
    auto made = std::make_shared<const AvroType>(std::move(type));
    if (!made->name.empty()) named_[made->name] = made;
    return made;
  }

  // The full name, which is from here on known; not yet what it is.
  std::string Define(const Json& json, const std::string& space, const std::string& pointer) {
    const std::string name = TextAt(json, "name", pointer);
    const bool own = json.contains("namespace") && json.at("namespace").is_string();
    const std::string full = FullName(name, own ? json.at("namespace").get<std::string>() : space);
    for (std::size_t begin = 0; begin <= full.size();) {
      const std::size_t dot = std::min(full.find('.', begin), full.size());
      if (!IsAvroName(std::string_view(full).substr(begin, dot - begin))) {
        Refuse("\"" + full + "\" is no name in Avro", pointer);
      }
      begin = dot + 1;
    }
    if (!named_.try_emplace(full).second) Refuse("type \"" + full + "\" is there twice", pointer);
    return full;
  }

  AvroTypePtr Record(const Json& json, const std::string& space, const std::string& pointer) {
    AvroType type;
    type.kind = kRecord;
    type.name = Define(json, space, pointer);
    const std::size_t dot = type.name.rfind('.');
    const std::string inner = dot == std::string::npos ? std::string() : type.name.substr(0, dot);
    if (!json.contains("fields") || !json.at("fields").is_array()) {
      Refuse("a record without a list of fields", pointer);
    }
    std::set<std::string> seen;
    std::size_t at = 0;
    for (const Json& field : json.at("fields")) {
      const std::string place = pointer + "/fields/" + std::to_string(at++);
      type.fields.push_back(Field(field, inner, place));
      if (!seen.insert(type.fields.back().name).second) {
        Refuse("field \"" + type.fields.back().name + "\" is there twice", place);
      }
    }
    auto made = std::make_shared<const AvroType>(std::move(type));
    named_[made->name] = made;
    return made;
  }

  AvroField Field(const Json& json, const std::string& space, const std::string& pointer) {
    AvroField field;
    field.name = TextAt(json, "name", pointer);
    if (!IsAvroName(field.name)) Refuse("\"" + field.name + "\" is no name in Avro", pointer);
    if (!json.contains("type")) Refuse("there is no \"type\"", pointer);
    field.type = Parse(json.at("type"), space, pointer + "/type");
    if (json.contains("aliases") && json.at("aliases").is_array()) {
      for (const Json& alias : json.at("aliases")) {
        if (alias.is_string()) field.aliases.push_back(alias.get<std::string>());
      }
    }
    if (json.contains("default")) {
      field.default_bytes = AvroOfJson(*field.type, json.at("default").dump());
      if (!field.default_bytes) {
        Refuse("the default is no " + NameOf(*field.type), pointer + "/default");
      }
    }
    return field;
  }

  void ReadSymbols(const Json& json, const std::string& pointer, AvroType& type) const {
    if (!json.contains("symbols") || !json.at("symbols").is_array()) {
      Refuse("an enum without symbols", pointer);
    }
    for (const Json& symbol : json.at("symbols")) {
      if (!symbol.is_string() || !IsAvroName(symbol.get<std::string>())) {
        Refuse("a symbol is no name in Avro", pointer);
      }
      type.symbols.push_back(symbol.get<std::string>());
    }
    if (std::set(type.symbols.begin(), type.symbols.end()).size() != type.symbols.size()) {
      Refuse("a symbol is there twice", pointer);
    }
  }

  static std::uint64_t Count(const Json& json, const char* member, std::uint64_t most) {
    if (!json.contains(member) || !json.at(member).is_number_unsigned()) return most + 1;
    return json.at(member).get<std::uint64_t>();
  }

  std::size_t ReadSize(const Json& json, const std::string& pointer) const {
    const std::uint64_t size = Count(json, "size", kFixedBytesMax);
    if (size > kFixedBytesMax) Refuse("a fixed without a size", pointer);
    return size;
  }

  void ReadLogical(const Json& json, const std::string& pointer, AvroType& type) const {
    if (!json.contains("logicalType") || !json.at("logicalType").is_string()) return;
    const auto name = json.at("logicalType").get<std::string>();
    if (name == "decimal" && (type.kind == kBytes || type.kind == kFixed)) {
      constexpr std::uint64_t kAny = ~std::uint64_t{0} - 1;
      const std::uint64_t precision = Count(json, "precision", kAny);
      const std::uint64_t scale = json.contains("scale") ? Count(json, "scale", kAny) : 0;
      // As many digits as its bytes can hold: floor(log10(2^(8n-1))).
      const auto held = static_cast<std::uint64_t>(
          type.size > 0 ? 0.30103 * static_cast<double>(8 * type.size - 1) : 0.0);
      if (precision == 0 || precision > kAny || scale > precision) return;
      if (type.kind == kFixed && precision > held) return;
      if (precision > kPrecisionMax) Refuse("a decimal of more than 4096 digits", pointer);
      type.logical = kDecimal;
      type.precision = precision;
      type.scale = scale;
      return;
    }
    for (const LogicalName& known : kLogicalNames) {
      const bool on_fixed =
          known.logical == kUuid && type.kind == kFixed && type.size == kUuidBytes;
      if (known.name == name && (known.of == type.kind || on_fixed)) type.logical = known.logical;
    }
  }

  const std::string where_;
  std::map<std::string, AvroTypePtr> named_;
  int depth_ = 0;
};

}  // namespace

std::string NameOf(const AvroType& type) {
  if (type.logical == kDecimal) {
    return "decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
  }
  for (const LogicalName& known : kLogicalNames) {
    if (type.logical == known.logical) return std::string(known.name);
  }
  std::string name(kKinds[static_cast<std::size_t>(type.kind)]);
  if (type.kind == kUnion) {
    name.clear();
    for (const AvroTypePtr& part : type.parts) name += (name.empty() ? "" : " or ") + NameOf(*part);
  }
  return type.name.empty() ? name : name + " " + type.name;
}

AvroTypePtr ParseAvroSchema(std::string_view text, const std::string& where) {
  if (IsTooDeep(text)) {
    throw Error(ExitCode::kUsage, "no Avro schema: its JSON is too deep", where, "");
  }
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    // A primitive type may stand alone, as its bare name.
    json = std::string(text);
    if (!IsAvroName(text)) {
      throw Error(ExitCode::kUsage, "no Avro schema: it is no JSON", where, "correct the schema");
    }
  }
  return Parser(where).Parse(json, "", "");
}

bool SameAvro(const AvroType& a, const AvroType& b) {
  const auto same_field = [](const AvroField& x, const AvroField& y) {
    return x.name == y.name && x.aliases == y.aliases && x.default_bytes == y.default_bytes &&
           SameAvro(*x.type, *y.type);
  };
  const auto same_part = [](const AvroTypePtr& x, const AvroTypePtr& y) {
    return SameAvro(*x, *y);
  };
  return a.kind == b.kind && a.logical == b.logical && a.name == b.name &&
         a.precision == b.precision && a.scale == b.scale && a.size == b.size &&
         a.symbols == b.symbols &&
         std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(),
                    same_field) &&
         std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(), same_part);
}

bool IsAvroName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), IsNameByte) &&
         (name[0] < '0' || name[0] > '9');
}

std::string AvroNameOf(std::string_view name) {
  std::string made;
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) made = "_";
  for (const char c : name) {
    const bool continues = (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;  // of a character
    if (!continues) made += IsNameByte(c) ? c : '_';
  }
  return made;
}

std::string AvroLong(std::int64_t number) {
  std::array<char, kAvroLongBytesMax> bytes;
  return {bytes.data(), AppendAvroLong(number, bytes.data())};
}

}  // namespace onceload
