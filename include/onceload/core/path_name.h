// A file's name: what is told of it in headers, and what it is known by if it has moved.
#pragma once

#include <string>
#include <string_view>

namespace onceload {

// Without the directories.
inline std::string NameOfPath(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // all of it where there is none
}

// "rows.csv" of "rows.csv.gz".
inline std::string WithoutPacking(const std::string& path) {
  for (const std::string_view ending : {".gz", ".zst", ".bz2", ".xz"}) {
    if (path.ends_with(ending)) return path.substr(0, path.size() - ending.size());
  }
  return path;
}

}  // namespace onceload
