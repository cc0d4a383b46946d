#include "onceload/core/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "onceload/core/utf8.h"

namespace onceload {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Blanks that look like the blank, and what is not seen at all. The joiner and non-joiner of
// letters (U+200C, U+200D) are among them: a name is told exactly rather than beautifully.
constexpr std::array kUnseen{Range{0xa0, 0xa0},     Range{0xad, 0xad},     Range{0x34f, 0x34f},
                             Range{0x61c, 0x61c},   Range{0x115f, 0x1160}, Range{0x1680, 0x1680},
                             Range{0x17b4, 0x17b5}, Range{0x180b, 0x180f}, Range{0x2000, 0x200d},
                             Range{0x202f, 0x202f}, Range{0x205f, 0x2065}, Range{0x206a, 0x206f},
                             Range{0x2800, 0x2800}, Range{0x3000, 0x3000}, Range{0x3164, 0x3164},
                             Range{0xfeff, 0xfeff}, Range{0xffa0, 0xffa0}, Range{0xfff9, 0xfffb}};

bool IsUnseen(std::uint32_t code) {
  return std::any_of(kUnseen.begin(), kUnseen.end(),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

// What is wrong with a character for a terminal, though it is a character.
bool IsUnsafe(std::uint32_t code) {
  if (code < 0x7f) return code < 0x20;
  return code <= 0x9f || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069) || IsUnseen(code);
}

// The unsafe ones have at most three bytes; 0 for what is longer.
std::uint32_t CodeOf(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  switch (character.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1fU) << 6U | (byte(1) & 0x3fU);
    case 3:
      return (byte(0) & 0x0fU) << 12U | (byte(1) & 0x3fU) << 6U | (byte(2) & 0x3fU);
    default:
      return 0xffff;
  }
}

std::size_t LengthByLead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

void AppendHexByte(unsigned char byte, std::string& out) {
  out += "\\x";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

void AppendHexCode(std::uint32_t code, std::string& out) {
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) out += kDigits[code >> shift & 15U];
}

void AppendEscape(std::uint32_t code, std::string& out) {
  switch (code) {
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      code <= 0x7f ? AppendHexByte(static_cast<unsigned char>(code), out)
                   : AppendHexCode(code, out);
  }
}

// REQUIRES: `text` is UTF-8.
template <typename Escape>
void AppendUtf8Escaped(std::string_view text, std::string& out, Escape&& escape) {
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view character =
        text.substr(at, LengthByLead(static_cast<unsigned char>(text[at])));
    const std::uint32_t code = CodeOf(character);
    if (IsUnsafe(code)) {
      escape(code, out);
    } else {
      out += character;
    }
    at += character.size();
  }
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto fault = FindUtf8Fault(text);
    AppendUtf8Escaped(text.substr(0, fault ? fault->at : text.size()), out, AppendEscape);
    if (!fault) break;
    // One byte at a time: what follows it may be the first of a character.
    AppendHexByte(static_cast<unsigned char>(text[fault->at]), out);
    text.remove_prefix(fault->at + 1);
  }
  return out;
}

std::string PrintableJson(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  AppendUtf8Escaped(json, out, AppendHexCode);
  return out;
}

}  // namespace onceload
