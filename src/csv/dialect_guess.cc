#include "onceload/csv/dialect_guess.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "csv/file_sample.h"
#include "csv/header_guess.h"
#include "onceload/core/name_list.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

// A delimiter that splits fewer of the records alike than this is no delimiter.
constexpr double kConsistentLeast = 0.5;

// The sample read in one dialect.
struct Trial {
  Dialect dialect;
  FileSample sample;
};

Trial Try(std::string_view text, bool whole, const Dialect& dialect) {
  return {dialect, SampleOf(text, whole, dialect)};
}

// What makes a trial better, the weightiest first. Quotes that are in use count before columns: a
// delimiter inside them is none.
std::tuple<double, bool, std::size_t> Rank(const FileSample& sample) {
  return {sample.consistency(), sample.quotes_used, sample.columns};
}

bool Splits(const FileSample& sample) {
  return sample.columns > 1 && sample.consistency() >= kConsistentLeast;
}

// Cut at colons, it may be times of day below the name of their one column, or without one.
bool MayBeTimes(const FileSample& sample) {
  if (sample.rows.empty() || sample.rows[0].cells.size() < 2) return true;
  const Cells& cells = sample.rows.back().cells;
  return cells.size() == sample.columns &&
         std::all_of(cells.begin() + 1, cells.end(), [](const auto& cell) {
           return cell.size() >= 2 && IsDigit(cell[0]) && IsDigit(cell[1]);
         });
}

Trial BestTrial(std::string_view text, bool whole) {
  Trial best = Try(text, whole, {});
  // The colon comes last and only if nothing else splits: it stands in times and addresses.
  for (const char* delimiter : {",", ";", "\t", "|", "\x01", "\x1f", ":"}) {
    if (*delimiter == ':' && Splits(best.sample)) break;
    for (const char quote : {'"', '\0', '\''}) {
      Trial trial = Try(text, whole, {.delimiter = delimiter, .quote = quote});
      if (*delimiter == ':' && MayBeTimes(trial.sample)) continue;
      const bool better = std::tuple_cat(std::tuple(Splits(trial.sample)), Rank(trial.sample)) >
                          std::tuple_cat(std::tuple(Splits(best.sample)), Rank(best.sample));
      if (better) best = std::move(trial);
    }
  }
  return best;
}

}  // namespace

DialectGuess GuessDialect(std::string_view text, bool whole) {
  const Trial trial = BestTrial(text, whole);
  const FileSample& sample = trial.sample;
  DialectGuess guess{.dialect = trial.dialect};
  if (sample.rows.empty()) {
    guess.why = "no record could be read";
    return guess;
  }
  const HeaderGuess header = GuessHeader(sample);
  guess.dialect.skip_lines = header.skip_lines;
  guess.skip_footer = header.skip_footer;
  if (!header.usable) guess.dialect.columns = header.names;
  guess.drops = header.drops;
  for (std::size_t column = 0; column < header.names.size(); ++column) {
    guess.columns.push_back({header.names[column], TypeOfColumn(sample, column, header)});
  }
  guess.why = std::to_string(sample.columns) + (sample.columns == 1 ? " column" : " columns") +
              " in " + std::to_string(sample.alike) + " of " + std::to_string(sample.records) +
              " records; " +
              (header.skip_lines > 0 && !header.header ? "what follows looks" : "the first looks") +
              " like a " + (header.header ? "header" : "row");
  if (header.header && !header.usable) guess.why += " that cannot be taken as it is";
  return guess;
}

std::vector<std::string> ArgumentsOf(const DialectGuess& guess) {
  std::vector<std::string> arguments;
  const auto add = [&](const std::string& flag, const std::string& value) {
    arguments.push_back(flag);
    arguments.push_back(value);
  };
  const Dialect plain;
  const Dialect& dialect = guess.dialect;
  if (dialect.delimiter != plain.delimiter) {
    add("--delimiter", dialect.delimiter == "\t" ? "tab" : dialect.delimiter);
  }
  if (dialect.quote == '\0') {
    add("--quoting", "none");
  } else if (dialect.quote != plain.quote) {
    add("--quote", std::string(1, dialect.quote));
  }
  if (dialect.skip_lines > 0) add("--skip-lines", std::to_string(dialect.skip_lines));
  if (!dialect.columns.empty()) {
    arguments.emplace_back("--no-header");
    add("--columns", NamesText(dialect.columns));
  }
  for (const std::string& name : guess.drops) add("--drop", NameText(name, '\0'));
  if (guess.skip_footer > 0) add("--skip-footer", std::to_string(guess.skip_footer));
  for (const GuessedColumn& column : guess.columns) {
    if (column.type != "string") add("--type", NameText(column.name, '=') + "=" + column.type);
  }
  return arguments;
}

}  // namespace onceload
