#include "onceload/source/input_list.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include <glob.h>
#include <sys/stat.h>

#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/core/path_name.h"
#include "onceload/core/utf8.h"
#include "onceload/source/byte_ranges.h"
#include "onceload/source/passed_over.h"
#include "source/input_names.h"
#include "source/own_files.h"
#include "source/shard.h"
#include "source/standard_input.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

Error NoFile() {
  return {ExitCode::kUsage, "no file to load", "", "name it: onceload load ... FILE"};
}

class InputLister {
 public:
  explicit InputLister(const InputWishes& wishes) : wishes_(wishes), own_(wishes) {}

  // A file, a directory or a pattern.
  void AddWord(const std::string& word) {
    struct stat facts {};
    if (stat(word.c_str(), &facts) == 0) {
      S_ISDIR(facts.st_mode) ? AddDirectory(word, word) : AddNamed(word, facts);
    } else if (const auto parts = RangesOf(word)) {
      AddRanges(word, *parts);
    } else if (word.find_first_of("*?[") != std::string::npos) {
      AddPattern(word);
    } else {
      Take(word, NameOfPath(word));  // whoever opens it says what is wrong
    }
  }

  // Standard input, kept in a file of ours.
  void AddSpooled(const SpooledInput& spooled) {
    Take(spooled.path, NameOfPath(spooled.path));
    if (!spooled.reused) return;
    names_.notices.push_back("standard input was kept in " + spooled.path +
                             " by an earlier run: going on with that");
  }

  InputNames Names() {
    if (files_.empty()) throw NoFile();
    CheckOverlaps();
    Tell(folders_, "folder", "folders", "--recursive takes their files too");
    Tell(other_, "file of another name", "files of other names", "--include says which are taken");
    Tell(hidden_, "hidden name", "hidden names", "name such a file to load it");
    Tell(ours_, "file of this command's own", "files of this command's own", "");
    if (!links_.empty()) {
      names_.notices.push_back("counted once: " +
                               links_.Text("further name of a file", "further names of files"));
    }
    Deal();
    return std::move(names_);
  }

 private:
  // `name`: what every machine that is given the file calls it.
  void Take(const std::string& path, const std::string& name) { files_.push_back({path, name}); }

  void Deal() {
    const Shard& shard = wishes_.shard;
    if (shard.alone() || shard.by_key) {
      for (DealtFile& file : files_) names_.files.push_back(std::move(file.path));
      if (shard.alone()) return;
      names_.notices.push_back("shard " + shard.Name() + " takes the rows of its keys of " +
                               std::to_string(files_.size()) + " files");
      return;
    }
    names_.files = DealtTo(shard, files_);
    names_.notices.push_back("shard " + shard.Name() + " has " +
                             std::to_string(names_.files.size()) + " of " +
                             std::to_string(files_.size()) + " files");
  }

  // Rows that two of them have would be loaded twice.
  void CheckOverlaps() {
    for (auto& [id, rows] : ranges_) {
      std::sort(rows.begin(), rows.end(),
                [](const Rows& a, const Rows& b) { return a.at.begin < b.at.begin; });
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool whole = ids_.count(id) > 0;
        if (!whole && (i == 0 || rows[i - 1].at.end <= rows[i].at.begin)) continue;
        throw Error(ExitCode::kUsage,
                    whole ? "a file is named and parts of it as well" : "parts of a file overlap",
                    rows[i].word, "give all that onceload split has printed, and nothing else");
      }
    }
  }

  struct Found {
    std::string path;
    struct stat facts {};
    bool is_link = false;
  };

  // Where a name comes from, and with that what is passed over.
  enum class From : std::uint8_t { kDirectory, kPattern, kHiddenPattern };

  void Tell(const Passed& passed, const std::string& one, const std::string& many,
            const std::string& advice) {
    if (passed.empty()) return;
    names_.notices.push_back("passed over " + passed.Text(one, many) +
                             (advice.empty() ? "" : "; " + advice));
  }

  // --include narrows directories down; a pattern says itself what it means.
  bool Included(const std::string& name, From from) const {
    return from != From::kDirectory || IsIncluded(name, wishes_);
  }

  // What a person has named is taken; twice by one name is a slip, by two names it is one file.
  void AddNamed(const std::string& word, const struct stat& facts) {
    if (!named_.insert(fs::path(word).lexically_normal().string()).second) {
      throw Error(ExitCode::kUsage, "a file is named twice", word, "name it once");
    }
    if (own_.Has(IdOf(facts), word)) {
      throw Error(ExitCode::kUsage, "the file is one of this command's own, which an option names",
                  word, "name its input");
    }
    if (IsFresh(word, facts)) Take(word, NameOfPath(word));
  }

  void AddRanges(const std::string& word, const FileRanges& parts) {
    struct stat facts {};
    if (stat(parts.path.c_str(), &facts) == 0) {
      if (own_.Has(IdOf(facts), parts.path)) {
        throw Error(ExitCode::kUsage,
                    "the file is one of this command's own, which an option names", word,
                    "name its input");
      }
      ranges_[IdOf(facts)].push_back({parts.ranges.back(), word});
    }
    Take(word, NameOfPath(word));  // else: as above
  }

  // The first of its names. Pipes and the like have an identity, too, but whoever opens them
  // refuses them by name.
  bool IsFresh(const std::string& path, const struct stat& facts) {
    if (!S_ISREG(facts.st_mode) || ids_.insert(IdOf(facts)).second) return true;
    links_.Add(path);
    return false;
  }

  // What is in a directory or matches a pattern, links followed. A name that is left out anyway is
  // not looked at: it may lead nowhere.
  void Consider(const std::string& path, From from, std::vector<Found>& files,
                std::vector<std::string>& folders) {
    const std::string name = NameOfPath(path);
    if (from != From::kHiddenPattern && IsHiddenName(name)) return hidden_.Add(path);
    Found found{path};
    const bool there = lstat(path.c_str(), &found.facts) == 0;
    found.is_link = there && S_ISLNK(found.facts.st_mode);
    if (!there || (found.is_link && stat(path.c_str(), &found.facts) != 0)) {
      const int reason = errno;
      if (!Included(name, from)) return other_.Add(path);
      throw Error(ExitCode::kInput, std::string("it cannot be read: ") + std::strerror(reason),
                  path, "mend the link or its permissions, or leave it out with --include");
    }
    if (S_ISDIR(found.facts.st_mode)) {
      wishes_.recursive ? folders.push_back(path) : folders_.Add(path);
    } else if (!Included(name, from)) {
      other_.Add(path);
    } else if (own_.Has(IdOf(found.facts), path)) {
      ours_.Add(path);
    } else {
      files.push_back(std::move(found));
    }
  }

  // By path, for a stable order whatever the file system's is. Where a link and what it leads to
  // are both there, the file itself is taken, not the link: links are moved about.
  // `below`: the directory that they are named in.
  void AddSorted(std::vector<Found> found, const std::string& below) {
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.path < b.path; });
    std::vector<bool> taken(found.size());
    for (const bool links : {false, true}) {
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].is_link == links) taken[i] = IsFresh(found[i].path, found[i].facts);
      }
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (taken[i]) Take(found[i].path, fs::path(found[i].path).lexically_relative(below).string());
    }
  }

  void AddDirectory(const std::string& directory, const std::string& below) {
    std::vector<Found> files;
    std::vector<std::string> folders{directory};
    std::set<FileId> seen;  // folders: a link may lead back up
    while (!folders.empty()) {
      const std::string folder = folders.back();
      folders.pop_back();
      struct stat facts {};
      if (stat(folder.c_str(), &facts) == 0 && !seen.insert(IdOf(facts)).second) continue;
      ReadFolder(folder, files, folders);
    }
    if (files.empty()) {
      throw Error(ExitCode::kInput, "the directory holds no file to load", directory,
                  wishes_.includes.empty() ? "name another one" : "check --include");
    }
    AddSorted(std::move(files), below);
  }

  void ReadFolder(const std::string& folder, std::vector<Found>& files,
                  std::vector<std::string>& folders) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      Consider(it->path().string(), From::kDirectory, files, folders);
    }
    if (error) {
      throw Error(ExitCode::kInput, "the directory cannot be read: " + error.message(), folder,
                  "check its permissions");
    }
  }

  static std::vector<std::string> PathsOf(const std::string& pattern) {
    glob_t found{};
    // glob() hands its callback nothing of the caller's. A part that cannot be read ends it: what
    // lies behind it would be missing without a word.
    static thread_local std::string unreadable;
    unreadable.clear();
    const auto note = [](const char* path, int reason) {
      if (reason == ENOENT || reason == ENOTDIR) return 0;
      unreadable = std::string(path) + ": " + std::strerror(reason);
      return 1;
    };
    const int result = glob(pattern.c_str(), 0, note, &found);
    std::vector<std::string> paths;
    for (std::size_t i = 0; result == 0 && i < found.gl_pathc; ++i) {
      paths.emplace_back(found.gl_pathv[i]);
    }
    globfree(&found);
    if (unreadable.empty()) return paths;
    throw Error(ExitCode::kInput, "a part of the pattern cannot be read: " + unreadable, pattern,
                "check its permissions");
  }

  void AddPattern(const std::string& pattern) {
    std::vector<Found> files;
    std::vector<std::string> folders;
    // Whoever writes _*.csv means those.
    const From from =
        IsHiddenName(fs::path(pattern).filename().string()) ? From::kHiddenPattern : From::kPattern;
    for (const std::string& path : PathsOf(pattern)) Consider(path, from, files, folders);
    if (files.empty() && folders.empty()) {
      throw Error(ExitCode::kInput, "no file has a name of this pattern", pattern,
                  "check the directory and the pattern");
    }
    // All of it before the part that the pattern leaves open.
    const std::string fixed = pattern.substr(0, pattern.find_first_of("*?["));
    const std::string below = fixed.substr(0, fixed.rfind('/') + 1);
    AddSorted(std::move(files), below);
    for (const std::string& folder : folders) AddDirectory(folder, below);
  }

  const InputWishes& wishes_;
  const OwnFiles own_;
  // Of ranges the last one: before it there is a header, which all have.
  struct Rows {
    ByteRange at;
    std::string word;
  };

  InputNames names_;
  std::vector<DealtFile> files_;
  std::map<FileId, std::vector<Rows>> ranges_;
  std::set<std::string> named_;
  std::set<FileId> ids_;
  Passed folders_;
  Passed other_;
  Passed hidden_;
  Passed ours_;
  Passed links_;
};

// Standard input as a file: a load reads its input again after a kill.
SpooledInput Spooled(const std::string& directory, const std::string& load_name) {
  if (load_name.empty() || directory.empty()) {
    throw Error(
        ExitCode::kUsage, "standard input cannot be read again, as going on after a kill needs",
        "-",
        load_name.empty() ? "name a file" : "keep it in a file first: --spool DIRECTORY does that");
  }
  return SpoolStandardInput(directory, load_name);
}

std::vector<std::string> LinesOf(const std::string& path) {
  const std::optional<std::string> text = TextOfFile(path);
  if (!text) {
    throw Error(ExitCode::kInput, "the list of files cannot be read", path, "check --files-from");
  }
  // As find -print0 writes it, where names may hold line ends.
  const char end = text->find('\0') == std::string::npos ? '\n' : '\0';
  std::istringstream list(
      text->substr(text->starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0));
  std::vector<std::string> lines;
  for (std::string line; std::getline(list, line, end);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

InputNames ListInputs(const InputWishes& wishes, const std::string& load_name) {
  InputLister lister(wishes);
  for (const std::string& word : wishes.words) {
    if (word == "-") {
      lister.AddSpooled(Spooled(wishes.spool, load_name));
    } else {
      lister.AddWord(word);
    }
  }
  if (!wishes.files_from.empty()) {
    for (const std::string& word : LinesOf(wishes.files_from)) lister.AddWord(word);
  }
  return lister.Names();
}

namespace {

// Standard input and process substitutions: /dev/fd/63 is another one next time.
bool IsNoName(const std::string& word) {
  return word == "-" || word.starts_with("/dev/") || word.starts_with("/proc/");
}

}  // namespace

std::string LoadNameOf(const InputWishes& wishes, const std::optional<std::string>& given,
                       const std::string& topic) {
  std::vector<std::string> words = wishes.words;
  if (!wishes.files_from.empty()) words.push_back(wishes.files_from);
  std::optional<std::string> name = given;
  if (!name && words.size() > 1) {
    throw Error(ExitCode::kUsage, "several files and no name for the load", "",
                "give it one with --name: the same name goes on with it");
  }
  if (!name && words.size() == 1 && IsNoName(words[0])) {
    throw Error(ExitCode::kUsage, words[0] + " gives the load no name", "",
                "give it one with --name: the same name goes on with it");
  }
  if (!name && words.size() == 1) {
    fs::path path(words[0]);
    if (!path.has_filename()) path = path.parent_path();  // "dir/"
    name = topic + "/" + path.filename().string();
  }
  if (!name && words.empty()) throw NoFile();
  if (!name || name->empty()) {
    throw Error(ExitCode::kUsage, "the load has no name", "", "give it one with --name");
  }
  if (!IsUtf8(*name)) {
    throw Error(ExitCode::kUsage, "the file's name is not UTF-8, a load's name has to be", words[0],
                "give the load a name of its own with --name");
  }
  if (!wishes.shard.alone()) *name += "." + wishes.shard.Name();
  return *name;
}

std::string Shard::Name() const { return std::to_string(index) + "-of-" + std::to_string(count); }

}  // namespace onceload
