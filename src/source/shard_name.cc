#include "onceload/source/shard_name.h"

#include <string_view>

#include "onceload/core/whole_number.h"

namespace onceload {
std::optional<ShardName> ShardNameOf(const std::string& load) {
  const std::size_t dot = load.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  const std::string_view behind = std::string_view(load).substr(dot + 1);
  const std::size_t of = behind.find("-of-");
  if (of == std::string_view::npos) return std::nullopt;
  const auto index = WholeNumber<std::uint32_t>(behind.substr(0, of));
  const auto count = WholeNumber<std::uint32_t>(behind.substr(of + 4));
  if (!index || !count || *index >= *count) return std::nullopt;
  ShardName name{load.substr(0, dot), {}};
  name.shard.index = *index;
  name.shard.count = *count;
  return name;
}

}  // namespace onceload
