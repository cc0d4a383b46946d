#include "onceload/core/frozen_options.h"

#include <algorithm>

namespace onceload {

const std::string* OptionOf(const FrozenOptions& options, std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [name](const auto& option) { return option.first == name; });
  return found == options.end() ? nullptr : &found->second;
}

FrozenOptions Without(FrozenOptions options, std::string_view name) {
  std::erase_if(options, [name](const auto& option) { return option.first == name; });
  return options;
}

}  // namespace onceload
