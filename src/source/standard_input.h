// Standard input as a file, because a load must be able to read its input again from any byte.
#pragma once

#include <string>

namespace onceload {

struct SpooledInput {
  std::string path;
  bool reused = false;  // the file was there already; the descriptor was not read
};

// Copies everything `descriptor` has (0: standard input) into the file `name` of `directory`, which
// is made if need be. The file appears under its name only when it is complete and on the disk, so
// one that is there is whole: it is used as it is, and the same command goes on with it.
// `name` is a load's name or a file's; a character that could lead elsewhere is written as %XX.
// A process killed meanwhile leaves a file `.<name>.??????` behind, which nothing uses.
//
// Throws Error(kUsage): a terminal, a directory that cannot be made or written, another command
// that spools under the same name at the same time. Throws Error(kInput): a read or write error.
SpooledInput SpoolStandardInput(const std::string& directory, const std::string& name,
                                int descriptor = 0);

}  // namespace onceload
