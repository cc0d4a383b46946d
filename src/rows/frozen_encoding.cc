#include "onceload/rows/frozen_encoding.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/encode/zone_names.h"

namespace onceload {
namespace {

[[noreturn]] void Unreadable(const ProgressRecord& load, const std::string& what) {
  throw Error(ExitCode::kDisagreement, "the progress record's options cannot be read: " + what,
              "load " + load.load_name + ", written by onceload " + load.tool_version,
              "verify it with that version");
}

std::string ValueOf(const ProgressRecord& load, const std::string& name) {
  if (const std::string* value = OptionOf(load.options, name)) return *value;
  Unreadable(load, "no \"" + name + "\"");
}

nlohmann::ordered_json SchemaJson(const MessageSchema& schema) {
  nlohmann::ordered_json json{{"type", NameOf(schema.type)}, {"id", schema.id}};
  if (!schema.guid.empty()) json["guid"] = schema.guid;
  json["schema"] = schema.text;
  if (!schema.message.empty()) json["message"] = schema.message;
  return json;
}

std::string SchemasText(const EncodeOptions& encode) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (SchemaTypeOf(encode.key_format) && encode.key_schema) {
    json["key"] = SchemaJson(*encode.key_schema);
  }
  if (SchemaTypeOf(encode.format) && encode.value_schema) {
    json["value"] = SchemaJson(*encode.value_schema);
  }
  return json.empty() ? std::string() : json.dump();
}

std::optional<MessageSchema> ReadSchema(const nlohmann::json& schemas, const char* part) {
  if (!schemas.contains(part)) return std::nullopt;
  const nlohmann::json& json = schemas.at(part);
  MessageSchema schema;
  const std::optional<SchemaType> type = SchemaTypeFromName(json.at("type").get<std::string>());
  if (!type) throw std::invalid_argument("a schema of another type");
  schema.type = *type;
  schema.id = json.at("id").get<std::uint32_t>();
  schema.guid = json.value("guid", "");
  schema.text = json.at("schema").get<std::string>();
  schema.message = json.value("message", "");
  return schema;
}

// A load without schemas has no such option.
void ReadSchemas(const ProgressRecord& load, EncodeOptions& encode) {
  if (const std::string* value = OptionOf(load.options, kSchemasOption)) {
    const auto json = nlohmann::json::parse(*value);
    encode.key_schema = ReadSchema(json, "key");
    encode.value_schema = ReadSchema(json, "value");
  }
  if (SchemaTypeOf(encode.format) && !encode.value_schema) Unreadable(load, "no schema of values");
  if (SchemaTypeOf(encode.key_format) && !encode.key_schema) Unreadable(load, "no schema of keys");
}

KeyShare KeysOf(const ProgressRecord& load) {
  const std::string* value = OptionOf(load.options, kKeysOption);
  if (value == nullptr) return {};
  const std::optional<KeyShare> share = KeyShareFromText(*value);
  if (!share) Unreadable(load, "keys are \"" + *value + "\"");
  return *share;
}

}  // namespace

FrozenOptions Freeze(const FrozenEncoding& encoding) {
  FrozenOptions options{{"columns", nlohmann::ordered_json(encoding.columns).dump()},
                        {"dialect", EncodeDialect(encoding.dialect)},
                        {"encoding", std::string(NameOf(encoding.encoding))},
                        {"messages", EncodeMessageOptions(encoding.encode)}};
  if (std::string schemas = SchemasText(encoding.encode); !schemas.empty()) {
    options.emplace_back(kSchemasOption, std::move(schemas));
  }
  if (!encoding.keys.all()) {
    const auto behind = std::find_if(options.begin(), options.end(),
                                     [](const auto& option) { return option.first > kKeysOption; });
    options.emplace(behind, kKeysOption, TextOf(encoding.keys));
  }
  return options;
}

FrozenEncoding FrozenEncodingOf(const ProgressRecord& load) {
  FrozenEncoding frozen;
  frozen.encode = WithReadableZones(DecodeMessageOptions(ValueOf(load, "messages")));
  frozen.dialect = DecodeDialect(ValueOf(load, "dialect"));
  frozen.encoding = EncodingFromName(ValueOf(load, "encoding"));
  frozen.keys = KeysOf(load);
  try {
    frozen.columns =
        nlohmann::json::parse(ValueOf(load, "columns")).get<std::vector<std::string>>();
    ReadSchemas(load, frozen.encode);
  } catch (const nlohmann::json::exception& error) {
    Unreadable(load, error.what());
  } catch (const std::invalid_argument& error) {
    Unreadable(load, error.what());
  }
  return frozen;
}

}  // namespace onceload
