#include "recover/input_text.h"

#include <algorithm>
#include <span>

#include "onceload/core/error.h"

namespace onceload {

const SourceFile& InputText::file() {
  if (!file_) file_.emplace(path_, encoding_);
  return *file_;
}

const std::string& InputText::head() {
  if (!head_) head_ = HeadTextOf(file());
  return *head_;
}

std::optional<Digest> InputText::head_key() {
  return head().size() == kHeadBytes ? std::optional(DigestOf(head())) : std::nullopt;
}

std::vector<PrefixFacts> InputText::Prefixes(const std::vector<std::uint64_t>& lengths) {
  std::vector<PrefixFacts> facts(lengths.size());
  PrefixHasher hasher;
  std::vector<char> block(kFingerprintBlock);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    PrefixFacts& at = facts[i];
    while (hasher.length().value < lengths[i]) {
      const std::uint64_t left = lengths[i] - hasher.length().value;
      const std::size_t got =
          Read(hasher, std::span(block).first(std::min<std::uint64_t>(left, block.size())));
      if (got == 0) return facts;  // shorter, and so are the longer prefixes
      last_ = block[got - 1];
    }
    at.whole = true;
    at.fingerprint = hasher.fingerprint();
    at.last = last_;
    // Read on, not again: the text of a packed file is read forward only.
    char next = 0;
    if (Read(hasher, std::span(&next, 1)) == 0) return facts;
    at.next = last_ = next;
  }
  return facts;
}

std::size_t InputText::Read(PrefixHasher& hasher, std::span<char> into) {
  if (context_.stop) {
    throw Error(ExitCode::kStopped, "stopped by a signal while the input was compared", path_,
                "nothing is lost: run the same command again");
  }
  try {
    const std::size_t got = file().ReadAt(hasher.length(), into);
    hasher.Update({into.data(), got});
    return got;
  } catch (const Error& error) {
    if (error.code() != ExitCode::kInput) throw;
    return 0;  // a damaged archive: to be compared is what can be read
  }
}

}  // namespace onceload
