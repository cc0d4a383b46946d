// The first records of a file, read in one dialect by a person's eyes: nothing is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/csv/dialect.h"

namespace onceload {

using Cells = std::vector<std::string>;

struct FileSample {
  struct Row {
    Cells cells;
    std::uint64_t lines_before = 0;  // of the text
    std::uint64_t lines = 1;
  };
  std::vector<Row> rows;    // without faults, empty lines left out
  std::size_t records = 0;  // those with faults as well
  std::size_t columns = 0;  // fields that most rows have
  std::size_t alike = 0;    // rows that have so many
  bool quotes_used = false;
  bool whole = false;  // no bytes follow those sampled

  double consistency() const {
    return records == 0 ? 0 : static_cast<double>(alike) / static_cast<double>(records);
  }
};

// `text`: a file's first bytes; `whole`: there are no others. A record that its end cuts is left
// out. Lines that the dialect skips, and given columns, are none of its business here.
FileSample SampleOf(std::string_view text, bool whole, const Dialect& dialect);

}  // namespace onceload
