#include "onceload/recover/finished_texts.h"

#include <algorithm>
#include <string_view>

#include "onceload/source/prefix_hasher.h"
#include "recover/input_text.h"
#include "recover/match_refusals.h"

namespace onceload {
namespace {

bool EndsRecord(char c) { return c == '\n' || c == '\r'; }

FinishedMatch MatchOf(const FinishedKey& key, char last, std::optional<char> next) {
  return {key, !next, EndsRecord(last) || (next && EndsRecord(*next))};
}

// What lies before `first` is sorted.
template <typename T>
void SortFrom(std::ptrdiff_t first, std::vector<T>& list) {
  std::sort(list.begin() + first, list.end());
  std::inplace_merge(list.begin(), list.begin() + first, list.end());
}

}  // namespace

void FinishedTexts::Add(const FinishedInputs& finished) {
  const auto shorts = static_cast<std::ptrdiff_t>(short_.size());
  const auto files = static_cast<std::ptrdiff_t>(hints_.size());
  for (; pages_ < finished.pages.size(); ++pages_) {
    kept_.push_back(finished.pages[pages_]);
    for (const FinishedKey& key : *kept_.back()) {
      hints_.push_back(key.hint);
      paths_.push_back(key.path.value);
      if (key.rows == 0) continue;  // a header alone is what many files begin with
      if (key.bytes < kHeadBytes) {
        short_.push_back({key.bytes, key.tail.value, &key});
      } else {
        by_head_.emplace(key.head.value, &key);
      }
    }
  }
  SortFrom(shorts, short_);
  SortFrom(files, hints_);
  SortFrom(files, paths_);
}

bool FinishedTexts::HasHint(const InputFile& file) const {
  return std::binary_search(hints_.begin(), hints_.end(), HintOf(file));
}

bool FinishedTexts::HasPath(const InputFile& file) const {
  return std::binary_search(paths_.begin(), paths_.end(), DigestOf(file.path).value);
}

std::optional<FinishedMatch> FinishedTexts::FindIn(const InputFile& file, Encoding encoding,
                                                   RunContext& context) const {
  if (pages_ == 0) return std::nullopt;
  InputText text(file.path, encoding, context);
  std::optional<FinishedMatch> longest;
  const std::string_view head = text.head();
  PrefixHasher hasher;
  for (auto at = short_.begin(); at != short_.end() && at->bytes <= head.size();) {
    const std::uint64_t length = at->bytes;
    const std::uint64_t before = hasher.length().value;
    hasher.Update(head.substr(before, length - before));
    const Short wanted{length, hasher.fingerprint().tail.value, nullptr};
    const auto found = std::lower_bound(at, short_.end(), wanted);
    if (found != short_.end() && found->bytes == length && found->tail == wanted.tail) {
      const std::optional<char> next =
          length < head.size() ? std::optional(head[length]) : std::nullopt;
      longest = MatchOf(*found->key, head[length - 1], next);
    }
    at = std::lower_bound(found, short_.end(), Short{length + 1, 0, nullptr});
  }
  const std::optional<Digest> key = text.head_key();
  if (!key) return longest;
  std::vector<const FinishedKey*> possible;
  const auto [first, last] = by_head_.equal_range(key->value);
  for (auto at = first; at != last; ++at) possible.push_back(at->second);
  std::sort(possible.begin(), possible.end(),
            [](const FinishedKey* a, const FinishedKey* b) { return a->bytes < b->bytes; });
  std::vector<std::uint64_t> lengths;
  for (const FinishedKey* known : possible) lengths.push_back(known->bytes);
  const std::vector<PrefixFacts> facts = text.Prefixes(lengths);
  for (std::size_t i = 0; i < possible.size(); ++i) {
    const PrefixFingerprint is{possible[i]->blocks, possible[i]->tail};
    if (!facts[i].whole || facts[i].fingerprint != is) continue;
    longest = MatchOf(*possible[i], facts[i].last, facts[i].next);
  }
  return longest;
}

bool FinishedTexts::IsNew(InputFile& file, const MatchRules& rules, RunContext& context) const {
  if (pages_ == 0 || rules.again) return true;
  if (!rules.check_prefix && HasHint(file)) return false;
  const std::optional<FinishedMatch> match = FindIn(file, rules.encoding, context);
  if (!match) {
    if (rules.rotated || rules.same_name == SameName::kNew || !HasPath(file)) return true;
    throw SamePathError(file.path, "a file that was loaded", "");
  }
  const FinishedKey& key = match->key;
  if (match->equal) return false;
  InputPosition end{kKeptAsKey, ByteOffset{key.bytes}, RowNumber{key.rows}, 0,
                    PrefixFingerprint{key.blocks, key.tail}};
  if (!match->at_row_end) throw SeamError(file.path, end);
  file.begin = end;
  return true;
}

}  // namespace onceload
