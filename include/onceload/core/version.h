#pragma once

#include <string_view>

namespace onceload {

// Of this program: CMakeLists.txt's.
std::string_view Version();

}  // namespace onceload
