// Words that help, manual pages and completions share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "onceload/options/option_table.h"

namespace onceload {

// "-b, --bootstrap-server", "--state", "-X".
std::string FlagsText(const Option& option);

// The help line with what the row's other members add: its variable, its default, that it may be
// repeated.
std::string Sentence(const Option& option);

// `text` in lines of `width` at most, broken at spaces; a longer word has a line of its own.
std::vector<std::string> Wrapped(std::string_view text, std::size_t width);

// `text` with each of its `special` characters behind a `mark`.
std::string Escaped(std::string_view text, std::string_view special, std::string_view mark);

}  // namespace onceload
