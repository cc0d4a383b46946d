#include "options/option_values.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "onceload/core/error.h"
#include "onceload/core/whole_number.h"
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

[[noreturn]] void RefuseName(const Word& word) {
  RefuseWord(word, FlagOf(word) + " has a name in quotes that cannot be read",
             "a name that begins with a quote is read as JSON reads a string: \"\\\"x\\\"\"");
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

std::vector<std::string> NamesOf(const Word& word) {
  std::optional<std::vector<std::string>> names = NamesFrom(word.text);
  if (!names) RefuseName(word);
  return std::move(*names);
}

std::string NameOf(const Word& word) {
  std::string_view text = word.text;
  std::optional<std::string> name = TakeName(text, '\0');
  if (!name) RefuseName(word);
  return std::move(*name);
}

std::pair<std::string, std::string> SplitColumn(const Word& word) {
  if (!word.text.starts_with('"')) return SplitAssignment(word);
  std::string_view text = word.text;
  std::optional<std::string> name = TakeName(text, '=');
  if (!name || text.empty()) RefuseName(word);
  return {std::move(*name), std::string(text.substr(1))};
}

std::uint64_t NumberOf(const Word& word) {
  const Bounds& bounds = word.option->access.bounds;
  const auto number = WholeNumber<std::uint64_t>(word.text);
  if (!number || *number < bounds.least || *number > bounds.most) {
    RefuseWord(word,
               FlagOf(word) + " needs a whole number from " + std::to_string(bounds.least) +
                   " to " + std::to_string(bounds.most),
               "correct it");
  }
  return *number;
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
  return {OptionKind::kText,
          [](const Word& word, Request& request) {
            const auto [name, value] = SplitAssignment(word);
            request.topics.topic.config[name] = value;
          },
          [](const Option&, const Request& request) {
            return JoinedPairs(request.topics.topic.config);
          }};
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

OptionAccess ExpectedSum() {
  return {
      OptionKind::kText,
      [](const Word& word, Request& request) { request.expect.sums.push_back(SplitColumn(word)); },
      [](const Option&, const Request& request) -> Shown {
        return JoinedPairs(request.expect.sums);
      }};
}

OptionAccess MaxRejects() { return {OptionKind::kText, &TakeMaxRejects, &ShowMaxRejects}; }

}  // namespace onceload
