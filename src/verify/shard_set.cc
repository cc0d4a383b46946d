#include "verify/shard_set.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace onceload {
namespace {

using Text = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;

// A file without a row of the load that has grown since is another input of the same path.
bool HasGrownSince(const ProgressRecord& load, std::size_t index) {
  const InputFile& input = load.inputs[index];
  if (!input.end || input.end->row.value > input.rows_before()) return false;
  return std::any_of(load.inputs.begin() + static_cast<std::ptrdiff_t>(index) + 1,
                     load.inputs.end(), [&](const InputFile& later) {
                       return later.path == input.path && later.size > input.end->byte.value;
                     });
}

std::vector<Text> TextsOf(const ProgressRecord& load) {
  std::vector<Text> texts;
  for (std::size_t i = 0; i < load.inputs.size(); ++i) {
    const InputFile& input = load.inputs[i];
    if (!input.end || HasGrownSince(load, i)) continue;
    const PrefixFingerprint& prefix = input.end->prefix;
    texts.emplace_back(input.end->byte.value, prefix.blocks.value, prefix.tail.value);
  }
  const InputPosition& last = load.position;
  if (last.file < load.inputs.size() && !load.inputs[last.file].end) {
    texts.emplace_back(last.byte.value, last.prefix.blocks.value, last.prefix.tail.value);
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

}  // namespace

std::vector<ShardName> MissingAmong(const std::vector<std::string>& loads) {
  std::map<std::pair<std::string, std::uint32_t>, std::set<std::uint32_t>> there;
  for (const std::string& load : loads) {
    const auto name = ShardNameOf(load);
    if (name) there[{name->base, name->shard.count}].insert(name->shard.index);
  }
  std::vector<ShardName> missing;
  for (const auto& [set, indices] : there) {
    for (std::uint32_t index = 0; index < set.second; ++index) {
      if (indices.count(index) > 0) continue;
      ShardName& name = missing.emplace_back();
      name.base = set.first;
      name.shard.index = index;
      name.shard.count = set.second;
    }
  }
  return missing;
}

std::string Unlike(const ProgressRecord& a, const ProgressRecord& b) {
  if (Without(a.options, kKeysOption) != Without(b.options, kKeysOption))
    return "were given other options";
  if (a.limits.record_bytes != b.limits.record_bytes)
    return "were given another --record-bytes-max";
  if (a.complete && b.complete && TextsOf(a) != TextsOf(b)) return "have read other files";
  return {};
}

}  // namespace onceload
