// The longest row of a file, as a message.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "onceload/rows/input_rows.h"

namespace onceload {

struct LongestRow {
  std::string file;
  std::uint64_t row = 0;       // 0: there is none
  std::int64_t bytes = 0;      // of its message, with what a record adds
  std::uint64_t rows = 0;      // read
  std::uint64_t rejected = 0;  // that are no rows
  std::string first_rejected;
};

// Reads all of the files. Throws Error(kInput).
LongestRow LongestRowOf(const std::vector<std::string>& files, const RowRules& rules,
                        std::uint64_t record_bytes_max);

}  // namespace onceload
