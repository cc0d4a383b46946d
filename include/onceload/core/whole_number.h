// Whole numbers as texts have them that programs and people write.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace onceload {

// All of `text`, which has no blank and no plus; nullopt: it is none, or too large for its type.
template <typename Integer>
std::optional<Integer> WholeNumber(std::string_view text) {
  Integer number{};
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && at == end ? std::optional(number) : std::nullopt;
}

}  // namespace onceload
