// The files that a load knows, each with all that was loaded of it.
#pragma once

#include <cstddef>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/recover/input_match.h"

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

// Whether rows of a file that has ended, and that is as it was then, lie behind its end: an option
// left them out that leaves them out no more. Not known, and false, of a file whose text is made
// from it.
bool HasRowsLeft(const InputFile& given, const Known& known, const MatchRules& rules);

// In the order of their first pieces. None is taken.
std::vector<Known> KnownFilesOf(const ProgressRecord& load);

}  // namespace onceload
