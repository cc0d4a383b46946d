#include "onceload/core/version.h"

namespace onceload {

std::string_view Version() { return ONCELOAD_VERSION; }

}  // namespace onceload
