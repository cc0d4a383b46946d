#include "onceload/csv/dialect_guess.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

#include "csv/general_scanner.h"
#include "csv/line_ends.h"

namespace onceload {
namespace {

// Rows looked at: more would hardly change a verdict.
constexpr std::size_t kRecordsMax = 1000;

// A delimiter that splits fewer of the records alike than this is no delimiter.
constexpr double kConsistentLeast = 0.5;

using Table = std::vector<std::vector<std::string>>;

// The sample read in one dialect.
struct Trial {
  Dialect dialect;
  Table table;              // records of `columns` fields, without faults
  std::size_t records = 0;  // all
  std::size_t columns = 0;  // fields that most records have
  bool quotes_used = false;

  double consistency() const {
    return records == 0 ? 0 : static_cast<double>(table.size()) / static_cast<double>(records);
  }
};

Trial Try(std::string_view sample, bool whole, const Dialect& dialect) {
  Trial trial{.dialect = dialect, .table = {}};
  GeneralScanner scanner(dialect);
  Table table;
  std::map<std::size_t, std::size_t> records_by_fields;
  const char* at = sample.data();
  const char* const end = at + sample.size();
  while (at != end && trial.records < kRecordsMax) {
    const ScannedRecord found = scanner.Scan(at, end, whole);
    // A quote that is none has swallowed the rest, line by line.
    if (found.open_quote != nullptr) {
      trial.records +=
          CountLineEnds({found.open_quote, static_cast<std::size_t>(end - found.open_quote)});
    }
    if (!found.complete) break;  // cut by the sample's end
    const bool empty = found.content_end == at;
    at = found.end;
    if (empty) continue;
    ++trial.records;
    if (found.open_quote != nullptr || found.text_after_quote != nullptr) continue;
    table.emplace_back(scanner.fields().begin(), scanner.fields().end());
    ++records_by_fields[table.back().size()];
  }
  std::size_t most = 0;
  for (const auto& [fields, records] : records_by_fields) {  // of equals the one with more fields
    if (records >= most) std::tie(trial.columns, most) = std::tuple(fields, records);
  }
  std::erase_if(table, [&](const auto& record) { return record.size() != trial.columns; });
  trial.table = std::move(table);
  trial.quotes_used = scanner.quoted() > 0;
  return trial;
}

// What makes a trial better, the weightiest first. Quotes that are in use count before columns: a
// delimiter inside them is none.
std::tuple<double, bool, std::size_t> Rank(const Trial& trial) {
  return {trial.consistency(), trial.quotes_used, trial.columns};
}

bool Splits(const Trial& trial) {
  return trial.columns > 1 && trial.consistency() >= kConsistentLeast;
}

Trial BestTrial(std::string_view sample, bool whole) {
  Trial best = Try(sample, whole, {});
  // The colon comes last and only if nothing else splits: it stands in times and addresses.
  for (const char* delimiter : {",", ";", "\t", "|", ":"}) {
    if (*delimiter == ':' && Splits(best)) break;
    for (const char quote : {'"', '\0', '\''}) {
      Trial trial = Try(sample, whole, {.delimiter = delimiter, .quote = quote});
      const bool better = std::tuple_cat(std::tuple(Splits(trial)), Rank(trial)) >
                          std::tuple_cat(std::tuple(Splits(best)), Rank(best));
      if (better) best = std::move(trial);
    }
  }
  return best;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// JSON's number: 007 is none, for an article number would lose its zeros in a reader's hands.
bool IsNumber(std::string_view text, bool integer) {
  const bool begins = !text.empty() && (IsDigit(text[0]) || text[0] == '-');
  if (!begins || !nlohmann::json::accept(text.begin(), text.end())) return false;
  return !IsDigit(text.back()) ? false
                               : !integer || text.find_first_of(".eE") == std::string_view::npos;
}

bool IsBoolean(std::string_view text) { return text == "true" || text == "false"; }

bool IsContainer(std::string_view text) {
  return (text.starts_with('{') || text.starts_with('[')) &&
         nlohmann::json::accept(text.begin(), text.end());
}

// Of the cells of `column` from row `first` on.
std::string TypeOf(const Table& table, std::size_t column, std::size_t first) {
  using Fits = bool (*)(std::string_view);
  static constexpr std::array<std::pair<const char*, Fits>, 4> kTypes{{
      {"integer", [](std::string_view text) { return IsNumber(text, true); }},
      {"number", [](std::string_view text) { return IsNumber(text, false); }},
      {"boolean", &IsBoolean},
      {"json", &IsContainer},
  }};
  for (const auto& [name, fits] : kTypes) {
    bool any = false;
    bool all = true;
    for (std::size_t row = first; row < table.size() && all; ++row) {
      const std::string& cell = table[row][column];
      any = any || !cell.empty();
      all = cell.empty() || fits(cell);
    }
    if (any && all) return name;
  }
  return "string";
}

// Names are text, and each stands for itself.
bool LooksLikeHeader(const Table& table) {
  std::set<std::string_view> seen;
  for (const std::string& cell : table.front()) {
    const bool value = IsNumber(cell, false) || IsBoolean(cell) || IsContainer(cell);
    if (cell.empty() || value || !seen.insert(cell).second) return false;
    // 2024-01-31 and 12:30 are text that no column is called.
    if (IsDigit(cell.front()) && cell.find_first_of("-:/.") != std::string::npos) return false;
  }
  for (std::size_t column = 0; column < table.front().size(); ++column) {
    if (TypeOf(table, column, 1) != "string") return true;
    const auto is_name = [&](const auto& record) {
      return record[column] == table.front()[column];
    };
    if (std::any_of(table.begin() + 1, table.end(), is_name)) return false;
  }
  return true;
}

}  // namespace

DialectGuess GuessDialect(std::string_view sample, bool whole) {
  if (sample.starts_with("\xef\xbb\xbf")) sample.remove_prefix(3);
  const Trial trial = BestTrial(sample, whole);
  DialectGuess guess{.dialect = trial.dialect, .columns = {}, .why = {}};
  const Table& table = trial.table;
  if (table.empty()) {
    guess.why = "no record could be read";
    return guess;
  }
  const bool header = LooksLikeHeader(table);
  for (std::size_t column = 0; column < trial.columns; ++column) {
    const std::string name =
        header ? table.front()[column] : "column_" + std::to_string(column + 1);
    guess.columns.push_back({name, TypeOf(table, column, header ? 1 : 0)});
    if (!header) guess.dialect.columns.push_back(name);
  }
  guess.why = std::to_string(trial.columns) + (trial.columns == 1 ? " column" : " columns") +
              " in " + std::to_string(table.size()) + " of " + std::to_string(trial.records) +
              " records; the first looks like a " + (header ? "header" : "row");
  return guess;
}

std::vector<std::string> ArgumentsOf(const DialectGuess& guess) {
  std::vector<std::string> arguments;
  const auto add = [&](const std::string& flag, const std::string& value) {
    arguments.push_back(flag);
    arguments.push_back(value);
  };
  const Dialect plain;
  const std::string& delimiter = guess.dialect.delimiter;
  if (delimiter != plain.delimiter) add("--delimiter", delimiter == "\t" ? "tab" : delimiter);
  if (guess.dialect.quote == '\0') {
    add("--quoting", "none");
  } else if (guess.dialect.quote != plain.quote) {
    add("--quote", std::string(1, guess.dialect.quote));
  }
  std::string names;
  for (const std::string& name : guess.dialect.columns) names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) {
    arguments.emplace_back("--no-header");
    add("--columns", names);
  }
  for (const GuessedColumn& column : guess.columns) {
    // --type ends the name at its first equals sign.
    const bool can_say = column.name.find('=') == std::string::npos;
    if (column.type != "string" && can_say) add("--type", column.name + "=" + column.type);
  }
  return arguments;
}

}  // namespace onceload
