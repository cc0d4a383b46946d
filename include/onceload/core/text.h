// Small pieces of text that several rooms write alike.
#pragma once

#include <string>
#include <string_view>

#include "onceload/core/clock.h"

namespace onceload {

// ASCII letters alone, whatever the locale: for names out of standards.
std::string Lower(std::string_view text);

// To the nearest second: "57 s".
std::string Seconds(Duration duration);

}  // namespace onceload
