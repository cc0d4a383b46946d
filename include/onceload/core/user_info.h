// "user:password" in URLs (RFC 3986, section 3.2.1), which nothing may print.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace onceload {

// Where that of the first URL in text[from...] begins and how long it is; size 0: there is none.
std::pair<std::size_t, std::size_t> UserInfoAt(std::string_view text, std::size_t from);

// That of the first URL; empty: there is none.
std::string UserInfoOf(std::string_view text);

}  // namespace onceload
