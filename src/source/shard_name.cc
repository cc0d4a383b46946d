#include "onceload/source/shard_name.h"

#include <charconv>

namespace onceload {
namespace {

std::optional<std::uint32_t> WholeNumber(std::string_view text) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<ShardName> ShardNameOf(const std::string& load) {
  const std::size_t dot = load.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  const std::string_view behind = std::string_view(load).substr(dot + 1);
  const std::size_t of = behind.find("-of-");
  if (of == std::string_view::npos) return std::nullopt;
  const auto index = WholeNumber(behind.substr(0, of));
  const auto count = WholeNumber(behind.substr(of + 4));
  if (!index || !count || *index >= *count) return std::nullopt;
  ShardName name{load.substr(0, dot), {}};
  name.shard.index = *index;
  name.shard.count = *count;
  return name;
}

}  // namespace onceload
