// A given file's text, read as little as is needed to compare it with known inputs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/core/run_context.h"
#include "onceload/source/prefix_hasher.h"
#include "onceload/source/source_file.h"

namespace onceload {

// What a file's text is beside a known prefix of `length` bytes.
struct PrefixFacts {
  bool whole = false;             // the text has as many bytes
  PrefixFingerprint fingerprint;  // of them
  char last = '\n';               // the byte before `length`
  std::optional<char> next;       // the byte behind; nullopt: the text ends there
};

// Used by one thread. Opens the file at the first question. Throws as SourceFile; Error(kStopped)
// after a signal.
class InputText {
 public:
  // References outlive it.
  InputText(const std::string& path, Encoding encoding, RunContext& context)
      : path_(path), encoding_(encoding), context_(context) {}

  // The first kHeadBytes, or all there is.
  const std::string& head();
  // Of a full head; nullopt: the text is shorter.
  std::optional<Digest> head_key();

  // Facts of the prefixes of these lengths, in one pass. REQUIRES: ascending.
  std::vector<PrefixFacts> Prefixes(const std::vector<std::uint64_t>& lengths);

  const SourceFile& file();

 private:
  std::size_t Read(PrefixHasher& hasher, std::span<char> into);

  const std::string path_;
  const Encoding encoding_;
  RunContext& context_;
  std::optional<SourceFile> file_;
  std::optional<std::string> head_;
  char last_ = '\n';
};

}  // namespace onceload
