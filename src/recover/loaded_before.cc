#include "onceload/recover/loaded_before.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "onceload/core/error.h"
#include "onceload/source/shard_name.h"
#include "recover/known_texts.h"

namespace onceload {

namespace {

// Another shard of the same files, which has taken the rows of other keys.
bool HasOtherKeys(const CheckpointStore& store, const std::string& other, const ShardName& shard) {
  const std::optional<ShardName> name = ShardNameOf(other);
  if (!name || name->base != shard.base || name->shard.count != shard.shard.count) return false;
  const std::optional<LedgerState> known = store.Find(other);
  return known && std::any_of(known->last.options.begin(), known->last.options.end(),
                              [](const auto& option) { return option.first == kKeysOption; });
}

}  // namespace

class LoadedBefore::Impl {
 public:
  Impl(const CheckpointStore& store, const std::string& topic, const std::string& load_name,
       bool by_key)
      : topic_(topic), loaded_(store.LoadedFiles(topic, load_name)) {
    const std::optional<ShardName> shard = by_key ? ShardNameOf(load_name) : std::nullopt;
    std::map<std::string, bool> has_other_keys;  // by load
    for (std::size_t i = 0; i < loaded_.size(); ++i) {
      const LoadedFile& before = loaded_[i];
      const auto [other, fresh] = has_other_keys.try_emplace(before.load_name, false);
      if (fresh && shard) other->second = HasOtherKeys(store, before.load_name, *shard);
      if (other->second) continue;
      if (before.file.end->row.value > 0) {
        texts_.Add(i, *before.file.end, before.file.head);
      }
    }
  }

  void Refuse(const InputFile& file, const MatchRules& rules, RunContext& context) const {
    InputText text(file.path, rules.encoding, context);
    for (const TextMatch& match : texts_.FindIn(text, rules.notice)) {
      if (!match.equal()) continue;
      const LoadedFile& before = loaded_[match.id];
      throw Error(ExitCode::kUsage,
                  "topic " + topic_ + " has these " + std::to_string(before.file.end->row.value) +
                      " rows already: load " + before.load_name + " has loaded them from " +
                      before.file.path,
                  file.path, "--again loads them once more");
    }
  }

 private:
  const std::string topic_;
  const std::vector<LoadedFile> loaded_;
  KnownTexts texts_;
};

LoadedBefore::LoadedBefore(const CheckpointStore& store, const std::string& topic,
                           const std::string& load_name, bool by_key)
    : impl_(std::make_unique<Impl>(store, topic, load_name, by_key)) {}
LoadedBefore::~LoadedBefore() = default;

void LoadedBefore::Refuse(const InputFile& file, const MatchRules& rules,
                          RunContext& context) const {
  impl_->Refuse(file, rules, context);
}

}  // namespace onceload
