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

// Reads the header. Throws Error(kInput), naming file, column and byte, with the options that load
// the file where there are some: no bytes at all, what is no text (file_kind.h) or HTML, XML, JSON,
// a line for spreadsheets (`sep=;`), a name that is empty, null or occurs twice, NUL bytes, invalid
// UTF-8, an open quote; Error(kUsage) for a delimiter that can only be meant otherwise (`\x01`).
// Where the dialect gives the columns, only what is no text is: an empty file has no rows.
// `record_bytes_max`: as in ReaderStart.
CsvHeader ReadHeader(const SourceFile& file, const Dialect& dialect,
                     std::size_t record_bytes_max = kRecordBytesMax);
// The same, but nullopt if there is no row at all: no bytes, or empty lines and comments alone.
std::optional<CsvHeader> FindHeader(const SourceFile& file, const Dialect& dialect,
                                    std::size_t record_bytes_max = kRecordBytesMax);

// What a person should know of a header that was read: a sentence on its one column, whose name
// holds what may be the delimiter; "": nothing.
std::string DoubtOf(const SourceFile& file, const CsvHeader& header, const Dialect& dialect);

}  // namespace onceload
