// Which files a command line names, in which order.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace onceload {

// --include, --files-from.
void AddInputListOptions(cxxopts::Options& options);

// Files, directories (their files by name, without those that begin with a dot; --include narrows
// them down), patterns that the shell has left alone, and the lines of --files-from, in the order
// given. Throws Error(kUsage): none at all, one named twice; Error(kInput): a directory or pattern
// that holds no file.
std::vector<std::string> InputListOf(const cxxopts::ParseResult& parsed);

// `<topic>/<the one word's file name>` unless --name says otherwise: of several words, the first
// one may be another next time.
std::string LoadNameOf(const cxxopts::ParseResult& parsed, const std::string& topic);

}  // namespace onceload
