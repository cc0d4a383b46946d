#include "encode/json_types.h"

#include <nlohmann/json.hpp>

#include "encode/json_grammar.h"
#include "onceload/core/text.h"
#include "onceload/core/utf8.h"

namespace onceload {
namespace {

// Not std::isdigit: that asks the locale.
bool Skip(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// [0-9]+
bool SkipDigits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  text.remove_prefix(count);
  return count > 0;
}

// -?(0|[1-9][0-9]*)
bool SkipInteger(std::string_view& text) {
  Skip(text, "-");
  return Skip(text, "0") || SkipDigits(text);
}

bool IsWord(std::string_view text, std::string_view lower_case_word) {
  if (text.size() != lower_case_word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower != lower_case_word[i]) return false;
  }
  return true;
}

}  // namespace

bool IsJsonInteger(std::string_view text) { return SkipInteger(text) && text.empty(); }

bool IsJsonNumber(std::string_view text) {
  if (!SkipInteger(text)) return false;
  if (Skip(text, ".") && !SkipDigits(text)) return false;
  if (Skip(text, "eE")) {
    Skip(text, "+-");
    if (!SkipDigits(text)) return false;
  }
  return text.empty();
}

bool IsDecimal(std::string_view text) {
  Skip(text, "-");
  return SkipDigits(text) && (!Skip(text, ".") || SkipDigits(text)) && text.empty();
}

std::optional<bool> BooleanFrom(std::string_view text) {
  if (text == "1" || IsWord(text, "true")) return true;
  if (text == "0" || IsWord(text, "false")) return false;
  return std::nullopt;
}

bool IsJsonText(std::string_view text, bool narrow) {
  if (!narrow) return IsJsonOfRfc8259(text);
  // The parser skips a byte order mark and takes a NUL for the end; inside a message neither is
  // JSON.
  if (text.starts_with(kByteOrderMark) || text.find('\0') != std::string_view::npos) return false;
  return nlohmann::json::accept(text.begin(), text.end());
}

}  // namespace onceload
