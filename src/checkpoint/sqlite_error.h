// SQLite's result codes, turned once into an Error with what to do about it.
#pragma once

#include <string>

#include "onceload/core/error.h"

namespace onceload {

enum class SqliteAccess { kReadWrite, kReadOnly };

// What a person can do about a result code; never empty.
std::string SqliteAdvice(int extended_code, SqliteAccess access);

// The whole message. `reason` is sqlite3_errmsg(), `path` the state file. A broken constraint or a
// misused call is ours (kBug); everything else is the file's or its surroundings' (kUsage).
Error SqliteError(int extended_code, const std::string& reason, const std::string& path,
                  SqliteAccess access);

// For content that SQLite gives back without complaint and that no version of this program wrote.
Error DamagedLedger(const std::string& what, const std::string& path);

}  // namespace onceload
