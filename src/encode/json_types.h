// Does a cell's text fit a JSON type?
#pragma once

#include <optional>
#include <string_view>

namespace onceload {

// -?(0|[1-9][0-9]*), of any length: integers beyond 64 bits are integers.
bool IsJsonInteger(std::string_view text);

// RFC 8259, section 6.
bool IsJsonNumber(std::string_view text);

// -?[0-9]+(.[0-9]+)?: leading zeros are kept.
bool IsDecimal(std::string_view text);

// true and false in any case, 1 and 0.
std::optional<bool> BooleanFrom(std::string_view text);

// Any JSON text of RFC 8259's grammar, spaces around it included: numbers of any size, surrogates
// that are alone. `narrow`: without those, as loads begun by earlier versions read it.
bool IsJsonText(std::string_view text, bool narrow = false);

}  // namespace onceload
