// "Did you mean": the candidate closest to a mistyped name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace onceload {

// Smallest edit distance (insert, delete, replace), ignoring case; empty if every candidate is
// further away than a third of the name's length, at least 2.
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace onceload
