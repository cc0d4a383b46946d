#include "onceload/csv/csv_header.h"

#include <string_view>
#include <unordered_map>

#include "csv/general_scanner.h"
#include "onceload/source/input_error.h"

namespace onceload {
namespace {

Error HeaderError(const SourceFile& file, const BadRow& bad) {
  std::string advice;
  switch (bad.fault) {
    case RowFault::kNulByte:
      advice =
          "this is no text, or UTF-16: convert it to UTF-8 first, e.g. iconv -f UTF-16 -t UTF-8";
      break;
    case RowFault::kInvalidUtf8:
      advice = "convert the file to UTF-8 first, e.g. iconv -f WINDOWS-1252 -t UTF-8";
      break;
    default:
      advice = "the first line must hold the names of the columns, as CSV";
  }
  return InputError("the header is not valid: " + bad.detail, file.path(), bad.at, advice);
}

void CheckNames(const SourceFile& file, const Record& header, const Dialect& dialect) {
  const char* const begin = header.raw.data();
  const auto place = [&](std::size_t column) {
    GeneralScanner scanner(dialect);
    scanner.Scan(begin, begin + header.raw.size(), true);
    return ByteOffset{header.begin.value +
                      static_cast<std::uint64_t>(scanner.begins()[column] - begin)};
  };
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const std::string_view name = header.fields[i];
    const std::string number = std::to_string(i + 1);
    if (name.empty() || header.is_null(i)) {
      throw InputError("column " + number + " of the header has no name", file.path(), place(i),
                       "give each column a name of its own");
    }
    const auto [first, is_new] = seen.emplace(name, i);
    if (!is_new) {
      throw InputError("columns " + std::to_string(first->second + 1) + " and " + number +
                           " of the header have the same name \"" + std::string(name) + "\"",
                       file.path(), place(i), "give each column a name of its own");
    }
  }
}

}  // namespace

CsvHeader ReadHeader(const SourceFile& file, const Dialect& dialect, std::size_t record_bytes_max) {
  // Byte 0 is the first row's boundary: a reader that begins there skips what stands before the
  // row.
  if (!dialect.columns.empty()) return {.names = dialect.columns, .end = {}};
  RecordReader reader(
      file,
      {.position = {}, .columns = 0, .dialect = dialect, .record_bytes_max = record_bytes_max});
  const ReadStatus status = reader.Next();
  if (status == ReadStatus::kBadRow) throw HeaderError(file, reader.bad_row());
  if (status == ReadStatus::kEnd) {
    throw InputError("the file is empty: it has no header", file.path(), reader.position().byte,
                     "its first line must hold the names of the columns (or give --no-header "
                     "and --columns)");
  }
  const Record& header = reader.record();
  CheckNames(file, header, dialect);
  CsvHeader result{.names = {header.fields.begin(), header.fields.end()},
                   .end = reader.position(),
                   .line_end = reader.line_end()};
  result.end.row = RowNumber{0};  // to the reader it was a row
  return result;
}

}  // namespace onceload
