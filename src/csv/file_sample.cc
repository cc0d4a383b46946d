#include "csv/file_sample.h"

#include <map>

#include "csv/general_scanner.h"
#include "csv/line_ends.h"
#include "onceload/core/utf8.h"

namespace onceload {
namespace {

// Rows looked at: more would hardly change a verdict.
constexpr std::size_t kRecordsMax = 1000;

// The first record may be a header that the rows do not agree with: it counts only if it is all.
void CountColumns(FileSample& sample) {
  std::map<std::size_t, std::size_t> rows_by_fields;
  for (std::size_t i = sample.rows.size() > 1 ? 1 : 0; i < sample.rows.size(); ++i) {
    ++rows_by_fields[sample.rows[i].cells.size()];
  }
  std::size_t most = 0;
  for (const auto& [fields, rows] : rows_by_fields) {  // of equals the one with more fields
    if (rows < most) continue;
    sample.columns = fields;
    most = rows;
  }
  for (const FileSample::Row& row : sample.rows) {
    sample.alike += row.cells.size() == sample.columns ? 1 : 0;
  }
}

}  // namespace

FileSample SampleOf(std::string_view text, bool whole, const Dialect& dialect) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  FileSample sample;
  GeneralScanner scanner(dialect);
  std::uint64_t lines = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end && sample.records < kRecordsMax) {
    const ScannedRecord found = scanner.Scan(at, end, whole);
    // A quote that is none has swallowed the rest, line by line.
    if (found.open_quote != nullptr) {
      sample.records +=
          CountLineEnds({found.open_quote, static_cast<std::size_t>(end - found.open_quote)});
    }
    if (!found.complete) break;  // cut by the sample's end
    const bool empty = found.content_end == at;
    const std::uint64_t spans = CountLineEnds({at, static_cast<std::size_t>(found.end - at)});
    at = found.end;
    lines += spans;
    if (empty) continue;
    ++sample.records;
    if (found.open_quote != nullptr || found.text_after_quote != nullptr) continue;
    sample.rows.push_back(
        {{scanner.fields().begin(), scanner.fields().end()}, lines - spans, spans});
  }
  CountColumns(sample);
  sample.quotes_used = scanner.quoted() > 0;
  sample.whole = whole && at == end;
  return sample;
}

}  // namespace onceload
