// Texts that stand for bytes, each brought to one form.
#pragma once

#include <string>
#include <string_view>

namespace onceload {

// 32 hexadecimal digits in any case, with or without the four dashes, braces or `urn:uuid:` around
// them: "123e4567-e89b-12d3-a456-426614174000". False: it is no UUID.
bool UuidText(std::string_view cell, std::string& text);

// RFC 4648, of either alphabet, with or without padding: with the first alphabet and padding.
// False: it is no base64, also if its last character has bits that stand for nothing.
bool Base64Text(std::string_view cell, std::string& text);

}  // namespace onceload
