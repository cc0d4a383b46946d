// Small files, whole: lists, mappings, properties.
#pragma once

#include <optional>
#include <string>

namespace onceload {

// All bytes of the file; nullopt: it cannot be read, or is no file.
std::optional<std::string> TextOfFile(const std::string& path);

}  // namespace onceload
