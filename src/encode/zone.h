// This machine's time zones, by the names of IANA's database.
#pragma once

#include <optional>
#include <string>

#include <absl/time/time.h>

#include "onceload/core/error.h"

namespace onceload {

// nullopt: this machine does not have it, or the name is none that means the same on each machine.
// Files are looked for in $TZDIR, else in /usr/share/zoneinfo, once in the process for each name.
std::optional<absl::TimeZone> FindZone(const std::string& name);

// kUsage: what to install or to write instead. REQUIRES: FindZone() has not found it.
Error NoSuchZone(const std::string& name);

}  // namespace onceload
