// Why a given file is refused, as the error that says what to do.
#pragma once

#include <string>

#include "onceload/core/error.h"
#include "onceload/core/progress_record.h"
#include "onceload/source/source_file.h"

namespace onceload {

// "3 rows"
std::string Rows(const InputPosition& loaded);

// `path` has, or (`equal` is false) begins with, what was loaded of `other`.
Error TwinError(const std::string& path, const std::string& other, bool equal,
                const InputPosition& loaded);
// Another text lies under the path of `loaded`, "a file that was loaded (3 rows)". `difference`:
// FirstOtherChunk().
Error SamePathError(const std::string& path, const std::string& loaded,
                    const std::string& difference);
// The file is not the one of which a part was loaded.
Error ShorterError(const SourceFile& file, const InputPosition& loaded);
Error ChangedError(const SourceFile& file, const InputPosition& loaded,
                   const std::string& difference);
// What came behind the loaded text belongs to its last row.
Error SeamError(const std::string& path, const InputPosition& loaded);
Error MissingError(const std::string& path, const std::string& load_name);

}  // namespace onceload
