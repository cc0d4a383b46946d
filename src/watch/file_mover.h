// Files that leave a watched folder. Each call may be made again after a kill in the middle of it:
// what was done stays, and the rest is done.
#pragma once

#include <string>

#include "onceload/core/failpoints.h"
#include "onceload/core/progress_record.h"

namespace onceload {

// Moves `file` into `folder` under its name; returns the new path. A file that is there under this
// name is never written over: if it has the same bytes, `file` is removed, else it gets the first
// free number ("a.csv", "a.1.csv"). To another file system it is copied, synced and renamed before
// it is removed. Throws Error(kUsage) where that cannot be done; Error(kInput) if it is not the
// file that `file` describes any more: then it stays, or is put back.
std::string MoveInto(const InputFile& file, const std::string& folder, Failpoints& failpoints);

// Throws Error as above.
void Delete(const InputFile& file);

// Both regular files have the same bytes. False if one cannot be read.
bool SameBytes(const std::string& a, const std::string& b);

// "a.1.csv" of "a.csv"; 0: the name itself.
std::string NumberedName(const std::string& name, unsigned number);

}  // namespace onceload
