#include "onceload/core/command_words.h"

#include <array>
#include <cstdio>

#include "onceload/core/printable.h"

namespace onceload {
namespace {

// $'...', which bash, zsh and ksh read back: a word with control characters, none of them raw.
std::string AnsiQuoted(const std::string& word) {
  std::string quoted = "$'";
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\') {
      quoted += std::string{'\\', c};
    } else if (byte >= 0x20 && byte < 0x7f) {
      quoted += c;
    } else {
      // Octal: three digits at most, so that a digit behind it is none of its own.
      std::array<char, 5> octal{};
      std::snprintf(octal.data(), octal.size(), "\\%03o", byte);
      quoted += octal.data();
    }
  }
  return quoted + "'";
}

}  // namespace

std::string ShellWord(const std::string& word) {
  static constexpr std::string_view kPlainCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=@%+";
  if (!word.empty() && word.find_first_not_of(kPlainCharacters) == std::string::npos) return word;
  if (Printable(word) != word) return AnsiQuoted(word);
  std::string quoted(1, '\'');
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  quoted += '\'';
  return quoted;
}

}  // namespace onceload
