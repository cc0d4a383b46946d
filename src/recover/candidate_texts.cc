#include "recover/candidate_texts.h"

#include "recover/input_text.h"

namespace onceload {

void CandidateTexts::Add(std::size_t id, const Known& known, const ProgressRecord& load) {
  const std::optional<HeadKey>& head = load.inputs[known.last].head;
  // Of a share of the keys all rows of a file may be others'.
  const bool passed_over =
      known.loaded.empty_lines > 0 && OptionOf(load.options, kKeysOption) != nullptr;
  if (known.loaded.row.value == 0 && !(known.finished && passed_over)) {
    if (!known.finished && head) unread_.Add(id, *head);
    return;
  }
  loaded_.Add(id, known.loaded, head);
  for (const std::size_t piece : known.pieces) {
    const std::optional<InputPosition>& begin = load.inputs[piece].begin;
    if (begin) older_.Add(id, *begin, head);
  }
}

const Candidates& CandidateTexts::Of(std::size_t g, const InputFile& given) {
  const auto [at, fresh] = found_.try_emplace(g);
  if (!fresh) return at->second;
  InputText text(given.path, rules_.encoding, context_);
  at->second.loaded = loaded_.FindIn(text, rules_.notice);
  at->second.unread = unread_.FindIn(text, rules_.notice);
  if (rules_.audit) at->second.older = older_.FindIn(text, rules_.notice);
  return at->second;
}

}  // namespace onceload
