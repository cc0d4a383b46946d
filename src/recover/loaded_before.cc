#include "recover/loaded_before.h"

#include <vector>

#include "onceload/core/error.h"
#include "recover/known_texts.h"

namespace onceload {

void RefuseLoadedBefore(const Here& here, const MatchedInputs& matched,
                        const CheckpointStore& store, RunContext& context) {
  if (matched.first_new >= matched.inputs.size()) return;
  KnownTexts texts;
  std::vector<LoadedFile> loaded = store.LoadedFiles(here.blank.topic);
  for (std::size_t i = 0; i < loaded.size(); ++i) {
    const bool others = loaded[i].load_name != here.blank.load_name;
    if (others && loaded[i].file.end->row.value > 0) {
      texts.Add(i, *loaded[i].file.end, loaded[i].file.head);
    }
  }
  for (std::size_t i = matched.first_new; i < matched.inputs.size(); ++i) {
    const InputFile& input = matched.inputs[i];
    if (input.begin) continue;  // a piece of a file that is this load's
    InputText text(input.path, here.match.encoding, context);
    for (const TextMatch& match : texts.FindIn(text, here.match.notice)) {
      if (!match.equal()) continue;
      const LoadedFile& before = loaded[match.id];
      throw Error(ExitCode::kUsage,
                  "topic " + here.blank.topic + " has these " +
                      std::to_string(before.file.end->row.value) + " rows already: load " +
                      before.load_name + " has loaded them from " + before.file.path,
                  input.path, "--again loads them once more");
    }
  }
}

}  // namespace onceload
