// Names of files as far as they say which file it is.
#pragma once

#include <string>
#include <unordered_map>

#include "onceload/core/path_name.h"

namespace onceload {

// The file name that packing does not change.
inline std::string PlainName(const std::string& path) { return NameOfPath(WithoutPacking(path)); }

// How many files have a name.
using NameCounts = std::unordered_map<std::string, std::size_t>;

inline std::size_t CountOf(const NameCounts& names, const std::string& name) {
  const auto found = names.find(name);
  return found == names.end() ? 0 : found->second;
}

}  // namespace onceload
