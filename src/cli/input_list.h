// Which files a command line names, in which order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cli/options.h"
#include "onceload/csv/record_reader.h"

namespace onceload {

// FILE..., --include, --ignore-case, --recursive, --files-from, --union-columns.
void AddInputListOptions(cxxopts::Options& options);

// The files that are named, and what a person should know of those that are not.
struct InputNames {
  std::vector<std::string> files;
  std::vector<std::string> notices;
};

// Files, "-" (standard input, which --spool keeps in a file named after `load_name` first),
// directories (their files by name; --include narrows them down, --recursive goes into folders),
// patterns that the shell has left alone, and the lines of --files-from, in the order given.
//
// A file counts once, whatever links lead to it. Of directories and patterns, names that begin with
// "." or "_" are passed over, and so are this command's own files; what is passed over is told with
// its count. Throws Error(kUsage): no file at all, one named twice, one of the command's own;
// Error(kInput): a directory, link or pattern that cannot be read or holds no file. Commands
// without
// --spool refuse "-".
InputNames InputListOf(const cxxopts::ParseResult& parsed, const std::string& load_name = "");

// Files as they are, each with a header that fits.
struct Inputs {
  std::vector<InputFile> files;
  std::vector<std::string> columns;  // of the load
  std::uint64_t text_bytes = 0;      // decompressed: an estimate
  std::vector<std::string> notices;  // of files without rows, of names that look like others
};

// What a load knows of its inputs; nothing, if it begins.
struct KnownInputs {
  std::span<const InputFile> files;
  std::vector<std::string> columns;  // of the load
};

// `load`: of the load that they are for; nullptr: for none. A load keeps HeadOf() its files. Those
// that it has finished with and that nobody has touched since are not opened: each had rows, and a
// header that fits.
//
// The columns are the first file's, which the others must have in any order; with `union_columns`
// those of all files, in the order they are first seen. Of several files, one of no bytes or of a
// byte order mark alone is told, and left out unless the dialect gives the columns: it has no
// header. Throws Error(kInput), also if all are such.
Inputs LookAtInputs(const std::vector<std::string>& paths, Encoding encoding,
                    const Dialect& dialect, bool union_columns, std::uint64_t record_bytes_max,
                    const KnownInputs* load = nullptr);

// `<topic>/<the one word's file name>` unless --name says otherwise: of several words, the first
// one may be another next time.
std::string LoadNameOf(const cxxopts::ParseResult& parsed, const std::string& topic);

}  // namespace onceload
