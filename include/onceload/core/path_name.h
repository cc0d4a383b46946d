// A file's name: what is told of it in headers, and what it is known by if it has moved.
#pragma once

#include <filesystem>
#include <string>

namespace onceload {

// Without the directories.
inline std::string NameOfPath(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

}  // namespace onceload
