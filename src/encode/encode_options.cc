// The mapping file and the frozen form: one JSON, one reader.
#include "onceload/encode/encode_options.h"

#include <algorithm>
#include <array>
#include <set>

#include <nlohmann/json.hpp>

#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "onceload/core/error.h"
#include "onceload/core/nearest_name.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;

// Objects and lists within each other. Json::dump() recurses: 200,000 of them overflow the stack.
constexpr int kDepthMax = 100;

constexpr std::array<std::pair<ColumnType, std::string_view>, 13> kTypeNames{{
    {ColumnType::kString, "string"},
    {ColumnType::kInteger, "integer"},
    {ColumnType::kNumber, "number"},
    {ColumnType::kBoolean, "boolean"},
    {ColumnType::kJson, "json"},
    {ColumnType::kDecimal, "decimal"},
    {ColumnType::kTimestamp, "timestamp"},
    {ColumnType::kDate, "date"},
    {ColumnType::kTime, "time"},
    {ColumnType::kInt32, "int32"},
    {ColumnType::kInt64, "int64"},
    {ColumnType::kUuid, "uuid"},
    {ColumnType::kBase64, "base64"},
}};

// Of type json in the frozen form; without it, EncodeOptions::narrow_json.
const char* const kWideGrammar = "rfc8259";

constexpr std::array<std::pair<EmptyKey, std::string_view>, 3> kEmptyKeyNames{{
    {EmptyKey::kEmpty, "empty"},
    {EmptyKey::kNull, "null"},
    {EmptyKey::kError, "error"},
}};

constexpr std::array<std::pair<MessageFormat, std::string_view>, 5> kFormatNames{{
    {MessageFormat::kJson, "json"},
    {MessageFormat::kRaw, "raw"},
    {MessageFormat::kAvro, "avro"},
    {MessageFormat::kJsonSchema, "json-schema"},
    {MessageFormat::kProtobuf, "protobuf"},
}};

constexpr std::array<std::pair<KeyFormat, std::string_view>, 4> kKeyFormatNames{{
    {KeyFormat::kText, "text"},
    {KeyFormat::kAvro, "avro"},
    {KeyFormat::kJsonSchema, "json-schema"},
    {KeyFormat::kProtobuf, "protobuf"},
}};

constexpr std::array<std::pair<SchemaFraming, std::string_view>, 2> kFramingNames{{
    {SchemaFraming::kPrefix, "prefix"},
    {SchemaFraming::kHeader, "header"},
}};

// Names in the order of their values.
template <typename Names>
std::vector<std::string> TextsOf(const Names& names) {
  std::vector<std::string> texts;
  texts.reserve(names.size());
  for (const auto& [value, name] : names) texts.emplace_back(name);
  return texts;
}

template <typename Names>
auto ValueOf(const Names& names, std::string_view wanted)
    -> std::optional<typename Names::value_type::first_type> {
  for (const auto& [value, name] : names) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

// Who is to blame, and where a text comes from.
struct TextOrigin {
  ExitCode code = ExitCode::kUsage;
  std::string path;
  std::string advice;
};

// A value in the text and its JSON pointer; every look at it that fails is an Error.
class Value {
 public:
  Value(const Json& json, std::string pointer, const TextOrigin& origin)
      : json_(json), pointer_(std::move(pointer)), origin_(origin) {}

  [[noreturn]] void Refuse(const std::string& what, const std::string& advice = "") const {
    throw Error(
        origin_.code, what,
        origin_.path + (pointer_.empty() ? ", at its top" : ", at " + Quoted(pointer_, 200)),
        advice.empty() ? origin_.advice : advice);
  }

  // Only these members, and their values.
  std::vector<std::pair<std::string, Value>> Members(
      const std::vector<std::string>& known = {}) const {
    if (!json_.is_object()) Refuse("not an object");
    std::vector<std::pair<std::string, Value>> members;
    for (const auto& [name, value] : json_.items()) {
      if (!known.empty()) CheckKnown(name, known);
      members.emplace_back(name, Value(value, pointer_ + '/' + Token(name), origin_));
    }
    return members;
  }

  std::string Text() const {
    if (!json_.is_string()) Refuse("not a string");
    return json_.get<std::string>();
  }
  std::string Name() const {
    if (!json_.is_string() || json_.get_ref<const std::string&>().empty()) {
      Refuse("not a string with something in it");
    }
    return json_.get<std::string>();
  }
  bool Truth() const {
    if (!json_.is_boolean()) Refuse("neither true nor false");
    return json_.get<bool>();
  }
  // The index of one of these texts.
  std::size_t OneOf(const std::vector<std::string>& texts) const {
    const std::string text = Text();
    const auto found = std::find(texts.begin(), texts.end(), text);
    if (found == texts.end()) {
      Refuse(Quoted(text, kTextShownBytes) + " is none of " + ListOf(texts));
    }
    return static_cast<std::size_t>(found - texts.begin());
  }
  std::vector<std::string> Names() const {
    if (!json_.is_array() || json_.empty()) Refuse("not a list of columns");
    std::vector<std::string> names;
    for (std::size_t i = 0; i < json_.size(); ++i) {
      names.push_back(Value(json_[i], pointer_ + '/' + std::to_string(i), origin_).Name());
    }
    return names;
  }
  std::string Compact() const { return json_.dump(); }
  bool frozen() const { return origin_.code == ExitCode::kDisagreement; }

 private:
  // RFC 6901, section 3.
  static std::string Token(const std::string& name) {
    std::string token;
    for (const char c : name) token += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return token;
  }

  void CheckKnown(const std::string& name, const std::vector<std::string>& known) const {
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    const std::string nearest = NearestName(name, known);
    Refuse("unknown member " + Quoted(name, kTextShownBytes),
           nearest.empty() ? "known here: " + ListOf(known) : "did you mean \"" + nearest + "\"?");
  }

  const Json& json_;
  std::string pointer_;
  const TextOrigin& origin_;
};

// Which kinds of member a column's rule has.
struct ColumnSays {
  bool pattern = false;
  bool zone = false;
  bool written = false;
  bool grammar = false;
};

// `rule` says how cells of a type are written; it must be one of these.
void CheckWritten(const Value& rule, ColumnType type, const ColumnSays& says) {
  if (says.zone && type != ColumnType::kTimestamp) {
    rule.Refuse("zone and output are of type timestamp only");
  }
  if (says.pattern && !IsTime(type)) {
    rule.Refuse("a pattern is of type timestamp, date or time only");
  }
  if (says.written && !IsNumber(type) && type != ColumnType::kBoolean) {
    rule.Refuse("written is of numbers and type boolean only");
  }
}

void ReadColumn(const std::string& column, const Value& rule, EncodeOptions& options) {
  TimestampFormat format;
  ColumnSays says;
  for (const auto& [name, value] : rule.Members(
           {"type", "pattern", "zone", "output", "written", "grammar", "rename", "drop"})) {
    if (name == "type") options.types[column] = kTypeNames[value.OneOf(TextsOf(kTypeNames))].first;
    if (name == "pattern") format.pattern = value.Name();
    if (name == "zone") format.zone = value.Name();
    if (name == "output") format.iso = value.OneOf({"ms", "iso"}) == 1;
    if (name == "written") options.written[column] = value.Name();
    if (name == "grammar" && !value.frozen()) value.Refuse("unknown member \"grammar\"");
    if (name == "grammar") says.grammar = value.OneOf({kWideGrammar}) == 0;
    if (name == "rename") options.renames[column] = value.Name();
    if (name == "drop" && value.Truth()) options.drops.push_back(column);
    says.pattern = says.pattern || name == "pattern";
    says.zone = says.zone || name == "zone" || name == "output";
    says.written = says.written || name == "written";
  }
  const auto found = options.types.find(column);
  const ColumnType type = found == options.types.end() ? ColumnType::kString : found->second;
  CheckWritten(rule, type, says);
  if (format != TimestampFormat()) options.timestamps[column] = format;
  if (type == ColumnType::kString) options.types.erase(column);
  // What is frozen without it was begun before there was a choice.
  const bool narrow = type == ColumnType::kJson && !says.grammar && rule.frozen();
  options.narrow_json = options.narrow_json || narrow;
}

void ReadKey(const Value& key, EncodeOptions& options) {
  int kinds = 0;
  for (const auto& [name, value] :
       key.Members({"columns", "separator", "row", "constant", "template", "on_empty", "format"})) {
    if (name == "columns") options.key_columns = value.Names();
    if (name == "separator") options.key_separator = value.Text();
    if (name == "row" && !value.Truth()) value.Refuse("only true says something here");
    if (name == "row") options.key_row = true;
    if (name == "constant") options.key_constant = value.Text();
    if (name == "template") options.key_template = value.Truth();
    if (name == "on_empty") {
      options.on_empty_key = kEmptyKeyNames[value.OneOf(TextsOf(kEmptyKeyNames))].first;
    }
    if (name == "format") {
      options.key_format = static_cast<KeyFormat>(value.OneOf(TextsOf(kKeyFormatNames)));
    }
    kinds += static_cast<int>(name == "columns" || name == "row" || name == "constant");
  }
  if (kinds != 1) key.Refuse("a key needs one of columns, row and constant");
  if (options.key_template && !options.key_constant) {
    key.Refuse("a template is a constant that each row fills in, and there is none");
  }
  if (options.key_separator && options.key_columns.empty()) {
    key.Refuse("a separator is between columns, and there are none");
  }
}

// Refuses what the library would take: a name twice in an object (it keeps the last one only, so
// that a rule would be lost without a word) and boundless depth.
Json Parse(std::string_view text, const TextOrigin& origin) {
  std::vector<std::set<std::string>> open;  // the names so far of each object we are in
  const auto look = [&](int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > kDepthMax) {
      throw Error(origin.code, "more than " + std::to_string(kDepthMax) + " levels", origin.path,
                  origin.advice);
    }
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key &&
        !open.back().insert(parsed.get_ref<const std::string&>()).second) {
      throw Error(origin.code,
                  "member " + Quoted(parsed.get_ref<const std::string&>(), kTextShownBytes) +
                      " stands twice in one object",
                  origin.path, origin.advice);
    }
    return true;
  };
  try {
    return Json::parse(text, look);
  } catch (const Json::parse_error& error) {
    throw Error(origin.code, "not JSON", origin.path + ", byte " + std::to_string(error.byte),
                origin.advice);
  } catch (const Json::out_of_range&) {
    throw Error(origin.code, "a number that no double holds", origin.path, "give it as a string");
  }
}

void ReadHeaders(const Value& headers, EncodeOptions& options) {
  for (const auto& [name, text] : headers.Members()) {
    if (name.empty()) text.Refuse("a header without a name");
    options.row_headers.emplace_back(name, text.Text());
  }
}

void ReadTombstone(const Value& when, EncodeOptions& options) {
  for (const auto& [name, value] : when.Members({"column", "text"})) {
    if (name == "column") options.tombstone_column = value.Name();
    if (name == "text") options.tombstone_text = value.Text();
  }
  if (options.tombstone_column.empty()) when.Refuse("it names no column");
}

// Each is a member of `set`, and a text.
void CheckTemplates(const EncodeOptions& options, const TextOrigin& origin) {
  for (const std::string& wanted : options.templates) {
    const auto found = std::find_if(options.constants.begin(), options.constants.end(),
                                    [&](const auto& constant) { return constant.first == wanted; });
    if (found != options.constants.end() && found->second.starts_with('"')) continue;
    throw Error(origin.code,
                "the template " + Quoted(wanted, kTextShownBytes) + " is no text of set",
                origin.path, origin.advice);
  }
}

EncodeOptions Read(std::string_view text, const TextOrigin& origin) {
  const Json json = Parse(text, origin);
  EncodeOptions options;
  for (const auto& [name, value] :
       Value(json, "", origin)
           .Members({"format", "columns", "set", "templates", "nested", "key", "partition_by",
                     "timestamp", "headers", "header", "tombstone_when", "schema_framing",
                     "no_schema_check"})) {
    if (name == "format")
      options.format = static_cast<MessageFormat>(value.OneOf(TextsOf(kFormatNames)));
    if (name == "schema_framing") {
      options.framing = static_cast<SchemaFraming>(value.OneOf(TextsOf(kFramingNames)));
    }
    if (name == "no_schema_check") options.no_schema_check = value.Truth();
    if (name == "columns") {
      for (const auto& [column, rule] : value.Members()) ReadColumn(column, rule, options);
    }
    if (name == "set") {
      for (const auto& [member, constant] : value.Members()) {
        options.constants.emplace_back(member, constant.Compact());
      }
    }
    if (name == "templates") options.templates = value.Names();
    if (name == "header") ReadHeaders(value, options);
    if (name == "tombstone_when") ReadTombstone(value, options);
    if (name == "nested") options.nested = value.Truth();
    if (name == "key") ReadKey(value, options);
    if (name == "partition_by") options.partition_by = value.Name();
    if (name == "timestamp") options.timestamp_column = value.Name();
    if (name == "headers") options.headers = value.Truth();
  }
  std::sort(options.drops.begin(), options.drops.end());
  std::sort(options.templates.begin(), options.templates.end());
  CheckTemplates(options, origin);
  return options;
}

// Sorted by column, whatever the order of the rules was.
Json ColumnsOf(const EncodeOptions& options) {
  std::map<std::string, Json> columns;
  for (const auto& [column, type] : options.types) {
    if (type != ColumnType::kString) columns[column]["type"] = NameOf(type);
    if (type == ColumnType::kJson && !options.narrow_json)
      columns[column]["grammar"] = kWideGrammar;
  }
  for (const auto& [column, format] : options.timestamps) {
    const TimestampFormat standard;
    Json& rule = columns[column];
    if (format.pattern != standard.pattern) rule["pattern"] = format.pattern;
    if (format.zone != standard.zone) rule["zone"] = format.zone;
    if (format.iso) rule["output"] = "iso";
  }
  for (const auto& [column, text] : options.written) columns[column]["written"] = text;
  for (const auto& [column, name] : options.renames) columns[column]["rename"] = name;
  for (const std::string& column : options.drops) columns[column]["drop"] = true;
  Json json = Json::object();
  for (auto& [column, rule] : columns) json[column] = std::move(rule);
  return json;
}

Json KeyOf(const EncodeOptions& options) {
  Json key = Json::object();
  if (!options.key_columns.empty()) key["columns"] = options.key_columns;
  if (options.key_separator) key["separator"] = *options.key_separator;
  if (options.key_row) key["row"] = true;
  if (options.key_constant) key["constant"] = *options.key_constant;
  if (options.key_template) key["template"] = true;
  if (options.on_empty_key != EmptyKey::kEmpty) key["on_empty"] = NameOf(options.on_empty_key);
  if (options.key_format != KeyFormat::kText) {
    key["format"] = kKeyFormatNames[static_cast<std::size_t>(options.key_format)].second;
  }
  return key;
}

}  // namespace

std::optional<SchemaType> SchemaTypeOf(MessageFormat format) {
  if (format < MessageFormat::kAvro) return std::nullopt;
  return static_cast<SchemaType>(static_cast<int>(format) - static_cast<int>(MessageFormat::kAvro));
}

std::optional<SchemaType> SchemaTypeOf(KeyFormat format) {
  if (format < KeyFormat::kAvro) return std::nullopt;
  return static_cast<SchemaType>(static_cast<int>(format) - static_cast<int>(KeyFormat::kAvro));
}

std::string_view NameOf(ColumnType type) {
  return kTypeNames[static_cast<std::size_t>(type)].second;
}

std::optional<ColumnType> ColumnTypeFromName(std::string_view name) {
  return ValueOf(kTypeNames, name);
}

std::string_view NameOf(EmptyKey rule) {
  return kEmptyKeyNames[static_cast<std::size_t>(rule)].second;
}

std::optional<EmptyKey> EmptyKeyFromName(std::string_view name) {
  return ValueOf(kEmptyKeyNames, name);
}

EncodeOptions ParseMapping(std::string_view text, const std::string& path) {
  return Read(text, {ExitCode::kUsage, path, "correct the mapping file"});
}

std::string EncodeMessageOptions(const EncodeOptions& options) {
  Json json = Json::object();
  if (options.format != MessageFormat::kJson) {
    json["format"] = kFormatNames[static_cast<std::size_t>(options.format)].second;
  }
  if (Json columns = ColumnsOf(options); !columns.empty()) json["columns"] = std::move(columns);
  for (const auto& [name, text] : options.constants) json["set"][name] = Json::parse(text);
  if (!options.templates.empty()) json["templates"] = options.templates;
  if (options.nested) json["nested"] = true;
  if (Json key = KeyOf(options); !key.empty()) json["key"] = std::move(key);
  if (!options.partition_by.empty()) json["partition_by"] = options.partition_by;
  if (!options.timestamp_column.empty()) json["timestamp"] = options.timestamp_column;
  if (options.headers) json["headers"] = true;
  for (const auto& [name, text] : options.row_headers) json["header"][name] = text;
  if (!options.tombstone_column.empty()) {
    json["tombstone_when"] = {{"column", options.tombstone_column},
                              {"text", options.tombstone_text}};
  }
  if (options.framing != SchemaFraming::kPrefix) {
    json["schema_framing"] = kFramingNames[static_cast<std::size_t>(options.framing)].second;
  }
  if (options.no_schema_check) json["no_schema_check"] = true;
  return json.dump();
}

EncodeOptions DecodeMessageOptions(std::string_view text) {
  return Read(text, {ExitCode::kDisagreement, "the load's message options",
                     "use the version of onceload that wrote them"});
}

}  // namespace onceload
