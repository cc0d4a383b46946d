#include "options/message_values.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/core/name_list.h"
#include "onceload/encode/row_places.h"
#include "onceload/encode/zone_names.h"
#include "options/option_values.h"

namespace onceload {
namespace {

using Shown = std::optional<std::string>;

// TYPE[:HOW], where HOW is a pattern, a sample or two texts; of a timestamp also [@ZONE][->ms|iso].
void TakeType(const Word& word, Request& request) {
  const auto [column, text] = SplitColumn(word);
  std::string name = text;
  TimestampFormat format;
  const bool timestamp = text.starts_with("timestamp");
  if (const std::size_t arrow = name.rfind("->"); timestamp && arrow != std::string::npos) {
    const std::string output = name.substr(arrow + 2);
    if (output != "ms" && output != "iso") {
      RefuseWord(word, "a timestamp becomes ms or iso", "correct it");
    }
    format.iso = output == "iso";
    name.resize(arrow);
  }
  if (const std::size_t at = name.rfind('@'); timestamp && at != std::string::npos) {
    format.zone = name.substr(at + 1);
    name.resize(at);
  }
  std::string how;
  if (const std::size_t colon = name.find(':'); colon != std::string::npos) {
    how = name.substr(colon + 1);
    name.resize(colon);
  }
  const std::optional<ColumnType> type = ColumnTypeFromName(name);
  const bool written = type && (IsNumber(*type) || *type == ColumnType::kBoolean);
  if (!type || (!how.empty() && !written && !IsTime(*type))) {
    RefuseWord(word, "unknown type \"" + (type ? text : name) + "\"",
               "use string, integer, int32, int64, number, decimal, boolean, json, uuid, base64, "
               "timestamp, date or time");
  }
  if (IsTime(*type) && !how.empty()) format.pattern = how;
  EncodeOptions& encode = request.load.rows.encode;
  encode.timestamps.erase(column);
  encode.written.erase(column);
  encode.types.erase(column);
  if (*type != ColumnType::kString) encode.types[column] = *type;
  if (format != TimestampFormat()) encode.timestamps[column] = format;
  if (written && !how.empty()) encode.written[column] = how;
}

Shown ShowType(const Option&, const Request& request) {
  const EncodeOptions encode = WithPresentZones(request.load.rows.encode);
  std::map<std::string, std::string> texts;
  for (const auto& [column, type] : encode.types) texts[column] = NameOf(type);
  for (const auto& [column, how] : encode.written) texts[column] += ":" + how;
  for (const auto& [column, format] : encode.timestamps) {
    const TimestampFormat standard;
    std::string& text = texts[column];
    if (format.pattern != standard.pattern) text += ":" + format.pattern;
    if (format.zone != standard.zone) text += "@" + format.zone;
    if (format.iso) text += "->iso";
  }
  return JoinedPairs(texts);
}

void TakeMapping(const Word& word, Request& request) {
  request.mapping = word.text;
  if (word.text.starts_with("{")) {  // it stands in the load file itself
    request.load.rows.encode = ParseMapping(word.text, word.source);
    return;
  }
  const std::optional<std::string> text = TextOfFile(word.text);
  if (!text) RefuseWord(word, "the mapping file cannot be read", "");
  request.load.rows.encode = ParseMapping(*text, word.text);
}

void TakeConstant(const Word& word, Request& request) {
  const auto [name, value] = SplitColumn(word);
  const std::string json = nlohmann::json(value).dump();
  auto& constants = request.load.rows.encode.constants;
  std::vector<std::string>& templates = request.load.rows.encode.templates;
  std::erase(templates, name);
  if (HasPlace(value)) {
    templates.insert(std::upper_bound(templates.begin(), templates.end(), name), name);
  }
  const auto known = std::find_if(constants.begin(), constants.end(),
                                  [&](const auto& constant) { return constant.first == name; });
  if (known == constants.end()) {
    constants.emplace_back(name, json);
  } else {
    known->second = json;
  }
}

void TakeDrop(const Word& word, Request& request) {
  std::vector<std::string>& drops = request.load.rows.encode.drops;
  std::set<std::string> sorted(drops.begin(), drops.end());
  sorted.insert(NameOf(word));
  drops.assign(sorted.begin(), sorted.end());
}

// The first option about the key puts that of the mapping out of force. Its separator stays for
// other columns only.
EncodeOptions& KeyAnew(Request& request, bool columns) {
  EncodeOptions& encode = request.load.rows.encode;
  if (!request.key_said) {
    encode.key_columns.clear();
    encode.key_constant.reset();
    encode.key_template = false;
    encode.key_row = false;
    if (!columns) encode.key_separator.reset();
  }
  request.key_said = true;
  return encode;
}

}  // namespace

OptionAccess Mapping() {
  return {OptionKind::kFile, &TakeMapping, [](const Option&, const Request& request) -> Shown {
            return request.mapping.empty() ? std::nullopt : Shown(request.mapping);
          }};
}

OptionAccess Type() { return {OptionKind::kText, &TakeType, &ShowType}; }

OptionAccess Rename() {
  return {OptionKind::kText,
          [](const Word& word, Request& request) {
            const auto [column, name] = SplitColumn(word);
            request.load.rows.encode.renames[column] = name;
          },
          [](const Option&, const Request& request) {
            return JoinedPairs(request.load.rows.encode.renames);
          }};
}

OptionAccess Drop() {
  return {OptionKind::kText, &TakeDrop, [](const Option&, const Request& request) -> Shown {
            const std::vector<std::string>& drops = request.load.rows.encode.drops;
            return drops.empty() ? std::nullopt : Shown(NamesText(drops));
          }};
}

OptionAccess Set() {
  return {OptionKind::kText, &TakeConstant, [](const Option&, const Request& request) {
            return JoinedPairs(request.load.rows.encode.constants);
          }};
}

OptionAccess Key() {
  return {OptionKind::kText,
          [](const Word& word, Request& request) {
            std::vector<std::string> names = NamesOf(word);
            // Most often a shell's variable that is not set.
            if (std::find(names.begin(), names.end(), "") != names.end()) {
              RefuseWord(word, "--key has a name that is empty",
                         "name columns, or leave --key out for messages without a key");
            }
            KeyAnew(request, true).key_columns = std::move(names);
          },
          [](const Option&, const Request& request) -> Shown {
            const std::vector<std::string>& columns = request.load.rows.encode.key_columns;
            return columns.empty() ? std::nullopt : Shown(NamesText(columns));
          }};
}

OptionAccess KeyRow() {
  return {OptionKind::kFlag,
          [](const Word& word, Request& request) {
            KeyAnew(request, false).key_row = word.text == "true";
          },
          [](const Option&, const Request& request) -> Shown {
            return request.load.rows.encode.key_row ? Shown("true") : std::nullopt;
          }};
}

OptionAccess KeyConstant() {
  return {
      OptionKind::kText,
      [](const Word& word, Request& request) {
        EncodeOptions& encode = KeyAnew(request, false);
        encode.key_constant = word.text;
        encode.key_template = HasPlace(word.text);
      },
      [](const Option&, const Request& request) { return request.load.rows.encode.key_constant; }};
}

OptionAccess Header() {
  return {OptionKind::kText,
          [](const Word& word, Request& request) {
            const auto [name, text] = SplitColumn(word);
            auto& headers = request.load.rows.encode.row_headers;
            std::erase_if(headers, [&](const auto& header) { return header.first == name; });
            headers.emplace_back(name, text);
          },
          [](const Option&, const Request& request) {
            return JoinedPairs(request.load.rows.encode.row_headers);
          }};
}

OptionAccess TombstoneWhen() {
  return {OptionKind::kText,
          [](const Word& word, Request& request) {
            auto& encode = request.load.rows.encode;
            std::tie(encode.tombstone_column, encode.tombstone_text) = SplitColumn(word);
          },
          [](const Option&, const Request& request) -> Shown {
            const EncodeOptions& encode = request.load.rows.encode;
            if (encode.tombstone_column.empty()) return std::nullopt;
            return NameText(encode.tombstone_column, '=') + "=" + encode.tombstone_text;
          }};
}

}  // namespace onceload
