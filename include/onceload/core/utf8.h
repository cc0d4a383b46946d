// UTF-8 as RFC 3629, section 4, defines it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace onceload {

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // U+FEFF

struct Utf8Fault {
  std::size_t at = 0;       // first byte of the ill-formed sequence
  std::string_view reason;  // static text
  bool cut = false;         // all is well so far: the text ends inside a character
};

// The first fault, or nullopt. Scalar: it sees only records that are not plain ASCII.
std::optional<Utf8Fault> FindUtf8Fault(std::string_view text);

inline bool IsUtf8(std::string_view text) { return !FindUtf8Fault(text); }

// Takes surrogates too: that is how a lone one is passed on, to be found as a fault. Inline: it is
// called for each character of a file in another encoding.
inline void AppendUtf8(std::uint32_t point, std::string& text) {
  const auto append = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  const auto tail = [&](unsigned shift) { append(0x80U | ((point >> shift) & 0x3fU)); };
  if (point < 0x80) {
    append(point);
  } else if (point < 0x800) {
    append(0xc0U | (point >> 6U));
    tail(0);
  } else if (point < 0x10000) {
    append(0xe0U | (point >> 12U));
    tail(6);
    tail(0);
  } else {
    append(0xf0U | (point >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace onceload
