// Which files a command line names, in which order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/options.h"
#include "onceload/csv/record_reader.h"

namespace onceload {

// FILE..., --include, --files-from, --union-columns.
void AddInputListOptions(cxxopts::Options& options);

// Files, "-" (standard input, which --spool keeps in a file named after `load_name` first),
// directories (their files by name, without those that begin with a dot; --include narrows
// them down), patterns that the shell has left alone, and the lines of --files-from, in the order
// given. Throws Error(kUsage): none at all, one named twice; Error(kInput): a directory or pattern
// that holds no file. Commands without --spool refuse "-".
std::vector<std::string> InputListOf(const cxxopts::ParseResult& parsed,
                                     const std::string& load_name = "");

// Files as they are, each with a header that fits.
struct Inputs {
  std::vector<InputFile> files;
  std::vector<std::string> columns;  // of the load
  std::uint64_t text_bytes = 0;      // decompressed: an estimate
};

// The columns are the first file's, which the others must have in any order; with `union_columns`
// those of all files, in the order they are first seen. Throws Error(kInput).
Inputs LookAtInputs(const std::vector<std::string>& paths, Encoding encoding,
                    const Dialect& dialect, bool union_columns);

// `<topic>/<the one word's file name>` unless --name says otherwise: of several words, the first
// one may be another next time.
std::string LoadNameOf(const cxxopts::ParseResult& parsed, const std::string& topic);

}  // namespace onceload
