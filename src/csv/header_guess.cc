#include "csv/header_guess.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include <nlohmann/json.hpp>

#include "onceload/core/name_list.h"
#include "onceload/core/text.h"
#include "onceload/core/utf8.h"

namespace onceload {
namespace {

using Row = FileSample::Row;

// Lines before the header, or behind the last row, that are most often seen.
constexpr std::size_t kOutsideMax = 20;

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

// 2024-01-31 and 12:30: text that no column is called.
bool IsTime(std::string_view text) {
  return !text.empty() && IsDigit(text.front()) &&
         text.find_first_of("-:/.") != std::string_view::npos && !IsNumber(text, false);
}

bool IsYear(std::string_view text) {
  return text.size() == 4 && IsNumber(text, true) && (text.starts_with("19") || text[0] == '2');
}

bool IsValue(std::string_view text) {
  return IsNumber(text, false) || IsBoolean(text) || IsContainer(text) || IsTime(text);
}

// The cells of a column that are not empty.
template <typename Fn>
void ForEachCell(const FileSample& sample, std::size_t column, const HeaderGuess& guess, Fn&& fn) {
  for (std::size_t i = guess.first_row; i < guess.last_row; ++i) {
    const Cells& cells = sample.rows[i].cells;
    if (cells.size() == sample.columns && !cells[column].empty()) fn(cells[column]);
  }
}

// What a record says about itself, over those behind it.
enum class FirstRecord : std::uint8_t { kRow, kHeader, kEither };

// Names over numbers are a header, a number over numbers is a row: unless it is a year over what
// are no years.
FirstRecord FirstRecordOf(const FileSample& sample, const Cells& first, const HeaderGuess& guess) {
  bool row = false;
  bool header = false;
  for (std::size_t column = 0; column < first.size() && column < sample.columns; ++column) {
    std::size_t values = 0;
    std::size_t others = 0;
    std::size_t years = 0;
    std::size_t again = 0;
    ForEachCell(sample, column, guess, [&](const std::string& cell) {
      ++(IsValue(cell) ? values : others);
      years += IsYear(cell) ? 1 : 0;
      again += cell == first[column] ? 1 : 0;
    });
    if (first[column].empty()) continue;
    if (IsValue(first[column])) {
      const bool year = IsYear(first[column]) && years < values + others;
      row = row || (!year && others == 0);
    } else {
      header = header || (values > 0 && others == 0);
      row = row || again > 0;
    }
  }
  if (header) return FirstRecord::kHeader;  // though a cell may say again what its column is called
  return row ? FirstRecord::kRow : FirstRecord::kEither;
}

// Names of their own for columns that have none, or that of another.
void MendNames(const FileSample& sample, HeaderGuess& guess) {
  const auto nameless =
      static_cast<std::size_t>(std::count(guess.names.begin(), guess.names.end(), std::string()));
  std::set<std::string> taken(guess.names.begin(), guess.names.end());
  std::set<std::string> seen;
  for (std::size_t i = 0; i < guess.names.size(); ++i) {
    std::string& name = guess.names[i];
    const bool unnamed = name.empty();
    if (!unnamed && seen.insert(name).second) continue;
    guess.usable = false;
    std::string wanted = unnamed && nameless == 1
                             ? "unnamed"
                             : (unnamed ? "unnamed" : name) + "_" + std::to_string(i + 1);
    while (!taken.insert(wanted).second) wanted += "_";
    name = wanted;
    bool holds = false;
    ForEachCell(sample, i, guess, [&](const std::string&) { holds = true; });
    if (unnamed && !holds) guess.drops.push_back(name);
  }
}

std::vector<std::string> NumberedNames(std::size_t columns) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= columns; ++i) names.push_back("column_" + std::to_string(i));
  return names;
}

// The header may have a field more, or one less, than the rows: a delimiter at the line's end, or a
// first column without a name.
void FitNames(const FileSample& sample, HeaderGuess& guess) {
  std::vector<std::string>& names = guess.names;
  if (names.size() == sample.columns) return;
  guess.usable = false;
  if (names.size() > sample.columns + 1) {  // nobody can say which name is which column's
    names = NumberedNames(sample.columns);
    return;
  }
  if (names.size() == sample.columns + 1) {
    names.pop_back();
    return;
  }
  bool last_holds = false;
  ForEachCell(sample, sample.columns - 1, guess, [&](const std::string&) { last_holds = true; });
  names.insert(last_holds ? names.begin() : names.end(), std::string());
}

// But for the byte order mark of a file that was joined to another one.
bool SayTheSame(const Cells& cells, const Cells& header) {
  if (cells == header) return true;
  if (cells.size() != header.size() || cells[0] != std::string(kByteOrderMark) + header[0]) {
    return false;
  }
  return std::equal(cells.begin() + 1, cells.end(), header.begin() + 1);
}

// Could `cells` be the header of rows with the sample's columns?
bool FitsRows(const FileSample& sample, const Cells& cells) {
  if (cells.size() == sample.columns) return true;
  if (sample.columns < 2) return false;
  return (cells.size() == sample.columns + 1 && cells.back().empty()) ||
         (cells.size() + 1 == sample.columns && cells.size() > 1);
}

// What Excel writes before the header: `sep=;`, which the sign itself may have cut in two.
bool TellsDelimiter(const Cells& cells) {
  return Lower(cells.front()).starts_with("sep=") &&
         std::all_of(cells.begin() + 1, cells.end(), [](const auto& cell) { return cell.empty(); });
}

// A line of text behind the rows. One without a line end may be half of a row.
bool IsRemark(const FileSample& sample, const Row& row) {
  return sample.columns > 1 && row.cells.size() == 1 && row.lines == 1 && !IsValue(row.cells[0]);
}

// Records with fewer fields than all the others, before the header or behind the last row.
void LeaveOutEnds(const FileSample& sample, HeaderGuess& guess) {
  const std::vector<Row>& rows = sample.rows;
  std::size_t first = 0;
  if (TellsDelimiter(rows[0].cells)) ++first;
  while (first < rows.size() && !FitsRows(sample, rows[first].cells) &&
         rows[first].cells.size() < sample.columns) {
    ++first;
  }
  if (first > kOutsideMax || first == rows.size()) first = 0;
  guess.first_row = first;
  std::size_t last = rows.size();
  while (sample.whole && last > first + 1 && rows.size() - last < kOutsideMax) {
    const Row& row = rows[last - 1];
    if (!LooksLikeFooter(row.cells) && !IsRemark(sample, row)) break;
    guess.skip_footer += row.lines == 0 ? 1 : row.lines;
    --last;
  }
  guess.last_row = last;
}

bool IsReport(std::string_view lower) {
  const std::array words{"total", "grand total", "subtotal", "sum"};
  return std::any_of(words.begin(), words.end(), [&](const std::string_view word) {
    return lower.starts_with(word) &&
           (lower.size() == word.size() || lower[word.size()] == ':' || lower[word.size()] == ' ');
  });
}

}  // namespace

bool LooksLikeRuler(const Cells& cells) {
  return std::all_of(cells.begin(), cells.end(), [](const std::string& cell) {
    const std::size_t dashes = cell.find_first_not_of(" -:");
    return cell.find("--") != std::string::npos && dashes == std::string::npos;
  });
}

bool LooksLikeFooter(const Cells& cells) {
  const std::string& first = cells.front();
  if (first.starts_with('\x1a')) return true;
  const std::string lower = Lower(first);
  if (lower.starts_with('(') && IsDigit(lower.size() > 1 ? lower[1] : ' ') &&
      lower.ends_with(')') && lower.find(" row") != std::string::npos) {
    return true;
  }
  return IsReport(lower);
}

HeaderGuess GuessHeader(const FileSample& sample) {
  HeaderGuess guess;
  LeaveOutEnds(sample, guess);
  const Row& first = sample.rows[guess.first_row];
  const bool preamble = guess.first_row > 0;
  const std::uint64_t behind = first.lines_before + (first.lines == 0 ? 1 : first.lines);
  ++guess.first_row;
  const bool ruler =
      guess.first_row < guess.last_row && LooksLikeRuler(sample.rows[guess.first_row].cells);
  const std::size_t rows_begin = guess.first_row;
  if (ruler) ++guess.first_row;
  // Files joined together: the header again is no row that speaks for one.
  FileSample rest = sample;
  for (std::size_t i = guess.first_row; i < guess.last_row; ++i) {
    if (SayTheSame(rest.rows[i].cells, first.cells)) rest.rows[i].cells.clear();
  }
  guess.header = ruler || FirstRecordOf(rest, first.cells, guess) != FirstRecord::kRow;
  if (!guess.header) {
    guess.first_row = rows_begin - 1;
    guess.skip_lines = preamble ? first.lines_before : 0;
    guess.usable = false;
    guess.names = NumberedNames(sample.columns);
    return guess;
  }
  guess.names = first.cells;
  if (ruler) guess.usable = false;
  FitNames(rest, guess);
  MendNames(rest, guess);
  guess.skip_lines = preamble ? first.lines_before : 0;
  if (!guess.usable) guess.skip_lines = behind + (ruler ? sample.rows[rows_begin].lines : 0);
  return guess;
}

std::string TypeOfColumn(const FileSample& sample, std::size_t column, const HeaderGuess& guess) {
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
    ForEachCell(sample, column, guess, [&, fits = fits](const std::string& cell) {
      any = true;
      all = all && fits(cell);
    });
    if (any && all) return name;
  }
  return "string";
}

std::vector<std::string> ArgumentsOf(const HeaderGuess& guess) {
  std::vector<std::string> arguments;
  const auto add = [&](const std::string& flag, const std::string& value) {
    arguments.push_back(flag);
    arguments.push_back(value);
  };
  if (guess.skip_lines > 0) add("--skip-lines", std::to_string(guess.skip_lines));
  if (!guess.usable) {
    arguments.emplace_back("--no-header");
    add("--columns", NamesText(guess.names));
    for (const std::string& name : guess.drops) add("--drop", NameText(name, '\0'));
  }
  if (guess.skip_footer > 0) add("--skip-footer", std::to_string(guess.skip_footer));
  return arguments;
}

}  // namespace onceload
