// The files that a load knows, each with all that was loaded of it.
#pragma once

#include <cstddef>
#include <vector>

#include "onceload/core/progress_record.h"

namespace onceload {

inline constexpr std::size_t kNoFile = ~std::size_t{0};

// An input of the load with its further pieces: one file.
struct Known {
  std::size_t last = 0;             // index of its newest piece
  std::vector<std::size_t> pieces;  // all of them, oldest first
  InputPosition loaded;             // what was loaded of its text; byte 0: nothing
  bool finished = false;
  std::size_t taken_by = kNoFile;  // given file
};

// In the order of their first pieces. None is taken.
std::vector<Known> KnownFilesOf(const ProgressRecord& load);

}  // namespace onceload
