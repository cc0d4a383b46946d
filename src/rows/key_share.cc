#include "onceload/rows/key_share.h"

#include <charconv>

namespace onceload {

std::string TextOf(const KeyShare& share) {
  return std::to_string(share.index) + "/" + std::to_string(share.count);
}

std::optional<KeyShare> KeyShareFromText(std::string_view text) {
  KeyShare share;
  const char* const end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, share.index);
  if (index.ec != std::errc() || index.ptr == end || *index.ptr != '/') return std::nullopt;
  const auto count = std::from_chars(index.ptr + 1, end, share.count);
  if (count.ec != std::errc() || count.ptr != end || share.index >= share.count) {
    return std::nullopt;
  }
  return share;
}

}  // namespace onceload
