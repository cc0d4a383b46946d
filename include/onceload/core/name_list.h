// Names of columns in an option, by one rule for all of them: a name that begins with a double
// quote is read up to the closing one, as JSON reads a string (\" \\ \n \u00a0), a doubled quote
// being a quote as well. So a name as an error shows it can be given back. Any other name is what
// stands there, up to the option's own sign (a comma, an equals sign) or the end.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace onceload {

// Takes a name off the front of `text`, up to `stop` ('\0': up to the end), which is left there.
// nullopt: a quote that is not closed, text between it and `stop`, an escape that JSON does not
// have.
std::optional<std::string> TakeName(std::string_view& text, char stop);

// Names between commas. nullopt as above.
std::optional<std::vector<std::string>> NamesFrom(std::string_view text);

// What TakeName() reads as `name`, in quotes where it must be, or where it has characters that
// cannot be seen. REQUIRES: UTF-8.
std::string NameText(const std::string& name, char stop);

// What NamesFrom() reads as `names`.
std::string NamesText(const std::vector<std::string>& names);

}  // namespace onceload
