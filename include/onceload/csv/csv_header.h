// The header: the record that names a file's columns.
#pragma once

#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/csv/dialect.h"
#include "onceload/csv/record_reader.h"
#include "onceload/source/source_file.h"

namespace onceload {

// The names of a file's columns: its first record, or those the dialect gives.
struct CsvHeader {
  std::vector<std::string> names;
  InputPosition end;                   // the first row's boundary
  LineEnd line_end = LineEnd::kNoEnd;  // kNoEnd: nothing follows, or the dialect gives the columns
};

// Reads the header. Throws Error(kInput), naming file, column and byte: no bytes at all, a name
// that is empty, null or occurs twice, NUL bytes (binary or UTF-16), invalid UTF-8, an open quote.
// Where the dialect gives the columns, nothing is refused: an empty file has no rows.
// `record_bytes_max`: as in ReaderStart.
CsvHeader ReadHeader(const SourceFile& file, const Dialect& dialect,
                     std::size_t record_bytes_max = kRecordBytesMax);

}  // namespace onceload
