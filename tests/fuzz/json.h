// How the targets read a message: with another parser.
#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "fuzz/fuzz.h"

namespace onceload::fuzz {

// nullopt: a number in it that no double holds, which is JSON all the same.
inline std::optional<nlohmann::ordered_json> ParseMessage(std::string_view text) {
  try {
    return nlohmann::ordered_json::parse(text);
  } catch (const nlohmann::ordered_json::out_of_range&) {
    return std::nullopt;
  } catch (const nlohmann::ordered_json::exception&) {
    Check(false, "a message is JSON");
  }
  return std::nullopt;
}

}  // namespace onceload::fuzz
