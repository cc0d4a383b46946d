// How a repair is told.
#pragma once

#include <ostream>

#include "onceload/repair/load_repair.h"

namespace onceload {

// The facts, a paragraph a choice, and what was done as the last line.
void PrintText(const RepairReport& report, std::ostream& out);
// The same as one JSON object, on one line.
void PrintJson(const RepairReport& report, std::ostream& out);

}  // namespace onceload
