#include "onceload/watch/folder_feed.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "onceload/core/digest.h"
#include "onceload/core/error.h"
#include "onceload/core/utf8.h"
#include "onceload/csv/csv_header.h"
#include "onceload/encode/row_layout.h"
#include "onceload/recover/finished_texts.h"
#include "onceload/recover/loaded_before.h"
#include "onceload/source/passed_over.h"
#include "onceload/source/prefix_hasher.h"
#include "watch/file_disposal.h"
#include "watch/ready_files.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

// Told once a path; so many are remembered.
constexpr std::size_t kToldMost = 10'000;

class Feed final : public FolderFeed {
 public:
  Feed(const FeedParts& parts, const FeedSettings& settings)
      : parts_(parts),
        settings_(settings),
        ready_(settings.watch.ready),
        disposal_(settings.watch, ready_, parts.context, parts.events),
        left_out_{settings.watch.after.folder, settings.watch.failed},
        others_(parts.store, settings.topic, settings.load_name) {}

  void SetEncoding(const FrozenEncoding& encoding) override { encoding_ = encoding; }
  std::optional<std::vector<std::string>> LookForFirst(const FrozenEncoding& encoding) override;

  std::vector<InputFile> Begin(const std::optional<ProgressRecord>& was) override;
  FileRange Look(ProgressRecord& at) override;
  void Fail(const ProgressRecord& at, std::size_t file, const Error& error) override;
  void Settle(const ProgressRecord& at) override;

 private:
  std::vector<InputFile> Files();
  bool IsTime();
  void TellListing(const FolderListing& listing);
  std::vector<InputFile> ReadyOnes(const std::vector<InputFile>& files, const ProgressRecord& at);
  bool IsSettled(const InputFile& file, const ProgressRecord& at);
  std::optional<InputFile> LookAt(const InputFile& file);
  std::optional<InputFile> Opened(const InputFile& file);
  std::vector<InputFile> Unfinished(const ProgressRecord& was, const std::vector<InputFile>& files);
  bool IsNew(InputFile& file, const MatchRules& rules);
  FileRange WithKeys(FileRange fresh, std::size_t before, ProgressRecord& at);
  void Prove(const ProgressRecord& at);
  void ProveAll(const ProgressRecord& at);
  FileRange Add(std::vector<InputFile> given, ProgressRecord& at);
  void Refuse(const InputFile& file, const Error& error);
  void PassOver(const std::string& path, const std::string& reason);
  bool TellOnce(const std::string& text);

  const FeedParts parts_;
  const FeedSettings settings_;
  FrozenEncoding encoding_;
  ReadyFiles ready_;
  FileDisposal disposal_;
  const std::vector<std::string> left_out_;
  const LoadedBefore others_;
  FinishedTexts finished_;
  std::optional<Duration> looked_at_;
  bool look_again_ = false;  // there is more than a round takes
  std::optional<InputFile> first_;
  std::unordered_set<std::uint64_t> settled_;        // HintOf() files that are finished with
  std::unordered_map<std::uint64_t, Error> failed_;  // HintOf() files that cannot be read on
  bool all_proven_ = false;                          // from the load's begin
  std::optional<ProgressRecord> proven_;             // up to where, if that is asked for
  std::set<std::string> told_;
  std::set<std::string> away_;  // folders
};

// nullopt where it is not ready to be told apart: it is gone, or has no header yet. Throws what
// refuses it.
std::optional<InputFile> Feed::Opened(const InputFile& file) {
  const SourceFile source(file.path, encoding_.encoding);
  std::array<char, 4> begin{};
  const std::size_t size = source.ReadAt(ByteOffset{0}, begin);
  const std::string_view text(begin.data(), size);
  if (text.empty() || text == kByteOrderMark) {
    PassOver(file.path, "it is empty");
    return std::nullopt;
  }
  const auto header = FindHeader(source, encoding_.dialect, settings_.record_bytes_max);
  if (!header) {
    PassOver(file.path, "it has nothing but empty lines");
    return std::nullopt;
  }
  if (!encoding_.columns.empty()) {
    static_cast<void>(
        LayoutOf(encoding_.columns, header->names, settings_.union_columns, file.path));
  } else {
    encoding_.columns = header->names;
  }
  InputFile input = source.identity();
  input.coding = source.coding();
  input.head = HeadOf(source, header->end.byte);
  return input;
}

std::optional<InputFile> Feed::LookAt(const InputFile& file) {
  try {
    return Opened(file);
  } catch (const Error& error) {
    if (error.code() != ExitCode::kInput) throw;
    Refuse(file, error);
    return std::nullopt;
  }
}

// A file of which no row is loaded. Throws if that ends the run.
void Feed::Refuse(const InputFile& file, const Error& error) {
  if (!SourceFile::IdentityOf(file.path)) return;  // gone meanwhile: nothing is refused
  if (!disposal_.MovesFailed()) throw Error(error);
  disposal_.Failed(file, error);
}

void Feed::PassOver(const std::string& path, const std::string& reason) {
  if (TellOnce(path + "\n" + reason)) parts_.events.On(FilePassedOver{path, reason});
}

bool Feed::TellOnce(const std::string& text) {
  if (told_.size() >= kToldMost) told_.clear();
  return told_.insert(text).second;
}

bool Feed::IsTime() {
  const Duration now = parts_.context.clock.Now();
  if (!look_again_ && looked_at_ && now - *looked_at_ < settings_.watch.poll) return false;
  looked_at_ = now;
  look_again_ = false;
  return true;
}

void Feed::TellListing(const FolderListing& listing) {
  std::set<std::string> away;
  Passed folders;
  for (const FolderListing::Unreadable& entry : listing.unreadable) {
    if (!entry.folder) {
      PassOver(entry.path, "it cannot be read: " + entry.reason);
      continue;
    }
    away.insert(entry.path);
    if (!away_.contains(entry.path)) parts_.events.On(FolderAway{entry.path, entry.reason});
  }
  for (const std::string& folder : away_) {
    if (!away.contains(folder)) parts_.events.On(FolderBack{folder});
  }
  away_ = std::move(away);
  for (const std::string& folder : listing.folders) {
    if (TellOnce(folder)) folders.Add(folder);
  }
  if (folders.empty()) return;
  parts_.events.On(InputRemark{"passed over " + folders.Text("folder", "folders") +
                               "; --recursive takes their files too"});
}

std::vector<InputFile> Feed::Files() {
  FolderListing listing = ListFolders(settings_.folders, left_out_);
  TellListing(listing);
  ready_.Note(listing.files, parts_.context.clock.Now());
  return std::move(listing.files);
}

std::optional<std::vector<std::string>> Feed::LookForFirst(const FrozenEncoding& encoding) {
  if (!IsTime()) return std::nullopt;
  for (const InputFile& file : Files()) {
    encoding_ = encoding;
    if (!ready_.IsReady(file)) continue;
    first_ = LookAt(file);
    MatchRules rules = settings_.match;
    rules.encoding = encoding.encoding;
    if (!first_ || !IsNew(*first_, rules)) {
      first_.reset();
      continue;
    }
    look_again_ = true;
    return encoding_.columns;
  }
  return std::nullopt;
}

std::vector<InputFile> Feed::Begin(const std::optional<ProgressRecord>& was) {
  look_again_ = true;
  if (!was) {
    if (first_) return {*first_};
    throw Error(ExitCode::kDisagreement, "the load's progress record is gone",
                "load " + settings_.load_name, "check --progress-topic, and run the command again");
  }
  first_.reset();
  if (settings_.prove && !proven_) proven_ = was;
  settled_.reserve(was->finished.count + was->inputs.size());
  for (const auto& page : was->finished.pages) {
    for (const FinishedKey& key : *page) settled_.insert(key.hint);
  }
  finished_.Add(was->finished);
  for (const InputFile& input : was->inputs) {
    if (input.end) settled_.insert(HintOf(input));
  }
  return Unfinished(*was, Files());
}

// Their files, whether they are ready or not: they were, and rows of them may be loaded. Where one
// is not under its name any more, it may be any of the others.
std::vector<InputFile> Feed::Unfinished(const ProgressRecord& was,
                                        const std::vector<InputFile>& files) {
  std::map<std::string, const InputFile*> by_path;
  for (const InputFile& file : files) by_path[file.path] = &file;
  std::set<std::string> wanted;
  bool all = false;
  for (const InputFile& input : was.inputs) {
    if (input.end) continue;
    by_path.contains(input.path) ? static_cast<void>(wanted.insert(input.path))
                                 : static_cast<void>(all = true);
  }
  std::vector<InputFile> given;
  for (const InputFile& file : files) {
    const bool any = all && ready_.IsReady(file) && !settled_.contains(HintOf(file));
    if (!any && !wanted.contains(file.path)) continue;
    if (std::optional<InputFile> input = LookAt(file)) given.push_back(std::move(*input));
  }
  return given;
}

FileRange Feed::Look(ProgressRecord& at) {
  if (!IsTime()) return {};
  return Add(ReadyOnes(Files(), at), at);
}

// Those that are to be compared with what the load knows; of one that is loaded what is to be done
// is done, as a kill may have come between.
std::vector<InputFile> Feed::ReadyOnes(const std::vector<InputFile>& files,
                                       const ProgressRecord& at) {
  std::vector<InputFile> given;
  std::set<std::pair<std::uint64_t, std::uint64_t>> heads;
  std::uint64_t bytes = 0;
  for (const InputFile& file : files) {
    if (parts_.context.stop) break;
    if (IsSettled(file, at) || !ready_.IsReady(file)) continue;
    if (given.size() >= kRoundFilesMax || bytes >= kRoundBytesMax) {
      look_again_ = true;
      break;
    }
    std::optional<InputFile> input = LookAt(file);
    if (!input) continue;
    // Of two that may be one text, the second waits until the first is known.
    if (input->head && !heads.emplace(input->head->digest.value, input->head->bytes).second) {
      look_again_ = true;
      continue;
    }
    bytes += input->size;
    given.push_back(std::move(*input));
  }
  return given;
}

bool Feed::IsSettled(const InputFile& file, const ProgressRecord& at) {
  if (disposal_.IsStuck(file)) return true;
  if (!settled_.contains(HintOf(file))) return false;
  if (disposal_.Keeps()) return true;
  ProveAll(at);
  const auto same = [&](const InputFile& input) {
    return input.end && input.path == file.path && SameFile(input, file);
  };
  const auto input = std::find_if(at.inputs.rbegin(), at.inputs.rend(), same);
  if (input != at.inputs.rend()) {
    disposal_.Again(file, *input, encoding_.encoding);
  } else {  // a copy, or one that is a key by now: both were whole
    disposal_.Known(file, std::nullopt);
  }
  return true;
}

FileRange Feed::Add(std::vector<InputFile> given, ProgressRecord& at) {
  if (given.empty()) return {};
  MatchRules rules = settings_.match;
  rules.encoding = encoding_.encoding;
  rules.refused = [&](std::size_t g, const Error& error) { Refuse(given[g], error); };
  const auto chunks = [&] { return parts_.store.Chunks(settings_.load_name); };
  MatchedInputs matched = MatchInputs(rules, at, given, chunks, parts_.context);
  for (const MatchRemark& remark : matched.remarks) {
    parts_.events.On(
        FileRecognized{remark.path, remark.known_as, std::string(NameOf(remark.as)), remark.text});
  }
  const std::size_t before = at.inputs.size();
  std::vector<InputFile> fresh;
  std::size_t first = before;
  for (std::size_t g = 0; g < given.size(); ++g) {
    const std::size_t input = matched.input_of[g];
    if (input == kNoInput) continue;
    InputFile& is = matched.inputs[input];
    if (is.end) {
      settled_.insert(HintOf(given[g]));
      disposal_.Known(given[g], is.end);
    } else if (input < before) {
      first = std::min(first, input);
    } else if (is.begin || IsNew(is, rules)) {
      fresh.push_back(std::move(is));
    }
  }
  matched.inputs.resize(before);
  at.inputs = std::move(matched.inputs);
  at.inputs.insert(at.inputs.end(), fresh.begin(), fresh.end());
  return WithKeys(FileRange{first, at.inputs.size()}, before, at);
}

// `fresh` are new or others; what is old is kept as keys. Pieces of the list are counted from its
// begin: one that has lost it is written anew, and so is one that becomes long.
FileRange Feed::WithKeys(FileRange fresh, std::size_t before, ProgressRecord& at) {
  if (fresh.begin >= fresh.end) return {};
  if (before <= kInputsOfAPiece && at.inputs.size() > kInputsOfAPiece) fresh.begin = 0;
  while (KeepAsKeys(at)) fresh = {0, at.inputs.size()};
  finished_.Add(at.finished);
  return fresh;
}

// A file that is none of the inputs in their long form. False: it is one of the others, or another
// load's, or refused.
bool Feed::IsNew(InputFile& file, const MatchRules& rules) {
  try {
    if (!finished_.IsNew(file, rules, parts_.context)) {
      settled_.insert(HintOf(file));
      disposal_.Known(file, std::nullopt);
      return false;
    }
    if (!rules.again && !file.begin) others_.Refuse(file, rules, parts_.context);
    return true;
  } catch (const Error& error) {
    if (error.code() == ExitCode::kStopped) throw;
    Refuse(file, error);
    return false;
  }
}

void Feed::Fail(const ProgressRecord& at, std::size_t file, const Error& error) {
  const InputFile& input = at.inputs[file];
  const bool begun = file == at.position.file && at.position.row.value > input.rows_before();
  // Gone before a row of it was read: as if it had never been there.
  if (!begun && !SourceFile::IdentityOf(input.path)) {
    PassOver(input.path, "it is gone; no row of it was loaded");
    return;
  }
  if (!disposal_.MovesFailed()) throw Error(error);
  failed_.insert_or_assign(HintOf(input), error);
}

// Before a file is moved that an earlier run has loaded: it may have ended because this failed.
void Feed::ProveAll(const ProgressRecord& at) {
  if (!settings_.prove || all_proven_) return;
  settings_.prove(std::nullopt, at);
  all_proven_ = true;
  proven_ = at;
}

// Once for all files of a round.
void Feed::Prove(const ProgressRecord& at) {
  if (!settings_.prove || (proven_ && proven_->chunk == at.chunk)) return;
  settings_.prove(proven_, at);
  proven_ = at;
}

void Feed::Settle(const ProgressRecord& at) {
  std::unordered_map<std::uint64_t, std::size_t> newest;  // of the pieces of a file that has grown
  for (std::size_t i = 0; i < at.inputs.size(); ++i) newest[HintOf(at.inputs[i])] = i;
  for (std::size_t i = 0; i < at.inputs.size(); ++i) {
    const InputFile& input = at.inputs[i];
    const std::uint64_t hint = HintOf(input);
    if (!input.end || newest[hint] != i || !settled_.insert(hint).second) continue;
    if (const auto failed = failed_.find(hint); failed != failed_.end()) {
      disposal_.Failed(input, failed->second);
      failed_.erase(failed);
    } else if (input.end->byte.value > 0) {
      Prove(at);
      disposal_.Loaded(input, encoding_.encoding);
    }
  }
}

}  // namespace

void CheckWatchedFolders(const InputWishes& folders, const WatchSettings& settings) {
  if (folders.words.empty()) {
    throw Error(ExitCode::kUsage, "no folder to watch", "",
                "name it: onceload watch ... DIRECTORY");
  }
  for (const std::string& target : {settings.after.folder, settings.failed}) {
    std::error_code error;
    if (!target.empty() && !fs::is_directory(target, error)) {
      throw Error(ExitCode::kUsage, "the folder to move files into is not there", target,
                  "make it: mkdir " + target);
    }
  }
  for (const std::string& folder : folders.words) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
      throw Error(error ? ExitCode::kInput : ExitCode::kUsage,
                  error ? "the folder to be watched cannot be read: " + error.message()
                        : "what is to be watched is no folder",
                  folder, "make it, or name another one; --include says which files are meant");
    }
    for (const std::string& target : {settings.after.folder, settings.failed}) {
      if (target.empty() || !fs::equivalent(folder, target, error)) continue;
      throw Error(ExitCode::kUsage, "files cannot be moved into the folder they come from", target,
                  "name another folder, which may lie in it");
    }
  }
}

std::unique_ptr<FolderFeed> MakeFolderFeed(const FeedParts& parts, const FeedSettings& settings) {
  return std::make_unique<Feed>(parts, settings);
}

}  // namespace onceload
