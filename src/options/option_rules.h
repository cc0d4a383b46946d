// What options have to do with each other.
#pragma once

#include "onceload/options/invocation.h"

namespace onceload {

// Throws Error(kUsage) for options that contradict each other or mean nothing where they stand.
void CheckRules(const Invocation& invocation);

}  // namespace onceload
