// A large file in parts that end where records end, for several loads to share.
#pragma once

#include <cstdint>
#include <vector>

#include "onceload/csv/dialect.h"
#include "onceload/csv/record_reader.h"
#include "onceload/source/byte_ranges.h"
#include "onceload/source/source_file.h"

namespace onceload {

// `parts` inputs, or fewer where there are fewer records, about equally long: each the header (with
// what is before it, if anything is) and rows that follow each other. All rows are read once, by
// the reader that a load has: no guess is made about quotes. Throws Error(kInput) as it does, and
// where the file is not plain (SourceFile): of a packed one no part can be read without those
// before.
std::vector<FileRanges> SplitRecords(const SourceFile& file, const Dialect& dialect,
                                     std::uint64_t parts,
                                     std::uint64_t record_bytes_max = kRecordBytesMax);

}  // namespace onceload
