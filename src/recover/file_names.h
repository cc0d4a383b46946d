// Names of files as far as they say which file it is.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "onceload/core/path_name.h"

namespace onceload {

// "rows.csv" of "rows.csv.gz".
inline std::string WithoutPacking(const std::string& path) {
  for (const std::string_view ending : {".gz", ".zst", ".bz2", ".xz"}) {
    if (path.ends_with(ending)) return path.substr(0, path.size() - ending.size());
  }
  return path;
}

// The file name that packing does not change.
inline std::string PlainName(const std::string& path) { return NameOfPath(WithoutPacking(path)); }

// How many files have a name.
using NameCounts = std::unordered_map<std::string, std::size_t>;

inline std::size_t CountOf(const NameCounts& names, const std::string& name) {
  const auto found = names.find(name);
  return found == names.end() ? 0 : found->second;
}

}  // namespace onceload
