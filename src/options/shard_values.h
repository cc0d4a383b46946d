// Values of the options by which several loads share files.
#pragma once

#include "onceload/options/option_table.h"

namespace onceload {

// "2/8"
OptionAccess ShardOfSeveral();

}  // namespace onceload
