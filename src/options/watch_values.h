// Values of the options of `watch`.
#pragma once

#include "onceload/options/option_table.h"

namespace onceload {

OptionAccess Ready();
OptionAccess After();
OptionAccess Poll();

}  // namespace onceload
