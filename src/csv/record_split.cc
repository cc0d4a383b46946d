#include "onceload/csv/record_split.h"

#include "onceload/core/error.h"
#include "onceload/csv/csv_header.h"

namespace onceload {
namespace {

// Where rows begin: the first, and then the first behind each further part's share of the text.
std::vector<std::uint64_t> CutsOf(RecordReader& reader, std::uint64_t first, std::uint64_t end,
                                  std::uint64_t parts) {
  std::vector<std::uint64_t> cuts{first};
  const std::uint64_t share = (end - first) / parts;
  for (;;) {
    const ReadStatus status = reader.Next();
    if (status == ReadStatus::kEnd) return cuts;
    const std::uint64_t begin =
        (status == ReadStatus::kRecord ? reader.record().begin : reader.bad_row().begin).value;
    if (cuts.size() < parts && begin > cuts.back() && begin >= first + share * cuts.size()) {
      cuts.push_back(begin);
    }
  }
}

}  // namespace

std::vector<FileRanges> SplitRecords(const SourceFile& file, const Dialect& dialect,
                                     std::uint64_t parts, std::uint64_t record_bytes_max) {
  if (!file.plain()) {
    throw Error(ExitCode::kInput,
                "a file that is packed or recoded (" + file.coding() +
                    ") cannot be read from its middle on",
                file.path(), "unpack it first, as UTF-8");
  }
  const CsvHeader header = ReadHeader(file, dialect, record_bytes_max);
  ReaderStart start;
  start.position = header.end;
  start.columns = header.names.size();
  start.dialect = dialect;
  start.record_bytes_max = record_bytes_max;
  start.line_end = header.line_end;
  RecordReader reader(file, start);
  const std::uint64_t first = header.end.byte.value;
  const std::uint64_t end = file.identity().size;
  std::vector<std::uint64_t> cuts = CutsOf(reader, first, end, parts);
  cuts.push_back(end);
  std::vector<FileRanges> split;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    FileRanges part{file.path(), {}};
    const bool whole_begin = i == 0 || first == 0;
    if (!whole_begin) part.ranges.push_back({0, first});
    part.ranges.push_back({i == 0 ? 0 : cuts[i], cuts[i + 1]});
    split.push_back(std::move(part));
  }
  return split;
}

}  // namespace onceload
