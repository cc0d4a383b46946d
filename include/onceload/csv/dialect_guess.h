// How a file seems to be written, for a person to look at. A load never guesses: it would have to
// guess the same again after each restart, of a file that may have grown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "onceload/csv/dialect.h"

namespace onceload {

// Enough for a few hundred rows; what they do not show, a guess may miss.
inline constexpr std::size_t kGuessBytes = std::size_t{1} << 18;

struct GuessedColumn {
  std::string name;  // of the header; else column_1, ...
  std::string type;  // as --type names it: string, integer, number, boolean, json
};

struct DialectGuess {
  Dialect dialect;  // delimiter and quote; the columns if there seems to be no header
  std::vector<GuessedColumn> columns;
  std::string why;  // "3 columns in 99 of 100 records; the first looks like a header"
};

// `sample`: a file's first bytes; `whole`: there are no others. Depends on nothing else. Tries the
// delimiters , ; tab | : with the quotes " and ' and without. Empty cells fit every type. What
// looks like a time is a string: its meaning is not to be guessed.
DialectGuess GuessDialect(std::string_view sample, bool whole);

// {"--delimiter", ";", "--type", "price=number"}: what is not the default.
std::vector<std::string> ArgumentsOf(const DialectGuess& guess);

}  // namespace onceload
