// Places in the text of an option that each row fills in.
#pragma once

#include <string_view>

namespace onceload {

inline constexpr std::string_view kFilePlace = "{file}";  // the file's name
inline constexpr std::string_view kRowPlace = "{row}";    // the row's number in it

// Has `text` one of them?
bool HasPlace(std::string_view text);

}  // namespace onceload
