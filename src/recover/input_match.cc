#include "onceload/recover/input_match.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "onceload/core/error.h"
#include "onceload/core/path_name.h"
#include "recover/candidate_texts.h"
#include "recover/file_names.h"
#include "recover/first_difference.h"
#include "recover/input_text.h"
#include "recover/known_files.h"
#include "recover/match_refusals.h"

namespace onceload {
namespace {

// Which known inputs have it, in their order.
template <typename Key>
using Index = std::unordered_map<Key, std::vector<std::size_t>>;

// What a given file has in common with a known input, the text apart; the most of it last.
enum class Likeness : std::uint8_t { kText, kName, kInode, kPath };

class Matcher {
 public:
  Matcher(const MatchRules& rules, const ProgressRecord& was, const std::vector<InputFile>& given,
          const LedgerChunks& chunks, RunContext& context)
      : rules_(rules),
        was_(was),
        given_(given),
        chunks_(chunks),
        context_(context),
        open_(given.size(), true),
        texts_(rules, context) {
    result_.input_of.assign(given.size(), kNoInput);
    result_.inputs = was.inputs;
    result_.first_new = was.inputs.size();
    known_ = KnownFilesOf(was);
    for (std::size_t k = 0; k < known_.size(); ++k) {
      by_path_[was_.inputs[known_[k].last].path].push_back(k);
    }
  }

  MatchedInputs Run() {
    if (!rules_.check_prefix) MatchByHints();
    // Most starts find all files as they were: then nothing more need be known of them.
    if (std::find(open_.begin(), open_.end(), true) != open_.end()) MatchOpen();
    CheckMissing();
    for (const std::size_t g : fresh_) {
      result_.input_of[g] = result_.inputs.size();
      result_.inputs.push_back(given_[g]);
    }
    Finish();
    return std::move(result_);
  }

 private:
  // What is not told by its hints.
  void MatchOpen() {
    IndexKnown();
    if (!rules_.check_prefix) MatchUnreadByHints();
    if (rules_.audit) {
      if (given_.size() > known_.size()) MatchEqual();
      MatchByName();
    }
    // A file that still has its name is itself before another one of the same text is.
    for (const bool same_name : {true, false}) {
      for (std::size_t g = 0; g < given_.size(); ++g) {
        if (open_[g]) Attempt(g, [&] { MatchByText(g, same_name); });
      }
    }
    MatchUnreadByHead();
    if (rules_.check_prefix) MatchUnreadByHints();
    if (rules_.audit && known_.size() == 1 && given_.size() == 1 && open_[0]) Take(0, 0);
    for (std::size_t g = 0; g < given_.size(); ++g) {
      if (!open_[g]) continue;
      Attempt(g, [&] {
        if (!SettleUnmatched(g)) fresh_.push_back(g);
      });
    }
  }

  // One file that cannot be is no reason to refuse the others, where somebody is told of it.
  template <typename Step>
  void Attempt(std::size_t g, Step&& step) {
    try {
      step();
    } catch (const Error& error) {
      if (!rules_.refused || error.code() == ExitCode::kStopped) throw;
      open_[g] = false;
      result_.input_of[g] = kNoInput;
      rules_.refused(g, error);
    }
  }

  // By all but their paths, which are asked for at each start.
  void IndexKnown() {
    for (std::size_t k = 0; k < known_.size(); ++k) {
      const Known& known = known_[k];
      const InputFile& was = was_.inputs[known.last];
      by_name_[NameOfPath(was.path)].push_back(k);
      ++known_names_[PlainName(was.path)];
      texts_.Add(k, known, was_);
      if (known.loaded.row.value == 0 && !known.finished) IndexUnread(k, was);
    }
    for (const InputFile& file : given_) ++given_names_[PlainName(file.path)];
  }

  void IndexUnread(std::size_t k, const InputFile& was) {
    unread_by_inode_[was.inode].push_back(k);
    unread_by_path_[WithoutPacking(was.path)].push_back(k);
    unread_by_name_[PlainName(was.path)].push_back(k);
  }

  bool SamePath(std::size_t g, std::size_t k) const {
    return given_[g].path == was_.inputs[known_[k].last].path;
  }
  bool SameNameAs(std::size_t g, std::size_t k) const {
    return NameOfPath(given_[g].path) == NameOfPath(was_.inputs[known_[k].last].path);
  }

  Likeness LikenessOf(std::size_t g, std::size_t k) const {
    const InputFile& given = given_[g];
    const InputFile& was = was_.inputs[known_[k].last];
    if (WithoutPacking(given.path) == WithoutPacking(was.path)) return Likeness::kPath;
    if (given.inode == was.inode && given.device == was.device) return Likeness::kInode;
    return PlainName(given.path) == PlainName(was.path) ? Likeness::kName : Likeness::kText;
  }

  void MatchByHints() {
    for (std::size_t g = 0; g < given_.size(); ++g) {
      const auto found = by_path_.find(given_[g].path);
      if (found == by_path_.end()) continue;
      // Of several files that had this path one after the other, the newest.
      const auto same = std::find_if(found->second.rbegin(), found->second.rend(), [&](auto k) {
        return known_[k].taken_by == kNoFile && SameFile(was_.inputs[known_[k].last], given_[g]);
      });
      if (same == found->second.rend()) continue;
      if (!HasRowsLeft(given_[g], known_[*same], rules_)) Take(g, *same);
    }
  }

  // Some of the given files are none, or are others as they were before they grew: then a name says
  // less than a text that is equal.
  void MatchEqual() {
    for (std::size_t g = 0; g < given_.size(); ++g) {
      if (!open_[g]) continue;
      for (const TextMatch& match : CandidatesOf(g).loaded) {
        if (!open_[g] || !match.equal() || known_[match.id].taken_by != kNoFile) continue;
        Take(g, match.id);
      }
    }
  }

  // An audit compares what it is given with what was loaded, however different.
  void MatchByName() {
    for (std::size_t g = 0; g < given_.size(); ++g) {
      if (open_[g]) TakeOnly(g, by_path_, given_[g].path);
    }
    NameCounts names;
    for (const InputFile& file : given_) ++names[NameOfPath(file.path)];
    for (std::size_t g = 0; g < given_.size(); ++g) {
      const std::string name = NameOfPath(given_[g].path);
      if (open_[g] && CountOf(names, name) == 1) TakeOnly(g, by_name_, name);
    }
  }

  const Candidates& CandidatesOf(std::size_t g) { return texts_.Of(g, given_[g]); }

  // Moved, and not touched.
  void MatchUnreadByHints() {
    for (std::size_t g = 0; g < given_.size(); ++g) {
      if (!open_[g]) continue;
      TakeOnly(g, unread_by_inode_, given_[g].inode,
               [&](std::size_t k) { return SameFile(was_.inputs[known_[k].last], given_[g]); });
    }
  }

  // Packed, copied or grown as well, before a row of it was read. Of copies the one that is most
  // like it is it, and the others are new; nothing of any of them is in Kafka.
  void MatchUnreadByHead() {
    if (unread_by_path_.empty()) return;
    constexpr std::array kMostFirst{Likeness::kPath, Likeness::kInode, Likeness::kName,
                                    Likeness::kText};
    for (const Likeness least : kMostFirst) {
      for (std::size_t g = 0; g < given_.size(); ++g) {
        if (open_[g]) TakeUnreadByHead(g, least);
      }
    }
  }

  void TakeUnreadByHead(std::size_t g, Likeness least) {
    const TextMatch* best = nullptr;
    const auto head_bytes = [&](const TextMatch& match) {
      return was_.inputs[known_[match.id].last].head->bytes;
    };
    for (const TextMatch& candidate : CandidatesOf(g).unread) {
      if (known_[candidate.id].taken_by != kNoFile || LikenessOf(g, candidate.id) < least) continue;
      if (best == nullptr || head_bytes(candidate) > head_bytes(*best)) best = &candidate;
    }
    if (best != nullptr) Take(g, best->id);
  }

  // Takes the best of the inputs that no other file is. `same_name`: only one of this name.
  void MatchByText(std::size_t g, bool same_name) {
    const TextMatch* best = nullptr;
    const auto rank = [&](const TextMatch& c) {
      return std::tuple(SamePath(g, c.id), SameNameAs(g, c.id), c.equal(),
                        known_[c.id].loaded.byte.value);
    };
    for (const TextMatch& candidate : CandidatesOf(g).loaded) {
      const Known& known = known_[candidate.id];
      if (known.taken_by != kNoFile) continue;
      const bool named = SamePath(g, candidate.id) || SameNameAs(g, candidate.id);
      if (same_name && !named) continue;
      const bool asked_for = rules_.again && candidate.equal() && known.finished;
      if (asked_for && !SamePath(g, candidate.id)) continue;
      if (best == nullptr || rank(candidate) > rank(*best)) best = &candidate;
    }
    if (best == nullptr) return;
    const TextMatch chosen = *best;
    Tell(g, chosen);
    if (rules_.watched && chosen.equal() && known_[chosen.id].finished) return TakeCopy(g, chosen);
    Take(g, chosen.id);
    if (chosen.facts.next) GoOn(g, chosen);
  }

  void Tell(std::size_t g, const TextMatch& candidate) {
    const Known& known = known_[candidate.id];
    const std::string& path = was_.inputs[known.last].path;
    if (SamePath(g, candidate.id) || rules_.audit) return;
    if (!candidate.equal() || !known.finished) {
      Remark(g, candidate.id,
             known.finished ? MatchRemark::As::kGrown : MatchRemark::As::kUnfinished,
             " is " + path + ", of which " + Rows(known.loaded) +
                 " were loaded: going on behind them");
      return;
    }
    ++result_.known_elsewhere;
    Remark(g, candidate.id, MatchRemark::As::kFinished,
           " is " + path + ", loaded before (" + Rows(known.loaded) +
               "): nothing of it is loaded again");
  }

  void Remark(std::size_t g, std::size_t k, MatchRemark::As as, const std::string& text) {
    const std::string& path = given_[g].path;
    result_.remarks.push_back({path, was_.inputs[known_[k].last].path, as, path + text});
  }

  // Takes the only known input of this key that no other file is.
  template <typename Key, typename Fits = bool (*)(std::size_t)>
  bool TakeOnly(
      std::size_t g, const Index<Key>& index, const std::type_identity_t<Key>& key,
      Fits&& fits = [](std::size_t) { return true; }) {
    const auto found = index.find(key);
    if (found == index.end()) return false;
    std::size_t only = kNoFile;
    for (const std::size_t k : found->second) {
      if (known_[k].taken_by != kNoFile || !fits(k)) continue;
      if (only != kNoFile) return false;
      only = k;
    }
    if (only != kNoFile) Take(g, only);
    return only != kNoFile;
  }

  // The known one may be there as well, or may have been moved away by this very load.
  void TakeCopy(std::size_t g, const TextMatch& match) {
    Known& known = known_[match.id];
    if (known.taken_by == kNoFile) known.taken_by = g;
    open_[g] = false;
    result_.input_of[g] = known.last;
  }

  // The given file is the known one from now on: its hints follow.
  void Take(std::size_t g, std::size_t k) {
    Known& known = known_[k];
    known.taken_by = g;
    open_[g] = false;
    result_.input_of[g] = known.last;
    for (const std::size_t i : known.pieces) {
      InputFile& input = result_.inputs[i];
      const InputFile before = std::move(input);
      input = given_[g];
      input.begin = before.begin;
      input.end = before.end;
      // Not that of an unread one, which names may have found: it may be another text's.
      if (!input.head && known.loaded.row.value > 0) input.head = before.head;
      // Its messages go on to call it what they called it before.
      const std::string name = before.name.empty() ? NameOfPath(before.path) : before.name;
      input.name = name == NameOfPath(input.path) ? "" : name;
    }
  }

  // There is more of it than was loaded.
  void GoOn(std::size_t g, const TextMatch& candidate) {
    const Known& known = known_[candidate.id];
    if (!rules_.audit) CheckSeam(g, known.loaded, candidate.facts);
    if (!known.finished || rules_.audit) return;
    if (known.last == was_.position.file) {
      result_.inputs[known.last].end.reset();
      return;
    }
    // Rows of later files lie behind its own: what has come since is a piece of its own.
    InputFile piece = result_.inputs[known.last];
    piece.begin = known.loaded;
    piece.begin->file = static_cast<std::uint32_t>(known.last);
    piece.end.reset();
    result_.input_of[g] = result_.inputs.size();
    result_.inputs.push_back(std::move(piece));
  }

  void CheckSeam(std::size_t g, const InputPosition& loaded, const PrefixFacts& facts) const {
    const auto ends_record = [](char c) { return c == '\n' || c == '\r'; };
    if (loaded.row.value == 0 || ends_record(facts.last) || ends_record(*facts.next)) return;
    throw SeamError(given_[g].path, loaded);
  }

  // No known input that is still to be had has this text. True: taken after all; false: it is new.
  bool SettleUnmatched(std::size_t g) {
    if (rules_.audit) return TakeCopyForAudit(g);
    if (const Candidates& like = CandidatesOf(g); !rules_.again && !like.loaded.empty()) {
      const TextMatch& twin = like.loaded.front();
      if (!rules_.watched || !twin.equal()) RefuseTwin(g, twin);
      Tell(g, twin);
      TakeCopy(g, twin);
      return true;
    }
    // Before any likeness of names: another text under a loaded file's path may be that file
    // edited, and taken for an unread one its rows would be doubled.
    const auto path = by_path_.find(given_[g].path);
    if (path != by_path_.end()) {
      for (auto k = path->second.rbegin(); k != path->second.rend(); ++k) {
        if (known_[*k].taken_by == kNoFile) return SettleSamePath(g, *k);
      }
    }
    if (TakeUnreadByName(g)) return true;
    NoteSameName(g);
    return false;
  }

  // A text that is loaded once, however often it lies there.
  bool TakeCopyForAudit(std::size_t g) {
    const Candidates& like = CandidatesOf(g);
    for (const std::vector<TextMatch>* matches : {&like.loaded, &like.older}) {
      for (const TextMatch& match : *matches) {
        const Known& known = known_[match.id];
        if (!match.equal() || known.taken_by == kNoFile) continue;
        Remark(g, match.id, MatchRemark::As::kFinished,
               " has rows of " + given_[known.taken_by].path + ", which count once");
        TakeCopy(g, match);
        return true;
      }
    }
    return false;
  }

  // Changed before a row of it was read, or packed or moved while it had none, or by a load that
  // has kept no head of it: where nothing is loaded nothing can be doubled, so names may decide.
  // The last part of a path decides only where it is the only one of its kind: among folders that
  // all hold a part-0.csv, each new one would hide one that is missing.
  bool TakeUnreadByName(std::size_t g) {
    const std::string path = WithoutPacking(given_[g].path);
    if (TakeOnly(g, unread_by_path_, path)) return true;
    const std::string name = NameOfPath(path);
    if (CountOf(known_names_, name) != 1 || CountOf(given_names_, name) != 1) return false;
    return TakeOnly(g, unread_by_name_, name);
  }

  [[noreturn]] void RefuseTwin(std::size_t g, const TextMatch& candidate) const {
    const Known& known = known_[candidate.id];
    throw TwinError(given_[g].path, given_[known.taken_by].path, candidate.equal(), known.loaded);
  }

  bool SettleSamePath(std::size_t g, std::size_t k) {
    const Known& known = known_[k];
    if (known.loaded.row.value == 0) {  // nothing of it is in Kafka
      if (!known.finished) Take(g, k);
      return !known.finished;
    }
    if (!known.finished) RefuseChanged(g, known);
    if (rules_.rotated) return false;
    if (rules_.same_name == SameName::kRefuse) {
      throw SamePathError(given_[g].path, "a file that was loaded (" + Rows(known.loaded) + ")",
                          FirstDifference(g, known));
    }
    Remark(g, k, MatchRemark::As::kNew,
           " has the name of a file that was loaded, and another text: loading it as a new file");
    return false;
  }

  // Told of, or refused: a name alone makes no file a known one of which rows are loaded.
  void NoteSameName(std::size_t g) {
    const auto name = by_name_.find(NameOfPath(given_[g].path));
    if (name == by_name_.end()) return;
    // None of those that are dropped comes into question again: thousands may have one name.
    std::vector<std::size_t>& left = name->second;
    const auto is_settled = [&](std::size_t k) {
      return known_[k].taken_by != kNoFile || known_[k].loaded.row.value == 0;
    };
    while (!left.empty() && is_settled(left.back())) left.pop_back();
    if (left.empty()) return;
    const Known& known = known_[left.back()];
    if (!known.finished) RefuseChanged(g, known);
    if (rules_.rotated) return;
    Remark(g, left.back(), MatchRemark::As::kNew,
           " has the name of " + was_.inputs[known.last].path +
               ", which was loaded, and another text: loading it as a new file");
  }

  [[noreturn]] void RefuseChanged(std::size_t g, const Known& known) {
    const SourceFile file(given_[g].path, rules_.encoding);
    if (file.plain() && file.identity().size < known.loaded.byte.value) {
      throw ShorterError(file, known.loaded);
    }
    throw ChangedError(file, known.loaded, FirstDifference(g, known));
  }

  std::string FirstDifference(std::size_t g, const Known& known) {
    InputText text(given_[g].path, rules_.encoding, context_);
    return FirstOtherChunk(text, known.pieces, chunks_());
  }

  void CheckMissing() {
    if (rules_.audit) return;
    for (const Known& known : known_) {
      if (known.taken_by != kNoFile || known.finished) continue;
      if (rules_.watched && known.loaded.row.value == 0) {
        EndUnread(known);
        continue;
      }
      throw MissingError(was_.inputs[known.last].path, was_.load_name);
    }
  }

  // Its file has gone before a row of it was read, as its owner may have meant.
  void EndUnread(const Known& known) {
    InputFile& input = result_.inputs[known.last];
    InputPosition end;
    end.file = static_cast<std::uint32_t>(known.last);
    input.end = end;
    result_.remarks.push_back({input.path, input.path, MatchRemark::As::kGone,
                               input.path + " is gone; no row of it was loaded"});
  }

  void Finish() {
    result_.given.assign(result_.inputs.size(), true);
    for (const Known& known : known_) {
      for (const std::size_t i : known.pieces) result_.given[i] = known.taken_by != kNoFile;
    }
    for (InputFile& input : result_.inputs) {
      if (input.end && input.head && !input.head->full()) input.head.reset();
    }
  }

  const MatchRules& rules_;
  const ProgressRecord& was_;
  const std::vector<InputFile>& given_;
  const LedgerChunks& chunks_;
  RunContext& context_;
  std::vector<bool> open_;          // by given file: it is no known input yet
  std::vector<std::size_t> fresh_;  // given files that are none
  std::vector<Known> known_;
  Index<std::string_view> by_path_;
  Index<std::string> by_name_;
  NameCounts known_names_;  // without packing
  NameCounts given_names_;
  CandidateTexts texts_;
  // Known inputs without a loaded row. Paths and names without packing.
  Index<std::uint64_t> unread_by_inode_;
  Index<std::string> unread_by_path_;
  Index<std::string> unread_by_name_;
  MatchedInputs result_;
};

}  // namespace

std::string_view NameOf(MatchRemark::As as) {
  constexpr std::array<std::string_view, 5> kNames{"finished", "unfinished", "grown", "new",
                                                   "gone"};
  return kNames[static_cast<std::size_t>(as)];
}

MatchedInputs MatchInputs(const MatchRules& rules, const ProgressRecord& was,
                          const std::vector<InputFile>& given, const LedgerChunks& chunks,
                          RunContext& context) {
  return Matcher(rules, was, given, chunks, context).Run();
}

}  // namespace onceload
