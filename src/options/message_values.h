// Values of the options that say how rows become messages.
#pragma once

#include "onceload/options/option_table.h"

namespace onceload {

OptionAccess Mapping();
OptionAccess Type();
OptionAccess Rename();
OptionAccess Drop();
OptionAccess Set();
OptionAccess Key();
OptionAccess KeyRow();
OptionAccess KeyConstant();
OptionAccess Header();
OptionAccess TombstoneWhen();

}  // namespace onceload
