// How the targets read a message: with another parser.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "fuzz/fuzz.h"

namespace onceload::fuzz {

// With a space for each half of a surrogate pair that is written as an escape.
inline std::string WithoutSurrogates(std::string_view text) {
  std::string other(text);
  for (std::size_t at = 0; at + 1 < other.size(); ++at) {
    if (other[at] != '\\') continue;
    ++at;
    if (other[at] != 'u' || at + 4 >= other.size()) continue;
    const bool high = other[at + 1] == 'd' || other[at + 1] == 'D';
    if (high && other[at + 2] > '7') other.replace(at + 1, 4, "0020");
  }
  return other;
}

// nullopt: JSON by RFC 8259's grammar that the other parser does not take: a number that no double
// holds, or half of a surrogate pair.
inline std::optional<nlohmann::ordered_json> ParseMessage(std::string_view text) {
  try {
    return nlohmann::ordered_json::parse(text);
  } catch (const nlohmann::ordered_json::out_of_range&) {
    return std::nullopt;
  } catch (const nlohmann::ordered_json::exception&) {
    const std::string other = WithoutSurrogates(text);
    if (other != text) return static_cast<void>(ParseMessage(other)), std::nullopt;
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
    Check(false, "a message is JSON");
  }
  return std::nullopt;
}

}  // namespace onceload::fuzz
