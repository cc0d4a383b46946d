// What every step of a run may need from its surroundings. References; main() owns the things.
#pragma once

#include <atomic>

#include "onceload/core/clock.h"
#include "onceload/core/failpoints.h"

namespace onceload {

struct RunContext {
  Clock& clock;
  Failpoints& failpoints;
  // Set by the first SIGINT, SIGTERM or SIGHUP: finish what is open and leave.
  const std::atomic<bool>& stop;
};

}  // namespace onceload
