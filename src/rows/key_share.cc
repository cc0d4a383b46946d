#include "onceload/rows/key_share.h"

#include "onceload/core/whole_number.h"

namespace onceload {

std::string TextOf(const KeyShare& share) {
  return std::to_string(share.index) + "/" + std::to_string(share.count);
}

std::optional<KeyShare> KeyShareFromText(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto index = WholeNumber<std::uint32_t>(text.substr(0, slash));
  const auto count = WholeNumber<std::uint32_t>(text.substr(slash + 1));
  if (!index || !count || *index >= *count) return std::nullopt;
  return KeyShare{*index, *count};
}

}  // namespace onceload
