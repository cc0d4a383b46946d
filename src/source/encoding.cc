#include "onceload/source/encoding.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "onceload/core/error.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

constexpr std::array<std::pair<std::string_view, Encoding>, 15> kNames{{
    // The first name of each is the one that is shown.
    {"utf-8", Encoding::kUtf8},
    {"utf8", Encoding::kUtf8},
    {"ascii", Encoding::kUtf8},
    {"us-ascii", Encoding::kUtf8},
    {"utf-16le", Encoding::kUtf16Le},
    {"utf16le", Encoding::kUtf16Le},
    {"utf-16be", Encoding::kUtf16Be},
    {"utf16be", Encoding::kUtf16Be},
    {"latin1", Encoding::kLatin1},
    {"latin-1", Encoding::kLatin1},
    {"iso-8859-1", Encoding::kLatin1},
    {"iso8859-1", Encoding::kLatin1},
    {"windows-1252", Encoding::kWindows1252},
    {"cp1252", Encoding::kWindows1252},
    {"cp-1252", Encoding::kWindows1252},
}};

}  // namespace

std::string_view NameOf(Encoding encoding) {
  const auto* found = std::find_if(kNames.begin(), kNames.end(),
                                   [&](const auto& entry) { return entry.second == encoding; });
  return found->first;
}

Encoding EncodingFromName(std::string_view name) {
  const std::string lower = Lower(name);
  for (const auto& [known, encoding] : kNames) {
    if (known == lower) return encoding;
  }
  if (lower == "utf-16" || lower == "utf16") {
    throw Error(ExitCode::kUsage, "utf-16 does not say which byte comes first", "",
                "utf-16le or utf-16be; a file with a byte order mark needs neither");
  }
  throw Error(ExitCode::kUsage, "unknown encoding \"" + std::string(name) + "\"", "",
              "one of utf-8, utf-16le, utf-16be, latin1, windows-1252");
}

}  // namespace onceload
