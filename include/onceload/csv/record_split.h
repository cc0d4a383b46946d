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
// what is before it, if anything is) and rows that follow each other. Cut by the reader that a load
// has, and where one thread that reads all rows in order would cut: `threads`, the caller's among
// them, read from several lines on, and what one has read counts once those before have come to
// just there. Throws Error(kInput) as the reader does, and where the file is not plain
// (SourceFile): of a packed one no part can be read without those before.
std::vector<FileRanges> SplitRecords(const SourceFile& file, const Dialect& dialect,
                                     std::uint64_t parts,
                                     std::uint64_t record_bytes_max = kRecordBytesMax,
                                     int threads = 1);

}  // namespace onceload
