// The command line that goes on, for a shell.
#include <algorithm>
#include <filesystem>

#include <glob.h>

#include "onceload/core/command_words.h"
#include "onceload/options/invocation.h"

namespace onceload {
namespace {

// What stands in the pattern's way of giving just these names: a character that it reads.
bool IsPlain(const std::string& path) { return path.find_first_of("*?[\\") == std::string::npos; }

std::vector<std::string> Globbed(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  return paths;
}

// "dir/*.csv", if it gives exactly these names in this order; empty: there is none such.
std::string PatternOf(const std::vector<std::string>& files) {
  const std::filesystem::path first(files.front());
  if (!IsPlain(files.front())) return {};
  const std::string pattern = (first.parent_path() / ("*" + first.extension().string())).string();
  return Globbed(pattern) == files ? pattern : std::string();
}

}  // namespace

std::string CommandLineOf(const Invocation& invocation) {
  std::string options;
  std::string names;
  std::vector<std::string> files;
  for (const Word& word : invocation.words) {
    if (!word.source.empty()) continue;  // it is said again by itself
    const std::string name(word.option->name);
    if (word.option->Is(kPositional)) {
      files.push_back(word.text);
      names += " " + ShellWord(word.text);
      continue;
    }
    if (word.option->flag() && word.text != "true") continue;
    options += (name.size() == 1 ? " -" : " --") + name;
    if (!word.option->flag()) options += " " + ShellWord(Masked(word));
  }
  // A word that begins with a dash would be read as an option.
  if (std::any_of(files.begin(), files.end(),
                  [](const std::string& file) { return file.size() > 1 && file[0] == '-'; })) {
    names = " --" + names;
  }
  if (options.size() + names.size() > kCommandBytesMax && files.size() > 1) {
    const std::string pattern = PatternOf(files);
    names = pattern.empty() ? " --files-from LIST (a file with the " +
                                  std::to_string(files.size()) + " names, one a line)"
                            : " " + ShellWord(pattern);
  }
  if (options.size() + names.size() > kCommandBytesMax) return " with the same options";
  return options + names;
}

}  // namespace onceload
