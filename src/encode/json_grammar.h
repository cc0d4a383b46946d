// RFC 8259's grammar, and nothing of what its numbers and strings mean to somebody.
#pragma once

#include <string_view>

namespace onceload {

// nlohmann/json refuses numbers that no double holds and surrogates that are alone, which the
// grammar has; its values would be dropped anyway. Depth is bounded by memory alone: a bit a level.
// REQUIRES: UTF-8.
bool IsJsonOfRfc8259(std::string_view text);

}  // namespace onceload
