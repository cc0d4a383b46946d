#include "cli/input_list.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <unordered_map>

#include <fnmatch.h>
#include <glob.h>
#include <sys/stat.h>

#include "cli/own_files.h"
#include "onceload/core/error.h"
#include "onceload/core/path_name.h"
#include "onceload/core/utf8.h"
#include "onceload/csv/prefix_hasher.h"
#include "onceload/csv/standard_input.h"
#include "onceload/encode/row_layout.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> WordsOf(const cxxopts::ParseResult& parsed, const std::string& name) {
  return parsed.count(name) > 0 ? parsed[name].as<std::vector<std::string>>()
                                : std::vector<std::string>();
}

Error NoFile() {
  return {ExitCode::kUsage, "no file to load", "", "name it: onceload load ... FILE"};
}

// Names that are told one by one; of more, the first of them and their number.
constexpr std::size_t kNamesTold = 3;

// How many of a kind were passed over, and the first names.
class Passed {
 public:
  void Add(const std::string& path) {
    if (count_++ < kNamesTold) names_ += (names_.empty() ? "" : ", ") + path;
  }
  bool empty() const { return count_ == 0; }
  // "2 files (a, b)"
  std::string Text(const std::string& one, const std::string& many) const {
    return std::to_string(count_) + " " + (count_ == 1 ? one : many) + " (" + names_ +
           (count_ > kNamesTold ? ", ..." : "") + ")";
  }

 private:
  std::size_t count_ = 0;
  std::string names_;
};

// What Spark, Hadoop, rsync and editors leave beside data: _SUCCESS, .part-0.crc, .rows.csv.swp.
bool IsHidden(const std::string& name) { return name.starts_with(".") || name.starts_with("_"); }

class InputLister {
 public:
  explicit InputLister(const cxxopts::ParseResult& parsed)
      : includes_(WordsOf(parsed, "include")),
        fold_case_(parsed.count("ignore-case") > 0),
        recursive_(parsed.count("recursive") > 0),
        own_(parsed) {}

  // A file, a directory or a pattern.
  void AddWord(const std::string& word) {
    struct stat facts {};
    if (stat(word.c_str(), &facts) == 0) {
      S_ISDIR(facts.st_mode) ? AddDirectory(word) : AddNamed(word, facts);
    } else if (word.find_first_of("*?[") != std::string::npos) {
      AddPattern(word);
    } else {
      names_.files.push_back(word);  // whoever opens it says what is wrong
    }
  }

  // Standard input, kept in a file of ours.
  void AddSpooled(const std::string& path) { names_.files.push_back(path); }

  InputNames Names() {
    if (names_.files.empty()) throw NoFile();
    Tell(folders_, "folder", "folders", "--recursive takes their files too");
    Tell(other_, "file of another name", "files of other names", "--include says which are taken");
    Tell(hidden_, "hidden name", "hidden names", "name such a file to load it");
    Tell(ours_, "file of this command's own", "files of this command's own", "");
    if (!links_.empty()) {
      names_.notices.push_back("counted once: " +
                               links_.Text("further name of a file", "further names of files"));
    }
    return std::move(names_);
  }

 private:
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
    return from != From::kDirectory || includes_.empty() ||
           std::any_of(includes_.begin(), includes_.end(), [&](const std::string& pattern) {
             return fnmatch(pattern.c_str(), name.c_str(), fold_case_ ? FNM_CASEFOLD : 0) == 0;
           });
  }

  // What a person has named is taken; twice by one name is a slip, by two names it is one file.
  void AddNamed(const std::string& word, const struct stat& facts) {
    if (!named_.insert(fs::path(word).lexically_normal().string()).second) {
      throw Error(ExitCode::kUsage, "a file is named twice", word, "name it once");
    }
    if (own_.Has(IdOf(facts))) {
      throw Error(ExitCode::kUsage, "the file is one that this command writes to", word,
                  "name its input");
    }
    if (IsFresh(word, facts)) names_.files.push_back(word);
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
    if (from != From::kHiddenPattern && IsHidden(name)) return hidden_.Add(path);
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
      recursive_ ? folders.push_back(path) : folders_.Add(path);
    } else if (!Included(name, from)) {
      other_.Add(path);
    } else if (own_.Has(IdOf(found.facts))) {
      ours_.Add(path);
    } else {
      files.push_back(std::move(found));
    }
  }

  // By path, for a stable order whatever the file system's is. Where a link and what it leads to
  // are both there, the file itself is taken, not the link: links are moved about.
  void AddSorted(std::vector<Found> found) {
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.path < b.path; });
    std::vector<bool> taken(found.size());
    for (const bool links : {false, true}) {
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].is_link == links) taken[i] = IsFresh(found[i].path, found[i].facts);
      }
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (taken[i]) names_.files.push_back(std::move(found[i].path));
    }
  }

  void AddDirectory(const std::string& directory) {
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
                  includes_.empty() ? "name another one" : "check --include");
    }
    AddSorted(std::move(files));
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
        IsHidden(fs::path(pattern).filename().string()) ? From::kHiddenPattern : From::kPattern;
    for (const std::string& path : PathsOf(pattern)) Consider(path, from, files, folders);
    if (files.empty() && folders.empty()) {
      throw Error(ExitCode::kInput, "no file has a name of this pattern", pattern,
                  "check the directory and the pattern");
    }
    AddSorted(std::move(files));
    for (const std::string& folder : folders) AddDirectory(folder);
  }

  const std::vector<std::string> includes_;
  const bool fold_case_;
  const bool recursive_;
  const OwnFiles own_;
  InputNames names_;
  std::set<std::string> named_;
  std::set<FileId> ids_;
  Passed folders_;
  Passed other_;
  Passed hidden_;
  Passed ours_;
  Passed links_;
};

// What CSV is compressed to, roughly.
constexpr std::uint64_t kTextPerCompressedByte = 8;

// Standard input as a file: a load reads its input again after a kill.
std::string Spooled(const cxxopts::ParseResult& parsed, const std::string& load_name) {
  const std::optional<std::string> directory =
      load_name.empty() ? std::nullopt : Given(parsed, "spool");
  if (!directory) {
    throw Error(
        ExitCode::kUsage, "standard input cannot be read again, as going on after a kill needs",
        "-",
        load_name.empty() ? "name a file" : "keep it in a file first: --spool DIRECTORY does that");
  }
  const SpooledInput spooled = SpoolStandardInput(*directory, load_name);
  if (spooled.reused) {
    std::cerr << "onceload: standard input was kept in " << spooled.path
              << " by an earlier run: going on with that\n";
  }
  return spooled.path;
}

std::vector<std::string> LinesOf(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    throw Error(ExitCode::kInput, "the list of files cannot be read", path, "check --files-from");
  }
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

void AddInputListOptions(cxxopts::Options& options) {
  options.add_options("Hidden")("file", "", cxxopts::value<std::vector<std::string>>());
  options.parse_positional({"file"});
  options.add_options("Input")("include", "of a directory only files of this pattern; repeatable",
                               cxxopts::value<std::vector<std::string>>(), "PATTERN")(
      "files-from", "a file with the names of further files, one a line",
      cxxopts::value<std::string>(),
      "FILE")("union-columns", "files may lack columns that others have: null")(
      "recursive", "of a directory also the files in its folders")(
      "ignore-case", "--include takes names in any case");
}

InputNames InputListOf(const cxxopts::ParseResult& parsed, const std::string& load_name) {
  InputLister lister(parsed);
  for (const std::string& word : WordsOf(parsed, "file")) {
    if (word == "-") {
      lister.AddSpooled(Spooled(parsed, load_name));
    } else {
      lister.AddWord(word);
    }
  }
  if (const auto list = Given(parsed, "files-from")) {
    for (const std::string& word : LinesOf(*list)) lister.AddWord(word);
  }
  return lister.Names();
}

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Neither header nor rows: what Spark and friends leave of an empty partition.
bool IsEmpty(const SourceFile& file) {
  std::array<char, 4> begin{};
  const std::size_t size = file.ReadAt(ByteOffset{0}, begin);
  const std::string_view text(begin.data(), size);
  return text.empty() || text == kByteOrderMark;
}

// The files that a load has finished with and that are as it left them, as far as the file system
// can tell.
class Untouched {
 public:
  explicit Untouched(const KnownInputs* load) {
    if (load == nullptr) return;
    for (const InputFile& file : load->files) {
      if (file.end && file.end->row.value > 0) newest_[file.path] = &file;
    }
  }

  // nullopt: it has to be looked at.
  std::optional<InputFile> Find(const std::string& path) const {
    const auto found = newest_.find(path);
    if (found == newest_.end()) return std::nullopt;
    std::optional<InputFile> now = SourceFile::IdentityOf(path);
    if (!now || !SameFile(*now, *found->second)) return std::nullopt;
    now->coding = found->second->coding;
    return now;
  }

 private:
  std::unordered_map<std::string_view, const InputFile*> newest_;  // by path
};

void TakeColumns(const std::vector<std::string>& names, const std::string& path, bool union_columns,
                 Inputs& inputs) {
  if (inputs.columns.empty()) {
    inputs.columns = names;
  } else if (union_columns) {
    for (const std::string& name : names) {
      if (std::find(inputs.columns.begin(), inputs.columns.end(), name) == inputs.columns.end()) {
        inputs.columns.push_back(name);
      }
    }
  } else {
    static_cast<void>(LayoutOf(inputs.columns, names, false, path));
  }
  if (names.front().starts_with(kByteOrderMark)) {
    inputs.notices.push_back(
        path + ": the name of its first column begins with a byte order mark " +
        "(U+FEFF), which cannot be seen: the file has a second one, or lines " + "before it");
  }
}

void Add(InputFile input, Inputs& inputs) {
  inputs.text_bytes += input.size * (input.coding.empty() ? 1 : kTextPerCompressedByte);
  inputs.files.push_back(std::move(input));
}

}  // namespace

Inputs LookAtInputs(const std::vector<std::string>& paths, Encoding encoding,
                    const Dialect& dialect, bool union_columns, std::uint64_t record_bytes_max,
                    const KnownInputs* load) {
  Inputs inputs;
  Passed empty;
  const Untouched untouched(load);
  bool has_loads_columns = false;
  for (const std::string& path : paths) {
    if (std::optional<InputFile> known = untouched.Find(path)) {
      if (!has_loads_columns) TakeColumns(load->columns, path, union_columns, inputs);
      has_loads_columns = true;
      Add(std::move(*known), inputs);
      continue;
    }
    const SourceFile file(path, encoding);
    if (paths.size() > 1 && IsEmpty(file)) {
      empty.Add(path);
      if (dialect.columns.empty()) continue;  // else it needs no header, and may get rows
    }
    const CsvHeader header = ReadHeader(file, dialect, record_bytes_max);
    InputFile input = file.identity();
    input.coding = file.coding();
    if (load != nullptr) input.head = HeadOf(file, header.end.byte);
    Add(std::move(input), inputs);
    TakeColumns(header.names, path, union_columns, inputs);
  }
  if (!empty.empty()) {
    inputs.notices.push_back(empty.Text("file", "files") + ": empty, so without rows");
  }
  if (inputs.files.empty()) {
    throw Error(ExitCode::kInput, "all files are empty: there is no header, and no row", paths[0],
                "give a file with a header line, or wait until there is one");
  }
  return inputs;
}

namespace {

// Standard input and process substitutions: /dev/fd/63 is another one next time.
bool IsNoName(const std::string& word) {
  return word == "-" || word.starts_with("/dev/") || word.starts_with("/proc/");
}

}  // namespace

std::string LoadNameOf(const cxxopts::ParseResult& parsed, const std::string& topic) {
  std::vector<std::string> words = WordsOf(parsed, "file");
  if (const auto list = Given(parsed, "files-from")) words.push_back(*list);
  std::optional<std::string> name = Given(parsed, "name");
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
  return *name;
}

}  // namespace onceload
