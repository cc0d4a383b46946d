// Options that may not change between a load's runs.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace onceload {

// Name and value of an option that rows already loaded have been made with. Sorted by name.
using FrozenOptions = std::vector<std::pair<std::string, std::string>>;

// Names by which more than one file asks.
inline constexpr std::string_view kColumnsOption = "columns";
// Only loads whose formats have schemas have it.
inline constexpr std::string_view kSchemasOption = "schemas";
// Only loads that take the rows of some keys alone have it: "2/8".
inline constexpr std::string_view kKeysOption = "keys";

// nullptr: there is none of that name. Valid as long as `options` are not changed.
const std::string* OptionOf(const FrozenOptions& options, std::string_view name);

FrozenOptions Without(FrozenOptions options, std::string_view name);

}  // namespace onceload
