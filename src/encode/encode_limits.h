// Sizes that the files of this room share.
#pragma once

#include <cstddef>

namespace onceload {

// Of a column's name, and of an option's text, in a message for people: a line of a terminal holds
// them with the sentence around.
inline constexpr std::size_t kNameShownBytes = 60;
inline constexpr std::size_t kTextShownBytes = 60;

// Most digits of a 64-bit number, with its sign.
inline constexpr std::size_t kNumberBytesMax = 20;

}  // namespace onceload
