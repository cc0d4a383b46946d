// Where a state file is, and the directory it lives in.
#pragma once

#include <string>

namespace onceload {

// Absolute and without symbolic links, so that two spellings of one file have one lock, and so that
// no name has a meaning of its own for SQLite (":memory:", "file:..."). Throws Error(kUsage) for an
// empty path or a directory.
std::string ResolveStatePath(const std::string& path);

// Makes the directory of a resolved path, with its parents, for its owner only: rows that were
// rejected are in the file. One that exists keeps its mode. Throws Error(kUsage), also for one that
// this process may not write: SQLite's files and the lock's lie beside the state file.
void MakeStateDirectory(const std::string& resolved_path);

}  // namespace onceload
