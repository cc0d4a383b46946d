#include "cli/encode_options.h"

#include <fstream>
#include <iterator>
#include <set>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/encode/zone_names.h"

namespace onceload {
namespace {

using Texts = std::vector<std::string>;

Texts TextsOf(const cxxopts::ParseResult& parsed, const std::string& flag) {
  return parsed.count(flag) == 0 ? Texts() : parsed[flag].as<Texts>();
}

EncodeOptions MappingOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) Refuse("the mapping file cannot be read", path, "");
  return ParseMapping(text, path);
}

// TYPE, or timestamp[:PATTERN][@ZONE][->ms|iso].
void SetType(const std::string& column, const std::string& text, EncodeOptions& encode) {
  std::string name = text;
  TimestampFormat format;
  if (text.starts_with("timestamp")) {
    if (const std::size_t arrow = name.rfind("->"); arrow != std::string::npos) {
      const std::string output = name.substr(arrow + 2);
      if (output != "ms" && output != "iso") {
        Refuse("a timestamp becomes ms or iso", "--type " + column + "=" + text, "correct it");
      }
      format.iso = output == "iso";
      name.resize(arrow);
    }
    if (const std::size_t at = name.rfind('@'); at != std::string::npos) {
      format.zone = name.substr(at + 1);
      name.resize(at);
    }
    if (const std::size_t colon = name.find(':'); colon != std::string::npos) {
      format.pattern = name.substr(colon + 1);
      name.resize(colon);
    }
  }
  const std::optional<ColumnType> type = ColumnTypeFromName(name);
  if (!type) {
    Refuse("unknown type \"" + name + "\"", "--type " + column + "=" + text,
           "use string, integer, number, boolean, json, decimal or timestamp");
  }
  encode.timestamps.erase(column);
  encode.types.erase(column);
  if (*type != ColumnType::kString) encode.types[column] = *type;
  if (format != TimestampFormat()) encode.timestamps[column] = format;
}

void SetConstant(const std::string& name, const std::string& value, EncodeOptions& encode) {
  const std::string json = nlohmann::json(value).dump();
  for (auto& [constant, text] : encode.constants) {
    if (constant != name) continue;
    text = json;
    return;
  }
  encode.constants.emplace_back(name, json);
}

// Names between commas; one with a comma stands in quotes, as in the header.
std::vector<std::string> ColumnList(const std::string& text) {
  std::vector<std::string> names(1);
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      names.emplace_back();
    } else {
      names.back() += c;
    }
  }
  std::erase(names, "");
  return names;
}

void SetKey(const cxxopts::ParseResult& parsed, EncodeOptions& encode) {
  if (parsed.count("key") + parsed.count("key-row") + parsed.count("key-constant") > 0) {
    encode.key_columns.clear();
    encode.key_constant = Given(parsed, "key-constant");
    encode.key_row = parsed.count("key-row") > 0;
    if (parsed.count("key") == 0) encode.key_separator.reset();
  }
  if (const std::optional<std::string> key = Given(parsed, "key")) {
    encode.key_columns = ColumnList(*key);
  }
  if (const auto separator = Given(parsed, "key-separator")) encode.key_separator = separator;
  if (encode.key_separator && encode.key_columns.empty()) {
    Refuse("--key-separator is between columns, and there are none", "", "name them with --key");
  }
  if (const std::optional<std::string> rule = Given(parsed, "on-empty-key")) {
    const std::optional<EmptyKey> found = EmptyKeyFromName(*rule);
    if (!found) {
      Refuse("unknown rule for empty keys", *rule, "use --on-empty-key empty, null or error");
    }
    if (encode.key_columns.empty() && !encode.key_constant && !encode.key_row) {
      Refuse("--on-empty-key is about keys, and there are none", "", "name columns with --key");
    }
    encode.on_empty_key = *found;
  }
}

void SetColumns(const cxxopts::ParseResult& parsed, EncodeOptions& encode) {
  for (const std::string& text : TextsOf(parsed, "type")) {
    const auto [column, type] = SplitAssignment(text, "--type", "COLUMN=TYPE");
    SetType(column, type, encode);
  }
  for (const std::string& text : TextsOf(parsed, "rename")) {
    const auto [column, name] = SplitAssignment(text, "--rename", "COLUMN=NAME");
    encode.renames[column] = name;
  }
  std::set<std::string> drops(encode.drops.begin(), encode.drops.end());
  for (const std::string& column : TextsOf(parsed, "drop")) drops.insert(column);
  encode.drops.assign(drops.begin(), drops.end());
  for (const std::string& text : TextsOf(parsed, "set")) {
    const auto [name, value] = SplitAssignment(text, "--set", "NAME=TEXT");
    SetConstant(name, value, encode);
  }
}

}  // namespace

void AddEncodeOptions(cxxopts::Options& options) {
  const auto text = [] { return cxxopts::value<std::string>(); };
  const auto texts = [] { return cxxopts::value<Texts>(); };
  options.add_options("Messages")(
      "format", "json: an object per row; raw: the record's own bytes (default: json)", text(),
      "json|raw")("type",
                  "type of a column in JSON: string integer number boolean json decimal "
                  "timestamp[:PATTERN][@ZONE][->ms|iso]; repeatable",
                  texts(), "COLUMN=TYPE")("rename", "name of a column in JSON; repeatable", texts(),
                                          "COLUMN=NAME")(
      "drop", "leave a column out of JSON; repeatable", texts(), "COLUMN")(
      "set", "a further member with the same text in each row; repeatable", texts(), "NAME=TEXT")(
      "nested", "names with dots become objects: a.b is member b of object a")(
      "headers", "Kafka headers with load id, file, row and byte")(
      "timestamp", "column that tells the record's time: a timestamp, or milliseconds since 1970",
      text(), "COLUMN")("mapping", "file that says all of this in JSON; flags win", text(), "FILE");
  options.add_options("Keys")(
      "key", "column whose bytes are the message key; several: a JSON array; none: null keys",
      text(), "COLUMN,...")("key-separator", "join the columns of the key with it instead", text(),
                            "TEXT")("key-row", "the row number is the key")(
      "key-constant", "the same key for each row", text(), "TEXT")(
      "on-empty-key", "empty: an empty key; null: none; error: a bad row (default: empty)", text(),
      "RULE")("partition-by", "column that chooses the partition instead of the key", text(),
              "COLUMN");
}

EncodeOptions EncodeOptionsOf(const cxxopts::ParseResult& parsed, EncodeOptions base) {
  EncodeOptions encode = std::move(base);
  if (const auto path = Given(parsed, "mapping")) encode = MappingOf(*path);
  if (const std::optional<std::string> format = Given(parsed, "format")) {
    if (*format != "raw" && *format != "json") {
      Refuse("unknown format", *format, "use --format json or --format raw");
    }
    encode.format = *format == "raw" ? MessageFormat::kRaw : MessageFormat::kJson;
  }
  SetColumns(parsed, encode);
  SetKey(parsed, encode);
  if (parsed.count("nested") > 0) encode.nested = true;
  if (parsed.count("headers") > 0) encode.headers = true;
  if (const auto column = Given(parsed, "timestamp")) encode.timestamp_column = *column;
  if (const auto column = Given(parsed, "partition-by")) encode.partition_by = *column;
  return encode;
}

std::string DifferingFlag(const EncodeOptions& a, const EncodeOptions& b) {
  if (a.format != b.format) return "format";
  if (a.types != b.types || WithPresentZones(a).timestamps != WithPresentZones(b).timestamps)
    return "type";
  if (a.renames != b.renames) return "rename";
  if (a.drops != b.drops) return "drop";
  if (a.constants != b.constants) return "set";
  if (a.key_columns != b.key_columns) return "key";
  if (a.key_separator != b.key_separator) return "key-separator";
  if (a.key_row != b.key_row) return "key-row";
  if (a.key_constant != b.key_constant) return "key-constant";
  if (a.on_empty_key != b.on_empty_key) return "on-empty-key";
  if (a.partition_by != b.partition_by) return "partition-by";
  if (a.timestamp_column != b.timestamp_column) return "timestamp";
  if (a.nested != b.nested) return "nested";
  return a.headers == b.headers ? "" : "headers";
}

}  // namespace onceload
