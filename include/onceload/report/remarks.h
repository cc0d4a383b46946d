// What a load or a plan has to say of its rows besides their number.
#pragma once

#include <string>

#include "onceload/core/progress_record.h"

namespace onceload {

// "; 2 empty lines are no row; the longest cell has 20000 lines: ...", or nothing: what is not in
// the topic though it is in the file, and what should hardly be in one cell.
std::string Remarks(const ProgressRecord& at);

}  // namespace onceload
