// How an input's bytes tell characters, and what the encodings are called.
#pragma once

#include <cstdint>
#include <string_view>

namespace onceload {

enum class Encoding : std::uint8_t { kUtf8, kUtf16Le, kUtf16Be, kLatin1, kWindows1252 };

// "utf-8", "utf-16le", "utf-16be", "latin1", "windows-1252".
std::string_view NameOf(Encoding encoding);

// In any case, also under its usual aliases (utf8, iso-8859-1, cp1252, ...). Throws Error(kUsage)
// for other names, and for "utf-16", which does not say which byte comes first.
Encoding EncodingFromName(std::string_view name);

}  // namespace onceload
