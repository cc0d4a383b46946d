// Rows that are none: what to do about one that cannot be loaded, and which of those that are
// loaded should perhaps not be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/csv/dialect.h"

namespace onceload {

// Which option loads a file with such a row, "" if nothing is known. `raw`: the row's text, as far
// as it is kept; `names`: of the file's columns.
std::string HintOf(std::string_view raw, const std::vector<std::string>& names,
                   const Dialect& dialect);

// The header once more, a line of dashes below it, a report's last line, among the rows of a file.
// Used by one thread.
class RowDoubts {
 public:
  RowDoubts(const std::vector<std::string>& names, const Dialect& dialect);

  // A row that is loaded. As cheap as can be, for it is asked of each.
  void Note(std::string_view raw, std::uint64_t row) {
    const bool again = raw.size() == header_.size() && raw == header_;
    if (again || row == 1 || (!raw.empty() && IsFooterBegin(raw[0]))) NoteOdd(raw, row);
  }

  // Sentences, at the file's end, whose last row is `last_row`.
  std::vector<std::string> Tell(std::uint64_t last_row) const;

 private:
  static constexpr std::size_t kFooterBytesMax = 64;

  // As LooksLikeFooter() (header_guess.h) has them.
  static bool IsFooterBegin(char c) {
    return c == '(' || c == '\x1a' || c == 'T' || c == 't' || c == 'S' || c == 's' || c == 'G' ||
           c == 'g';
  }

  void NoteOdd(std::string_view raw, std::uint64_t row);

  const Dialect dialect_;
  std::string header_;  // as its record would most simply be written
  std::string names_;   // for --columns
  std::uint64_t first_again_ = 0;
  std::uint64_t again_ = 0;
  bool ruler_ = false;
  std::string footer_;  // the newest row that looks like one
  std::uint64_t footer_row_ = 0;
};

}  // namespace onceload
