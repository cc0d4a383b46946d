// Which files a command line names, in which order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace onceload {

// One of several loads that share the files that are given.
struct Shard {
  std::uint32_t index = 0;  // from 0
  std::uint32_t count = 1;  // 1: the load has all of them
  bool by_key = false;      // each has all files, and takes the rows of its keys alone

  bool alone() const { return count == 1; }
  // "2-of-8"
  std::string Name() const;
};

// What a command line says of its files.
struct InputWishes {
  std::vector<std::string> words;     // files, directories, patterns, "-"
  std::string files_from;             // a file with further words, one a line; empty: none
  std::vector<std::string> includes;  // of a directory only names of these patterns; none: all
  bool ignore_case = false;           // in `includes`
  bool recursive = false;             // of a directory also what its folders hold
  Shard shard;
  std::string spool;  // the directory where standard input is kept; empty: none
  // The command's own files, never its input: the ledger (nullopt: it has none), those that other
  // options name, the metrics (empty: none), which are another file whenever they are written.
  std::optional<std::string> state;
  std::vector<std::string> others;
  std::string metrics;
};

// The files that are named, and what a person should know of those that are not.
struct InputNames {
  std::vector<std::string> files;
  std::vector<std::string> notices;
};

// Files, "-" (standard input, which `spool` keeps in a file named after `load_name` first),
// directories (their files by name), patterns that the shell has left alone, and the lines of
// `files_from`, in the order given.
//
// A file counts once, whatever links lead to it. Of directories and patterns, names that begin with
// "." or "_" are passed over, and so are this command's own files; what is passed over is told with
// its count. Of a shard there may be none. Throws Error(kUsage): no file at all, one named twice
// (or parts of it that overlap), one of the command's own; Error(kInput): a directory, link or
// pattern that cannot be read or holds no file. Without a load's name "-" is refused.
InputNames ListInputs(const InputWishes& wishes, const std::string& load_name = "");

// `<topic>/<the one word's file name>` unless `given` says otherwise: of several words, the first
// one may be another next time. Of a shard with ".2-of-8" behind it. Throws Error(kUsage).
std::string LoadNameOf(const InputWishes& wishes, const std::optional<std::string>& given,
                       const std::string& topic);

}  // namespace onceload
