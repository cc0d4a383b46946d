#include "onceload/recover/loaded_before.h"

#include <vector>

#include "onceload/core/error.h"
#include "recover/known_texts.h"

namespace onceload {

class LoadedBefore::Impl {
 public:
  Impl(const CheckpointStore& store, const std::string& topic, const std::string& load_name)
      : topic_(topic), loaded_(store.LoadedFiles(topic, load_name)) {
    for (std::size_t i = 0; i < loaded_.size(); ++i) {
      const LoadedFile& before = loaded_[i];
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
                           const std::string& load_name)
    : impl_(std::make_unique<Impl>(store, topic, load_name)) {}
LoadedBefore::~LoadedBefore() = default;

void LoadedBefore::Refuse(const InputFile& file, const MatchRules& rules,
                          RunContext& context) const {
  impl_->Refuse(file, rules, context);
}

}  // namespace onceload
