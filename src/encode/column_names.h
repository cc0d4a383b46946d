// Column names for people: in messages about a cell, or about a column that is not there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/core/error.h"

namespace onceload {

// `text` in quotes on one line: at most `bytes_max` bytes of it, cut at a UTF-8 boundary and then
// followed by "..."; quotes, backslashes and control characters (C1 too) escaped as in JSON.
std::string Quoted(std::string_view text, std::size_t bytes_max);

// `a, b, c and 12 more`: at most about 400 bytes, names cut.
std::string ListOf(const std::vector<std::string>& names);

// `no column "userid" for --key: the file has event_time, ...; did you mean "user_id"?`
Error NoSuchColumn(std::string_view wanted, std::string_view flag,
                   const std::vector<std::string>& names);

// Throws as NoSuchColumn says.
std::size_t IndexOf(const std::vector<std::string>& names, const std::string& wanted,
                    std::string_view flag);

}  // namespace onceload
