// What preflight says and knows of topics that cannot be seen.
#pragma once

#include "onceload/core/clock.h"

namespace onceload {

inline constexpr char kAnotherName[] =
    "check --bootstrap-server; to load everything again, give the load another name with --name; "
    "onceload repair NAME -b ... tells the choices";

// A broker learns of a new topic a moment after the one that made it, and one that has just started
// may not know it yet: a topic is missing only if it still is after this time.
inline constexpr Duration kNewsDelay{2'000};
inline constexpr Duration kAskAgain{100};

}  // namespace onceload
