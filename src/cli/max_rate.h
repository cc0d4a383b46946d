// --max-rate
#pragma once

#include <string>

#include "onceload/load/load_run.h"

namespace onceload {

// "50000" or "50000rows": rows a second. "10MB", "10MiB", "512kB", ...: bytes of messages a second.
// Throws Error(kUsage).
MaxRate ParseMaxRate(const std::string& text);

}  // namespace onceload
