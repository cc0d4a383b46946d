#include "onceload/core/user_info.h"

namespace onceload {

std::pair<std::size_t, std::size_t> UserInfoAt(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find("://", from); at != std::string_view::npos;
       at = text.find("://", at + 3)) {
    const std::size_t begin = at + 3;
    const std::size_t end = text.find_first_of("/?# ,", begin);
    // The last '@': a password may have one.
    const std::size_t sign = text.substr(begin, end - begin).rfind('@');
    if (sign != std::string_view::npos && sign > 0) return {begin, sign};
  }
  return {0, 0};
}

std::string UserInfoOf(std::string_view text) {
  const auto [at, size] = UserInfoAt(text, 0);
  return std::string(text.substr(at, size));
}

}  // namespace onceload
