#include "onceload/core/file_text.h"

#include <array>
#include <fstream>

namespace onceload {

// By read(), which tells a fault by a bit: a directory opens like a file, and an iterator over the
// stream's buffer throws at its first byte.
std::optional<std::string> TextOfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return std::nullopt;
  std::string text;
  std::array<char, 65536> block{};
  while (file.read(block.data(), block.size()) || file.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return std::nullopt;
  return text;
}

}  // namespace onceload
