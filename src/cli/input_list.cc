#include "cli/input_list.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include <fnmatch.h>
#include <glob.h>

#include "onceload/core/error.h"
#include "onceload/core/utf8.h"
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

bool Matches(const std::string& name, const std::vector<std::string>& patterns) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
           return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
         });
}

void AddDirectory(const std::string& directory, const std::vector<std::string>& includes,
                  std::vector<std::string>& files) {
  std::vector<std::string> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") || entry.is_directory() || !Matches(name, includes)) continue;
    found.push_back(entry.path().string());
  }
  if (error) {
    throw Error(ExitCode::kInput, "the directory cannot be read: " + error.message(), directory,
                "check its permissions");
  }
  if (found.empty()) {
    throw Error(ExitCode::kInput, "the directory holds no file to load", directory,
                includes.empty() ? "name another one" : "check --include");
  }
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
}

void AddPattern(const std::string& pattern, std::vector<std::string>& files) {
  glob_t found{};
  const int result = glob(pattern.c_str(), 0, nullptr, &found);
  for (std::size_t i = 0; result == 0 && i < found.gl_pathc; ++i) {
    files.emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
  if (result != 0) {
    throw Error(ExitCode::kInput, "no file has a name of this pattern", pattern,
                "check the directory and the pattern");
  }
}

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

void AddWord(const std::string& word, const std::vector<std::string>& includes,
             std::vector<std::string>& files) {
  std::error_code ignored;
  if (fs::is_directory(word, ignored)) {
    AddDirectory(word, includes, files);
  } else if (!fs::exists(word, ignored) && word.find_first_of("*?[") != std::string::npos) {
    AddPattern(word, files);
  } else {
    files.push_back(word);
  }
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
      "FILE")("union-columns", "files may lack columns that others have: null");
}

std::vector<std::string> InputListOf(const cxxopts::ParseResult& parsed,
                                     const std::string& load_name) {
  const std::vector<std::string> includes = WordsOf(parsed, "include");
  std::vector<std::string> files;
  for (const std::string& word : WordsOf(parsed, "file")) {
    if (word == "-") {
      files.push_back(Spooled(parsed, load_name));
    } else {
      AddWord(word, includes, files);
    }
  }
  if (const auto list = Given(parsed, "files-from")) {
    for (const std::string& word : LinesOf(*list)) AddWord(word, includes, files);
  }
  if (files.empty()) throw NoFile();
  std::set<std::string> names;
  for (const std::string& file : files) {
    if (names.insert(fs::path(file).lexically_normal().string()).second) continue;
    throw Error(ExitCode::kUsage, "a file is named twice", file, "name it once");
  }
  return files;
}

Inputs LookAtInputs(const std::vector<std::string>& paths, Encoding encoding,
                    const Dialect& dialect, bool union_columns) {
  Inputs inputs;
  for (const std::string& path : paths) {
    const SourceFile file(path, encoding);
    const CsvHeader header = ReadHeader(file, dialect);
    inputs.files.push_back(file.identity());
    inputs.files.back().coding = file.coding();
    inputs.text_bytes += inputs.files.back().size * (file.plain() ? 1 : kTextPerCompressedByte);
    if (inputs.columns.empty()) {
      inputs.columns = header.names;
    } else if (union_columns) {
      for (const std::string& name : header.names) {
        if (std::find(inputs.columns.begin(), inputs.columns.end(), name) == inputs.columns.end()) {
          inputs.columns.push_back(name);
        }
      }
    } else {
      static_cast<void>(LayoutOf(inputs.columns, header.names, false, path));
    }
  }
  return inputs;
}

std::string LoadNameOf(const cxxopts::ParseResult& parsed, const std::string& topic) {
  std::vector<std::string> words = WordsOf(parsed, "file");
  if (const auto list = Given(parsed, "files-from")) words.push_back(*list);
  std::optional<std::string> name = Given(parsed, "name");
  if (!name && words.size() > 1) {
    throw Error(ExitCode::kUsage, "several files and no name for the load", "",
                "give it one with --name: the same name goes on with it");
  }
  if (!name && words.size() == 1 && words[0] == "-") {
    throw Error(ExitCode::kUsage, "standard input gives the load no name", "",
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
