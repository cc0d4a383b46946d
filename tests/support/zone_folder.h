// A folder of zone files for the length of a test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "support/temp_dir.h"

namespace onceload {

// Zones that were found (or not) stay so for the process: each test needs names of its own.
class ZoneFolder {
 public:
  ZoneFolder() {
    if (const char* before = std::getenv("TZDIR")) before_ = before;
    setenv("TZDIR", directory_.path().c_str(), 1);
  }
  ~ZoneFolder() { before_ ? setenv("TZDIR", before_->c_str(), 1) : unsetenv("TZDIR"); }
  ZoneFolder(const ZoneFolder&) = delete;
  ZoneFolder& operator=(const ZoneFolder&) = delete;

  void Write(const std::string& name, const std::string& bytes) {
    const std::filesystem::path path = directory_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }

 private:
  TempDir directory_;
  std::optional<std::string> before_;
};

}  // namespace onceload
