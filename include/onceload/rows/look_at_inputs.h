// What the files of a load are before the first row is read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/csv/record_reader.h"

namespace onceload {

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

}  // namespace onceload
