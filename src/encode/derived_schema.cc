#include "onceload/encode/derived_schema.h"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "onceload/core/error.h"
#include "onceload/schema/avro_schema.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;

// A column or constant, or an object of such (--nested).
struct Field {
  std::string name;
  Json type;  // null: it is an object
  bool nullable = false;
  std::vector<Field> members;
};

// How a format says types; each in JSON, of Protobuf as a text.
struct SchemaDialect {
  Json text;
  Json integer;
  Json number;
  Json boolean;
  Json any;
  Json time;
  Json small_integer;  // of 32 bits
  Json date;
  Json clock;
  Json uuid;
  Json octets;
};

constexpr char kProtoTime[] = "google.protobuf.Timestamp";

SchemaDialect SchemaDialectOf(SchemaType type) {
  if (type == SchemaType::kJson) {
    return {{{"type", "string"}},  {{"type", "integer"}}, {{"type", "number"}},
            {{"type", "boolean"}}, Json::object(),        {{"type", "integer"}},
            {{"type", "integer"}}, {{"type", "string"}},  {{"type", "string"}},
            {{"type", "string"}},  {{"type", "string"}}};
  }
  if (type == SchemaType::kProtobuf) {
    return {"string", "int64",  "double", "bool",   "string", kProtoTime,
            "int32",  "string", "string", "string", "bytes"};
  }
  const auto logical = [](const char* of, const char* name) -> Json {
    return {{"type", of}, {"logicalType", name}};
  };
  return {"string",
          "long",
          "double",
          "boolean",
          "string",
          logical("long", "timestamp-millis"),
          "int",
          logical("int", "date"),
          logical("int", "time-millis"),
          logical("string", "uuid"),
          "string"};
}

// What cannot lose anything: a decimal is a string, for its scale is not known.
Json TypeOf(const SchemaDialect& dialect, const EncodeOptions& options, const std::string& column) {
  const auto given = options.types.find(column);
  const auto format = options.timestamps.find(column);
  switch (given == options.types.end() ? ColumnType::kString : given->second) {
    case ColumnType::kInteger:
    case ColumnType::kInt64:
      return dialect.integer;
    case ColumnType::kInt32:
      return dialect.small_integer;
    case ColumnType::kDate:
      return dialect.date;
    case ColumnType::kTime:
      return dialect.clock;
    case ColumnType::kUuid:
      return dialect.uuid;
    case ColumnType::kNumber:
      return dialect.number;
    case ColumnType::kBoolean:
      return dialect.boolean;
    case ColumnType::kJson:
      return dialect.any;
    case ColumnType::kTimestamp:
      return format != options.timestamps.end() && format->second.iso ? dialect.text : dialect.time;
    case ColumnType::kBase64:
      return dialect.octets;
    case ColumnType::kString:
    case ColumnType::kDecimal:
      break;
  }
  return dialect.text;
}

Json ConstantType(const SchemaDialect& dialect, const std::string& text) {
  const Json json = Json::parse(text);
  if (json.is_number_integer()) return dialect.integer;
  if (json.is_number()) return dialect.number;
  if (json.is_boolean()) return dialect.boolean;
  return json.is_string() ? dialect.text : dialect.any;
}

void Insert(std::vector<Field>& fields, const std::string& path, bool nested, Field leaf) {
  const std::size_t dot = nested ? path.find('.') : std::string::npos;
  if (dot == std::string::npos) {
    leaf.name = path;
    fields.push_back(std::move(leaf));
    return;
  }
  const std::string name = path.substr(0, dot);
  auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
    return field.name == name && field.type.is_null();
  });
  if (found == fields.end()) {
    fields.push_back({name, nullptr, false, {}});
    found = std::prev(fields.end());
  }
  Insert(found->members, path.substr(dot + 1), nested, std::move(leaf));
}

std::vector<Field> FieldsOf(const SchemaDialect& dialect, const DerivedFrom& from,
                            const EncodeOptions& options) {
  std::vector<Field> fields;
  for (const auto& [column, type] : options.types) IndexOf(from.columns, column, "--type");
  for (const std::string& column : from.columns) {
    const auto& drops = options.drops;
    if (std::find(drops.begin(), drops.end(), column) != drops.end()) continue;
    const auto renamed = options.renames.find(column);
    const auto given = options.types.find(column);
    const bool text = given == options.types.end() || given->second == ColumnType::kString;
    Insert(fields, renamed == options.renames.end() ? column : renamed->second, options.nested,
           {"", TypeOf(dialect, options, column), !text || from.null_texts, {}});
  }
  for (const auto& [name, json] : options.constants) {
    Insert(fields, name, options.nested, {"", ConstantType(dialect, json), false, {}});
  }
  return fields;
}

// Names that Avro and Protobuf take, each once.
class NamesInSchema {
 public:
  std::string Of(const std::string& name) {
    std::string as = AvroNameOf(name);
    if (seen_.insert(as).second) return as;
    throw Error(ExitCode::kUsage,
                "column " + Quoted(name, kNameShownBytes) + " and another one are both called " +
                    as + " in the schema",
                "", "give one of them another name with --rename");
  }

 private:
  std::set<std::string> seen_;
};

Json AvroRecord(const std::string& name, const std::vector<Field>& fields) {
  Json list = Json::array();
  NamesInSchema names;
  for (const Field& field : fields) {
    const std::string as = names.Of(field.name);
    Json entry{{"name", as}};
    if (as != field.name) entry["doc"] = field.name;
    if (field.type.is_null()) {
      entry["type"] = AvroRecord(name + "_" + as, field.members);
    } else if (field.nullable) {
      entry["type"] = Json::array({"null", field.type});
      entry["default"] = nullptr;
    } else {
      entry["type"] = field.type;
    }
    list.push_back(std::move(entry));
  }
  return {{"type", "record"}, {"name", name}, {"fields", std::move(list)}};
}

// The numbers that fields may have leave some to the format itself.
std::size_t ProtoNumber(std::size_t place) {
  constexpr std::size_t kReservedFirst = 19'000;
  constexpr std::size_t kReserved = 1'000;
  return place + 1 < kReservedFirst ? place + 1 : place + 1 + kReserved;
}

std::string ProtoText(const std::string& name, const std::vector<Field>& fields,
                      const std::string& indent) {
  const std::string inner = indent + "  ";
  NamesInSchema names;
  std::string within;
  std::string list;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    const std::string as = names.Of(field.name);
    std::string type = as + "_message";
    if (field.type.is_null()) {
      within += ProtoText(names.Of(type), field.members, inner);
    } else {
      type = field.type.get<std::string>();
      // Of messages a reader can tell whether they are there.
      if (field.nullable && type != kProtoTime) type.insert(0, "optional ");
    }
    list += inner + type + " " + as + " = " + std::to_string(ProtoNumber(i)) + ";";
    if (as != field.name) list += "  // " + Quoted(field.name, kNameShownBytes);
    list += "\n";
  }
  return indent + "message " + name + " {\n" + within + list + indent + "}\n";
}

std::string ProtoSchemaOf(const std::string& name, const std::vector<Field>& fields) {
  const std::string message = ProtoText(AvroNameOf(name), fields, "");
  const bool times = message.find(kProtoTime) != std::string::npos;
  return std::string("syntax = \"proto3\";\n\n") +
         (times ? "import \"google/protobuf/timestamp.proto\";\n\n" : "") + message;
}

Json JsonObject(const std::vector<Field>& fields) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Field& field : fields) {
    Json type = field.type.is_null() ? JsonObject(field.members) : field.type;
    if (field.nullable && type.contains("type")) {
      type["type"] = Json::array({type["type"], "null"});
    }
    properties[field.name] = std::move(type);
    required.push_back(field.name);
  }
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

Json JsonSchemaOf(const std::string& name, Json schema) {
  Json whole{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", name}};
  whole.update(schema);
  return whole;
}

}  // namespace

std::string DerivedSchema(SchemaType type, const DerivedFrom& from, const EncodeOptions& options) {
  const std::vector<Field> fields = FieldsOf(SchemaDialectOf(type), from, options);
  if (type == SchemaType::kJson) return JsonSchemaOf(from.name, JsonObject(fields)).dump();
  if (type == SchemaType::kProtobuf) return ProtoSchemaOf(from.name, fields);
  return AvroRecord(AvroNameOf(from.name), fields).dump();
}

std::string DerivedKeySchema(SchemaType type, DerivedFrom from, const EncodeOptions& options) {
  EncodeOptions key = options;
  key.drops.clear();
  key.constants.clear();
  std::erase_if(key.types, [&](const auto& given) {
    const auto& columns = options.key_columns;
    return std::find(columns.begin(), columns.end(), given.first) == columns.end();
  });
  from.columns = options.key_columns;
  from.name += "_key";
  if (from.columns.size() > 1) return DerivedSchema(type, from, key);
  const SchemaDialect dialect = SchemaDialectOf(type);
  // Protobuf has nothing but messages.
  const std::string field = from.columns.empty() ? "key" : from.columns[0];
  const auto renamed = options.renames.find(field);
  Json alone = options.key_row ? dialect.integer : dialect.text;
  if (!from.columns.empty()) alone = TypeOf(dialect, key, from.columns[0]);
  if (type == SchemaType::kProtobuf) {
    return ProtoSchemaOf(
        from.name,
        {{renamed == options.renames.end() ? field : renamed->second, alone, false, {}}});
  }
  return type == SchemaType::kJson ? JsonSchemaOf(from.name, alone).dump() : alone.dump();
}

}  // namespace onceload
