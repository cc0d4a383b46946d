// Small pieces of text that several rooms write alike.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "onceload/core/clock.h"

namespace onceload {

// ASCII alone, whatever the locale.
constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// ASCII letters alone, whatever the locale: for names out of standards.
std::string Lower(std::string_view text);

// Two digits a byte, in lower case.
std::string HexOf(std::string_view bytes);

// "2026-01-31T12:00:00", without a zone: UTC. Parts of a second are cut off.
std::string UtcTime(std::chrono::milliseconds since_1970);

// To the nearest second: "57 s".
std::string Seconds(Duration duration);

}  // namespace onceload
