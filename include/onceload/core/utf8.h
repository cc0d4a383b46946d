// UTF-8 as RFC 3629, section 4, defines it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace onceload {

struct Utf8Fault {
  std::size_t at = 0;       // first byte of the ill-formed sequence
  std::string_view reason;  // static text
  bool cut = false;         // all is well so far: the text ends inside a character
};

// The first fault, or nullopt. Scalar: it sees only records that are not plain ASCII.
std::optional<Utf8Fault> FindUtf8Fault(std::string_view text);

inline bool IsUtf8(std::string_view text) { return !FindUtf8Fault(text); }

}  // namespace onceload
