// How a file seems to be written, for a person to look at. A load never guesses: it would have to
// guess the same again after each restart, of a file that may have grown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/csv/dialect.h"

namespace onceload {

// Enough for a few hundred rows; what they do not show, a guess may miss.
inline constexpr std::size_t kGuessBytes = std::size_t{1} << 18;

struct GuessedColumn {
  std::string name;  // of the header, mended if need be; else column_1, ...
  std::string type;  // as --type names it: string, integer, number, boolean, json
};

struct DialectGuess {
  // Delimiter, quote, lines that are neither header nor row; the columns, if there seems to be no
  // header or none that can be taken as it is.
  Dialect dialect;
  std::vector<GuessedColumn> columns{};
  std::vector<std::string> drops{};  // columns that hold nothing
  std::uint64_t skip_footer = 0;     // lines at the end that are no rows
  std::string why{};  // "3 columns in 99 of 100 records; the first looks like a header"
};

// `sample`: a file's first bytes; `whole`: there are no others. Depends on nothing else. Tries the
// delimiters , ; tab | U+0001 U+001F : with the quotes " and ' and without. Empty cells fit every
// type. What looks like a time is a string: its meaning is not to be guessed. Loaded as the guess
// says, a header is no row: that there is none is said only where the values show it.
DialectGuess GuessDialect(std::string_view sample, bool whole);

// {"--delimiter", ";", "--type", "price=number"}: what is not the default.
std::vector<std::string> ArgumentsOf(const DialectGuess& guess);

}  // namespace onceload
