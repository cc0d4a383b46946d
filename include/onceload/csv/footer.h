// Lines at the end of a file that are no rows: a report's sum, psql's "(2 rows)", the 0x1a of DOS.
#pragma once

#include <cstdint>

#include "onceload/core/types.h"
#include "onceload/source/source_file.h"

namespace onceload {

// Lines are held while the file's end is looked for; a report has a few.
inline constexpr std::uint64_t kFooterLinesMax = 1000;

// Where the last `lines` lines of the file's text begin; empty ones (blanks alone) do not count. 0:
// there are not more. Lines end at LF, CRLF or CR, whatever quotes there are. Reads a plain file
// from its end, any other as a whole. Of parts of a file (byte_ranges.h): where those of the whole
// file begin, in the parts' text. Throws Error(kInput) as SourceFile::ReadAt() does.
// REQUIRES: 1 to kFooterLinesMax.
ByteOffset FooterBegin(const SourceFile& file, std::uint64_t lines);

}  // namespace onceload
