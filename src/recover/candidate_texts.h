// The known inputs that a given file begins with.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "onceload/recover/input_match.h"
#include "recover/known_files.h"
#include "recover/known_texts.h"

namespace onceload {

// Ids are indexes of known files.
struct Candidates {
  std::vector<TextMatch> loaded;  // with what was loaded of them
  std::vector<TextMatch> older;   // with what had been loaded of them before they grew
  std::vector<TextMatch> unread;  // of those without a loaded row: with their head
};

// Reads as little of a file as can be, and once. Used by one thread.
class CandidateTexts {
 public:
  // References outlive it.
  CandidateTexts(const MatchRules& rules, RunContext& context) : rules_(rules), context_(context) {}

  // A header alone is what many files begin with, and nothing of it is in Kafka: of a file without
  // a loaded row only its head counts.
  void Add(std::size_t id, const Known& known, const ProgressRecord& load);

  // `g`: the given file's number. Valid as long as this.
  const Candidates& Of(std::size_t g, const InputFile& given);

 private:
  const MatchRules& rules_;
  RunContext& context_;
  KnownTexts loaded_;
  KnownTexts older_;
  KnownTexts unread_;
  std::unordered_map<std::size_t, Candidates> found_;  // by given file
};

}  // namespace onceload
