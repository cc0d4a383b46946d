#include "onceload/recover/loaded_before.h"

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
  return known && OptionOf(known->last.options, kKeysOption) != nullptr;
}

}  // namespace

class LoadedBefore::Impl {
 public:
  Impl(const CheckpointStore& store, const std::string& topic, const std::string& load_name,
       bool by_key)
      : topic_(topic), shard_(by_key ? ShardNameOf(load_name) : std::nullopt) {
    for (const LoadedFile& before : store.LoadedFiles(topic, load_name)) {
      if (!IsShare(store, before.load_name)) Add(before.load_name, before.file, *before.file.end);
    }
    for (const ProgressRecord& load : store.Unfinished(topic, load_name)) {
      if (load.rows() > 0 && !IsShare(store, load.load_name)) AddUnfinished(load);
    }
  }

  void Refuse(const InputFile& file, const MatchRules& rules, RunContext& context) const {
    if (const auto found = unread_.find(HintOf(file)); found != unread_.end()) {
      throw Error(ExitCode::kUsage,
                  "load " + found->second + " is to load this file into topic " + topic_ +
                      " as well, and has not ended",
                  file.path, "go on with --name " + found->second + "; " + kAgain);
    }
    InputText text(file.path, rules.encoding, context);
    const Known* known = nullptr;
    bool equal = false;
    for (const TextMatch& match : texts_.FindIn(text, rules.notice)) {
      if (known != nullptr && known->rows >= known_[match.id].rows) continue;
      known = &known_[match.id];
      equal = match.equal();
    }
    if (known == nullptr) return;
    const std::string rows = std::to_string(known->rows) + " rows already: load " + known->load;
    throw Error(
        ExitCode::kUsage,
        "topic " + topic_ + (equal ? " has these " : " has this file's first ") + rows +
            " has loaded them from " + known->path + (known->ended ? "" : ", and has not ended"),
        file.path,
        (equal && known->ended ? "" : "go on behind them with --name " + known->load + "; ") +
            kAgain);
  }

 private:
  static constexpr char kAgain[] = "--again loads them once more";

  struct Known {
    std::string load;
    std::string path;
    std::uint64_t rows = 0;
    bool ended = false;
  };

  bool IsShare(const CheckpointStore& store, const std::string& load) {
    if (!shard_) return false;
    const auto [known, fresh] = shares_.try_emplace(load, false);
    if (fresh) known->second = HasOtherKeys(store, load, *shard_);
    return known->second;
  }

  // What a load has of this file lies before `end`. A header alone is what many files begin with.
  void Add(const std::string& load, const InputFile& file, const InputPosition& end) {
    if (end.row.value == 0) return;
    texts_.Add(known_.size(), end, file.head);
    known_.push_back({load, file.path, end.row.value, file.end.has_value()});
  }

  void AddUnfinished(const ProgressRecord& load) {
    for (std::size_t i = load.position.file; i < load.inputs.size(); ++i) {
      const InputFile& file = load.inputs[i];
      if (file.end) continue;
      const bool here = i == load.position.file;
      if (here) Add(load.load_name, file, load.position);
      if (!here || load.position.row.value == 0) unread_.emplace(HintOf(file), load.load_name);
    }
  }

  const std::string topic_;
  const std::optional<ShardName> shard_;
  std::map<std::string, bool> shares_;  // by load: whether it is another shard by key
  std::vector<Known> known_;
  KnownTexts texts_;                             // of known_
  std::map<std::uint64_t, std::string> unread_;  // HintOf() files, and the loads that have them
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
