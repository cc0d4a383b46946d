// What a load has come to, for people and for programs.
#pragma once

#include "onceload/load/load_run.h"

namespace onceload {

// On stdout: lines, or one JSON object.
void PrintResult(const LoadReport& report, bool json);

}  // namespace onceload
