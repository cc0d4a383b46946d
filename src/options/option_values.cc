#include "options/option_values.h"

#include <array>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/encode/zone_names.h"
#include "onceload/kafka/secrets.h"

namespace onceload {
namespace {

using Shown = std::optional<std::string>;

std::string FlagOf(const Word& word) { return "--" + std::string(word.option->name); }

// One ASCII character.
char SignOf(const Word& word) {
  if (word.text.size() != 1) {
    RefuseWord(word, FlagOf(word) + " needs one ASCII character",
               "for example " + FlagOf(word) + " \"'\"");
  }
  return word.text[0];
}

Shown ShownSign(char sign) { return sign == '\0' ? std::nullopt : Shown(std::string(1, sign)); }

// "a=x,b=y"; nullopt: nothing is set.
template <typename Pairs>
Shown Joined(const Pairs& pairs) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : pairs) texts.push_back(name + "=" + std::string(value));
  return texts.empty() ? std::nullopt : Shown(NamesText(texts));
}

// TYPE, or timestamp[:PATTERN][@ZONE][->ms|iso].
void TakeType(const Word& word, Request& request) {
  const auto [column, text] = SplitAssignment(word);
  std::string name = text;
  TimestampFormat format;
  if (text.starts_with("timestamp")) {
    if (const std::size_t arrow = name.rfind("->"); arrow != std::string::npos) {
      const std::string output = name.substr(arrow + 2);
      if (output != "ms" && output != "iso") {
        RefuseWord(word, "a timestamp becomes ms or iso", "correct it");
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
    RefuseWord(word, "unknown type \"" + name + "\"",
               "use string, integer, number, boolean, json, decimal or timestamp");
  }
  EncodeOptions& encode = request.load.rows.encode;
  encode.timestamps.erase(column);
  encode.types.erase(column);
  if (*type != ColumnType::kString) encode.types[column] = *type;
  if (format != TimestampFormat()) encode.timestamps[column] = format;
}

Shown ShowType(const Option&, const Request& request) {
  const EncodeOptions encode = WithPresentZones(request.load.rows.encode);
  std::map<std::string, std::string> texts;
  for (const auto& [column, type] : encode.types) texts[column] = NameOf(type);
  for (const auto& [column, format] : encode.timestamps) {
    const TimestampFormat standard;
    std::string& text = texts[column];
    if (format.pattern != standard.pattern) text += ":" + format.pattern;
    if (format.zone != standard.zone) text += "@" + format.zone;
    if (format.iso) text += "->iso";
  }
  return Joined(texts);
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
  const auto [name, value] = SplitAssignment(word);
  const std::string json = nlohmann::json(value).dump();
  auto& constants = request.load.rows.encode.constants;
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
  sorted.insert(word.text);
  drops.assign(sorted.begin(), sorted.end());
}

// The first option about the key puts that of the mapping out of force. Its separator stays for
// other columns only.
EncodeOptions& KeyAnew(Request& request, bool columns) {
  EncodeOptions& encode = request.load.rows.encode;
  if (!request.key_said) {
    encode.key_columns.clear();
    encode.key_constant.reset();
    encode.key_row = false;
    if (!columns) encode.key_separator.reset();
  }
  request.key_said = true;
  return encode;
}

// Larger is no limit but a typing error.
constexpr std::uint64_t kPerSecondMost = 1'000'000'000'000;

struct Unit {
  std::string_view name;
  std::uint64_t bytes;  // 0: rows
};

constexpr std::array kUnits{Unit{"", 0},
                            Unit{"rows", 0},
                            Unit{"B", 1},
                            Unit{"kB", 1'000},
                            Unit{"KB", 1'000},
                            Unit{"MB", 1'000'000},
                            Unit{"GB", 1'000'000'000},
                            Unit{"KiB", std::uint64_t{1} << 10},
                            Unit{"MiB", std::uint64_t{1} << 20},
                            Unit{"GiB", std::uint64_t{1} << 30}};

void TakeMaxRate(const Word& word, Request& request) {
  std::uint64_t number = 0;
  const char* const end = word.text.data() + word.text.size();
  const std::from_chars_result parsed = std::from_chars(word.text.data(), end, number);
  const auto* const unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) {
    return u.name == std::string_view(parsed.ptr, end);
  });
  const std::uint64_t most =
      unit == kUnits.end() ? 0 : kPerSecondMost / std::max<std::uint64_t>(unit->bytes, 1);
  if (parsed.ec != std::errc{} || number == 0 || number > most) {
    RefuseWord(word, "--max-rate needs rows or bytes a second",
               "for example --max-rate 50000 or --max-rate 10MB");
  }
  MaxRate rate;
  (unit->bytes == 0 ? rate.rows : rate.bytes) = number * std::max<std::uint64_t>(unit->bytes, 1);
  request.load.max_rate = rate;
}

Shown ShowMaxRate(const Option&, const Request& request) {
  const MaxRate& rate = request.load.max_rate;
  if (rate.rows > 0) return std::to_string(rate.rows);
  return rate.bytes > 0 ? Shown(std::to_string(rate.bytes) + "B") : std::nullopt;
}

// Digits and, of a percentage, one point: what strtod() takes besides ("inf", "nan", "0x1p3") is no
// number of lines.
void TakeMaxRejects(const Word& word, Request& request) {
  const bool percent = word.text.ends_with('%');
  const std::string_view number =
      std::string_view(word.text).substr(0, word.text.size() - (percent ? 1 : 0));
  const char* const end = number.data() + number.size();
  double share = 0;
  std::uint64_t lines = 0;
  const auto [at, error] =
      percent ? std::from_chars(number.data(), end, share, std::chars_format::fixed)
              : std::from_chars(number.data(), end, lines);
  const bool digits = number.find_first_not_of("0123456789.") == std::string_view::npos;
  if (number.empty() || !digits || error != std::errc{} || at != end || share > 100) {
    RefuseWord(word, "--max-rejects needs a whole number, or a percentage",
               "for example --max-rejects 100 or --max-rejects 0.5%");
  }
  RejectPolicy& policy = request.load.rows.rejects;
  if (percent) {
    policy.percent_max = share;
  } else {
    policy.lines_max = lines;
  }
}

Shown ShowMaxRejects(const Option&, const Request& request) {
  const RejectPolicy& policy = request.load.rows.rejects;
  const RejectPolicy standard;
  if (policy.lines_max != standard.lines_max) return std::to_string(policy.lines_max);
  if (policy.percent_max == standard.percent_max) return std::nullopt;
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), policy.percent_max,
                                 std::chars_format::fixed);
  return std::string(text.data(), end.ptr) + "%";
}

}  // namespace

void RefuseWord(const Word& word, const std::string& what, const std::string& advice) {
  throw Error(ExitCode::kUsage, what,
              Masked(word) + (word.source.empty() ? "" : ", in " + word.source), advice);
}

std::pair<std::string, std::string> SplitAssignment(const Word& word) {
  const std::size_t equals = word.text.find('=');
  if (equals == std::string::npos || equals == 0) {
    const std::string flag = word.option->name.size() == 1 ? "-" : "--";
    const std::string named = flag + std::string(word.option->name);
    const std::string form(word.option->value);
    RefuseWord(word, named + " needs the form " + form, "for example " + named + " " + form);
  }
  return {word.text.substr(0, equals), word.text.substr(equals + 1)};
}

std::uint64_t NumberOf(const Word& word) {
  const Bounds& bounds = word.option->access.bounds;
  std::uint64_t number = 0;
  const char* const end = word.text.data() + word.text.size();
  const auto [at, error] = std::from_chars(word.text.data(), end, number);
  if (error != std::errc{} || at != end || number < bounds.least || number > bounds.most) {
    RefuseWord(word,
               FlagOf(word) + " needs a whole number from " + std::to_string(bounds.least) +
                   " to " + std::to_string(bounds.most),
               "correct it");
  }
  return number;
}

std::size_t ChoiceOf(const Word& word) {
  const std::vector<std::string_view> choices = ChoicesOf(*word.option);
  std::string list;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == word.text) return i;
    list += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + std::string(choices[i]);
  }
  RefuseWord(word, FlagOf(word) + " cannot be this", "use " + list);
}

std::vector<std::string> NamesOf(const Word& word) {
  std::vector<std::string> names(1);
  bool quoted = false;
  bool name_begins = true;
  const std::string& text = word.text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool doubled = quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"';
    if (doubled) ++i;
    if (c == '"' && !doubled && (quoted || name_begins)) {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      names.emplace_back();
      name_begins = true;
      continue;
    } else {
      names.back() += c;
    }
    name_begins = false;
  }
  if (quoted) RefuseWord(word, "a quote in " + FlagOf(word) + " is not closed", "close it");
  return names;
}

std::string NamesText(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += ',';
    if (names[i].find_first_of(",\"") == std::string::npos) {
      text += names[i];
      continue;
    }
    text += '"';
    for (const char c : names[i]) text += c == '"' ? "\"\"" : std::string(1, c);
    text += '"';
  }
  return text;
}

OptionAccess Delimiter() {
  return {OptionKind::kText,
          [](const Word& word, Request& request) {
            // An argument with a real tab in it is hard to type, and harder to see.
            const bool tab = word.text == "tab" || word.text == "\\t";
            request.load.rows.dialect.delimiter = tab ? "\t" : word.text;
          },
          [](const Option&, const Request& request) -> Shown {
            const std::string& delimiter = request.load.rows.dialect.delimiter;
            return delimiter == "\t" ? "tab" : delimiter;
          }};
}

OptionAccess Quote() {
  return {
      OptionKind::kText,
      [](const Word& word, Request& request) { request.load.rows.dialect.quote = SignOf(word); },
      [](const Option&, const Request& request) {
        return ShownSign(request.load.rows.dialect.quote);
      }};
}

OptionAccess Quoting() {
  return {OptionKind::kChoice,
          [](const Word& word, Request& request) {
            char& quote = request.load.rows.dialect.quote;
            if (ChoiceOf(word) == 1) {
              quote = '\0';
            } else if (quote == '\0') {  // of a load that was begun without
              quote = Dialect().quote;
            }
          },
          [](const Option& option, const Request& request) -> Shown {
            return std::string(ChoicesOf(option)[request.load.rows.dialect.quote == '\0' ? 1 : 0]);
          }};
}

OptionAccess Escape() {
  return {
      OptionKind::kText,
      [](const Word& word, Request& request) { request.load.rows.dialect.escape = SignOf(word); },
      [](const Option&, const Request& request) {
        return ShownSign(request.load.rows.dialect.escape);
      }};
}

// That there is no header is said by the columns' names, which the dialect has.
OptionAccess NoHeader() {
  return {OptionKind::kFlag,
          [](const Word& word, Request& request) { request.no_header = word.text == "true"; },
          [](const Option&, const Request& request) -> Shown {
            return request.load.rows.dialect.columns.empty() ? std::nullopt : Shown("true");
          }};
}

OptionAccess Columns() {
  return {
      OptionKind::kText,
      [](const Word& word, Request& request) { request.load.rows.dialect.columns = NamesOf(word); },
      [](const Option&, const Request& request) -> Shown {
        const std::vector<std::string>& columns = request.load.rows.dialect.columns;
        return columns.empty() ? std::nullopt : Shown(NamesText(columns));
      }};
}

OptionAccess EncodingName() {
  return {OptionKind::kText,
          [](const Word& word, Request& request) {
            request.load.rows.encoding = EncodingFromName(word.text);
          },
          [](const Option&, const Request& request) -> Shown {
            return std::string(NameOf(request.load.rows.encoding));
          }};
}

OptionAccess Mapping() {
  return {OptionKind::kFile, &TakeMapping, [](const Option&, const Request& request) -> Shown {
            return request.mapping.empty() ? std::nullopt : Shown(request.mapping);
          }};
}

OptionAccess Type() { return {OptionKind::kText, &TakeType, &ShowType}; }

OptionAccess Rename() {
  return {OptionKind::kText,
          [](const Word& word, Request& request) {
            const auto [column, name] = SplitAssignment(word);
            request.load.rows.encode.renames[column] = name;
          },
          [](const Option&, const Request& request) {
            return Joined(request.load.rows.encode.renames);
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
            return Joined(request.load.rows.encode.constants);
          }};
}

OptionAccess Key() {
  return {OptionKind::kText,
          [](const Word& word, Request& request) {
            std::vector<std::string> names = NamesOf(word);
            std::erase(names, "");
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
      [](const Word& word, Request& request) { KeyAnew(request, false).key_constant = word.text; },
      [](const Option&, const Request& request) { return request.load.rows.encode.key_constant; }};
}

OptionAccess Brokers() {
  return {OptionKind::kText,
          [](const Word& word, Request& request) {
            request.connection.brokers.push_back(word.text);
            request.connection.brokers_of_environment = word.source == word.option->environment;
          },
          [](const Option&, const Request& request) -> Shown {
            const ConnectionWishes& connection = request.connection;
            return connection.brokers.empty() ? std::nullopt : Shown(connection.bootstrap());
          }};
}

OptionAccess ClientProperty() {
  return {
      OptionKind::kText,
      [](const Word& word, Request& request) {
        auto [name, value] = SplitAssignment(word);
        request.connection.properties.push_back({std::move(name), std::move(value), word.source});
      },
      [](const Option&, const Request& request) -> Shown {
        std::vector<std::string> texts;
        for (const PropertyWish& wish : request.connection.properties) {
          texts.push_back(MaskedProperty(wish.name + "=" + wish.value));
        }
        return texts.empty() ? std::nullopt : Shown(NamesText(texts));
      }};
}

OptionAccess TopicConfig() {
  return {
      OptionKind::kText,
      [](const Word& word, Request& request) {
        const auto [name, value] = SplitAssignment(word);
        request.topics.topic.config[name] = value;
      },
      [](const Option&, const Request& request) { return Joined(request.topics.topic.config); }};
}

OptionAccess MaxRateText() { return {OptionKind::kText, &TakeMaxRate, &ShowMaxRate}; }

OptionAccess Source() {
  return {OptionKind::kFlag,
          [](const Word& word, Request& request) {
            if (word.text == "true") request.audit.level = AuditLevel::kSource;
          },
          [](const Option&, const Request& request) -> Shown {
            return request.audit.level == AuditLevel::kSource ? Shown("true") : std::nullopt;
          }};
}

OptionAccess MaxRejects() { return {OptionKind::kText, &TakeMaxRejects, &ShowMaxRejects}; }

}  // namespace onceload
