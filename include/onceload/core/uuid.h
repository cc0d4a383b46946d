// Random UUIDs (RFC 9562, version 4).
#pragma once

#include <string>

namespace onceload {

std::string NewUuid();

}  // namespace onceload
