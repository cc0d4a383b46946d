// A file's name: what is told of it in headers, and what it is known by if it has moved.
#pragma once

#include <string>

namespace onceload {

// Without the directories.
inline std::string NameOfPath(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // all of it where there is none
}

}  // namespace onceload
