#include "encode/binary_text.h"

#include "onceload/core/text.h"

namespace onceload {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

bool UuidText(std::string_view cell, std::string& text) {
  constexpr std::size_t kDashed = 36;
  constexpr std::string_view kUrn = "urn:uuid:";
  const std::string lower = Lower(cell);
  std::string_view rest = lower;
  if (rest.starts_with(kUrn)) rest.remove_prefix(kUrn.size());
  if (rest.starts_with('{') && rest.ends_with('}')) rest = rest.substr(1, rest.size() - 2);
  const bool dashed = rest.size() == kDashed;
  text.clear();
  for (const char c : rest) {
    const std::size_t at = text.size();
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    if (dash && dashed && c != '-') return false;
    if (dash) text += '-';
    if (dash && dashed) continue;
    if (!IsLowerHex(c)) return false;
    text += c;
  }
  return text.size() == kDashed;
}

bool Base64Text(std::string_view cell, std::string& text) {
  std::string_view digits = cell.substr(0, cell.find_last_not_of('=') + 1);
  const std::size_t padding = cell.size() - digits.size();
  if (digits.size() % 4 == 1 || padding > 2 || (padding > 0 && cell.size() % 4 != 0)) return false;
  text.clear();
  std::size_t last = 0;
  for (const char c : digits) {
    last = kAlphabet.find(c == '-' ? '+' : c == '_' ? '/' : c);
    if (last == std::string_view::npos) return false;
    text += kAlphabet[last];
  }
  const std::size_t unused = digits.size() % 4 == 2 ? 4 : digits.size() % 4 == 3 ? 2 : 0;
  if ((last & ((std::size_t{1} << unused) - 1)) != 0) return false;
  text.append((4 - digits.size() % 4) % 4, '=');
  return true;
}

}  // namespace onceload
