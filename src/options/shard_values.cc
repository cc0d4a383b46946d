#include "options/shard_values.h"

#include <string>
#include <string_view>

#include "onceload/core/whole_number.h"
#include "options/option_values.h"

namespace onceload {
namespace {

// Each is a load with four producers: more of them are a typing error.
constexpr std::uint32_t kShardsMost = 10'000;

void Take(const Word& word, Request& request) {
  const std::string_view text = word.text;
  const std::size_t slash = text.find('/');
  const std::uint32_t count = slash == std::string_view::npos
                                  ? 0
                                  : WholeNumber<std::uint32_t>(text.substr(slash + 1)).value_or(0);
  const std::uint32_t index = WholeNumber<std::uint32_t>(text.substr(0, slash)).value_or(count);
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
