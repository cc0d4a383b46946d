#include "recover/known_texts.h"

#include <algorithm>

namespace onceload {
namespace {

// Shorter prefixes are compared before a person could read that they are.
constexpr std::uint64_t kNoticeBytes = std::uint64_t{256} << 20;

}  // namespace

void KnownTexts::Add(std::size_t id, const InputPosition& loaded,
                     const std::optional<HeadKey>& head) {
  const std::uint64_t length = loaded.byte.value;
  if (length == 0) return;
  // One block has a tail and no chain of blocks before it.
  static_assert(kHeadBytes <= kFingerprintBlock);
  if (length < kHeadBytes) {
    short_[length][loaded.prefix.tail.value].push_back(id);
  } else if (head && head->full()) {
    by_head_[head->digest.value].push_back({id, length, loaded.prefix});
  } else {
    without_head_.push_back({id, length, loaded.prefix});
  }
}

void KnownTexts::Add(std::size_t id, const HeadKey& head) {
  InputPosition known;
  known.byte = ByteOffset{head.bytes};
  known.prefix.tail = head.digest;  // shorter than a block
  Add(id, known, head);
}

std::vector<TextMatch> KnownTexts::FindIn(
    InputText& text, const std::function<void(const std::string&)>& notice) const {
  std::vector<TextMatch> matches;
  if (!short_.empty()) FindShort(text, matches);
  if (!by_head_.empty() || !without_head_.empty()) FindLong(text, notice, matches);
  return matches;
}

void KnownTexts::FindShort(InputText& text, std::vector<TextMatch>& matches) const {
  const std::string_view head = text.head();
  PrefixHasher hasher;
  for (const auto& [length, by_tail] : short_) {
    if (length > head.size()) return;
    const std::uint64_t before = hasher.length().value;
    hasher.Update(head.substr(before, length - before));
    const auto found = by_tail.find(hasher.fingerprint().tail.value);
    if (found == by_tail.end()) continue;
    PrefixFacts facts;
    facts.whole = true;
    facts.last = head[length - 1];
    if (length < head.size()) facts.next = head[length];
    for (const std::size_t id : found->second) matches.push_back({id, facts});
  }
}

void KnownTexts::FindLong(InputText& text, const std::function<void(const std::string&)>& notice,
                          std::vector<TextMatch>& matches) const {
  const std::optional<Digest> key = text.head_key();
  if (!key) return;
  std::vector<Text> possible = without_head_;
  if (const auto found = by_head_.find(key->value); found != by_head_.end()) {
    possible.insert(possible.end(), found->second.begin(), found->second.end());
  }
  if (text.file().plain()) {
    std::erase_if(possible, [size = text.file().identity().size](const Text& known) {
      return known.length > size;
    });
  }
  if (possible.empty()) return;
  std::sort(possible.begin(), possible.end(),
            [](const Text& a, const Text& b) { return a.length < b.length; });
  std::vector<std::uint64_t> lengths;
  for (const Text& known : possible) {
    if (lengths.empty() || lengths.back() != known.length) lengths.push_back(known.length);
  }
  if (lengths.back() >= kNoticeBytes && notice) {
    notice("comparing the first " + std::to_string(lengths.back()) + " bytes of " +
           text.file().path() + " with what was loaded");
  }
  const std::vector<PrefixFacts> facts = text.Prefixes(lengths);
  std::size_t at = 0;
  for (const Text& known : possible) {
    while (lengths[at] != known.length) ++at;
    if (facts[at].whole && facts[at].fingerprint == known.fingerprint) {
      matches.push_back({known.id, facts[at]});
    }
  }
}

}  // namespace onceload
