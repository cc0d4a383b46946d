// Column names for people: in messages about a cell, or about a column that is not there.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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

// `; "pr\u00e9nom" and "pre\u0301nom" look alike, and are not` for the first of each that do; "".
std::string LikenessOf(const std::vector<std::string>& some,
                       const std::vector<std::string>& others);

// Where names stand, whatever their number. The names must outlive it.
class NameIndex {
 public:
  explicit NameIndex(const std::vector<std::string>& names);
  std::optional<std::size_t> Find(std::string_view name) const;
  // Throws as NoSuchColumn says.
  std::size_t Of(std::string_view name, std::string_view flag) const;

 private:
  const std::vector<std::string>& names_;
  std::unordered_map<std::string_view, std::size_t> places_;
};

// Throws as NoSuchColumn says.
std::size_t IndexOf(const std::vector<std::string>& names, const std::string& wanted,
                    std::string_view flag);

}  // namespace onceload
