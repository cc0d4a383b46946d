#include "options/shard_values.h"

#include <string>

#include "onceload/rows/key_share.h"
#include "options/option_values.h"

namespace onceload {
namespace {

// Each is a load with four producers: more of them are a typing error.
constexpr std::uint32_t kShardsMost = 10'000;

void Take(const Word& word, Request& request) {
  const std::optional<KeyShare> share = KeyShareFromText(word.text);
  if (!share || share->count > kShardsMost) {
    RefuseWord(word,
               "--shard needs K/N, K from 0 to N-1 and N at most " + std::to_string(kShardsMost),
               "of eight, 0/8 is the first and 7/8 the last");
  }
  request.inputs.shard.index = share->index;
  request.inputs.shard.count = share->count;
}

}  // namespace

OptionAccess ShardOfSeveral() {
  return {OptionKind::kText,
          &Take,
          [](const Option&, const Request& request) -> std::optional<std::string> {
            const Shard& shard = request.inputs.shard;
            if (shard.alone()) return std::nullopt;
            return TextOf(KeyShare{shard.index, shard.count});
          },
          {}};
}

}  // namespace onceload
