#include "options/shard_values.h"

#include <charconv>
#include <string>
#include <string_view>

#include "options/option_values.h"

namespace onceload {
namespace {

// Each is a load with four producers: more of them are a typing error.
constexpr std::uint32_t kShardsMost = 10'000;

std::optional<std::uint32_t> NumberIn(std::string_view text) {
  std::uint32_t number = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || at != text.data() + text.size()) return std::nullopt;
  return number;
}

void Take(const Word& word, Request& request) {
  const std::string_view text = word.text;
  const std::size_t slash = text.find('/');
  const std::uint32_t count =
      slash == std::string_view::npos ? 0 : NumberIn(text.substr(slash + 1)).value_or(0);
  const std::uint32_t index = NumberIn(text.substr(0, slash)).value_or(count);
  if (count == 0 || count > kShardsMost || index >= count) {
    RefuseWord(word,
               "--shard needs K/N, K from 0 to N-1 and N at most " + std::to_string(kShardsMost),
               "of eight, 0/8 is the first and 7/8 the last");
  }
  request.inputs.shard.index = index;
  request.inputs.shard.count = count;
}

}  // namespace

OptionAccess ShardOfSeveral() {
  return {OptionKind::kText,
          &Take,
          [](const Option&, const Request& request) -> std::optional<std::string> {
            const Shard& shard = request.inputs.shard;
            if (shard.alone()) return std::nullopt;
            return std::to_string(shard.index) + "/" + std::to_string(shard.count);
          },
          {}};
}

}  // namespace onceload
