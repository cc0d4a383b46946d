// Texts that a load has finished with long ago, to be found again among hundreds of thousands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/core/run_context.h"
#include "onceload/recover/input_match.h"
#include "onceload/source/source_file.h"

namespace onceload {

// A text that a file begins with.
struct FinishedMatch {
  FinishedKey key;
  bool equal = false;       // nothing comes behind it
  bool at_row_end = false;  // it ends in a record end, or one comes behind it
};

// Used by one thread.
class FinishedTexts {
 public:
  // Adds the pages that have come since the last call.
  void Add(const FinishedInputs& finished);

  // By the hints of one of them, or by its path alone.
  bool HasHint(const InputFile& file) const;
  bool HasPath(const InputFile& file) const;

  // Whether rows of a file that is no other input are to be loaded. Of one that has grown, behind
  // the old end: `file` becomes a further piece then. Throws Error(kInput) as MatchInputs() does,
  // and what FindIn() throws.
  bool IsNew(InputFile& file, const MatchRules& rules, RunContext& context) const;

  // The longest that the file begins with, if it had rows. Reads beyond the file's first block only
  // where that agrees. Throws as SourceFile; Error(kStopped) after a signal.
  std::optional<FinishedMatch> FindIn(const InputFile& file, Encoding encoding,
                                      RunContext& context) const;

 private:
  // Sorted by length, then by digest: two numbers and a pointer each, where maps would take three
  // times as much and as long to fill.
  struct Short {
    std::uint64_t bytes = 0;
    std::uint64_t tail = 0;
    const FinishedKey* key = nullptr;
    bool operator<(const Short& other) const {
      return bytes != other.bytes ? bytes < other.bytes : tail < other.tail;
    }
  };

  std::size_t pages_ = 0;
  std::vector<std::uint64_t> hints_;  // sorted, as are the next
  std::vector<std::uint64_t> paths_;
  std::vector<std::shared_ptr<const FinishedPage>> kept_;
  std::vector<Short> short_;
  std::unordered_multimap<std::uint64_t, const FinishedKey*> by_head_;
};

}  // namespace onceload
