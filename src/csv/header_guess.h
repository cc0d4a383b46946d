// Which record of a sample names the columns, which are no rows at all, and what a load has to be
// told where the header cannot be taken as it is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "csv/file_sample.h"

namespace onceload {

struct HeaderGuess {
  bool header = false;             // there is one
  bool usable = true;              // as it is; else `names` stand for it
  std::vector<std::string> names;  // of the columns: the header's, mended, or column_1, ...
  std::vector<std::string> drops;  // of them, those that hold nothing
  std::uint64_t skip_lines = 0;    // before the header; before the first row if it is not usable
  std::uint64_t skip_footer = 0;   // lines at the end of the file that are no rows
  std::size_t first_row = 0;       // the rows are [first_row, last_row) of the sample's
  std::size_t last_row = 0;
};

// A header is taken for a row only where a row's values show it: a header that is loaded as a row
// is worse than a suggestion too few. REQUIRES: the sample has rows.
HeaderGuess GuessHeader(const FileSample& sample);

// "integer", "number", "boolean", "json" or "string": what fits all cells of rows [first, last) at
// `column`. Empty cells fit all; so do rows that have not `columns` cells.
std::string TypeOfColumn(const FileSample& sample, std::size_t column, const HeaderGuess& guess);

// The options that make a load read the file so: "--skip-lines", "1", ...; none where it does
// anyway.
std::vector<std::string> ArgumentsOf(const HeaderGuess& guess);

// The last line that is no row: of a report ("(2 rows)", "Total"), of DOS (0x1a).
bool LooksLikeFooter(const Cells& cells);

// A line between header and rows, as sqlcmd and Markdown have it: dashes alone.
bool LooksLikeRuler(const Cells& cells);

}  // namespace onceload
