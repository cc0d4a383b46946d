#include "rows/record_stream.h"

#include "onceload/core/error.h"
#include "onceload/csv/footer.h"

namespace onceload {
namespace {

std::size_t RecordBytesMax(const RowRules& rules) {
  return rules.limits.record_bytes == 0 ? kRecordBytesMax : rules.limits.record_bytes;
}

}  // namespace

RecordStream::RecordStream(const RowRules& rules, const InputFile& input,
                           const InputPosition& position)
    : file_(input.path, rules.encoding),
      header_(ReadHeader(file_, rules.dialect, RecordBytesMax(rules))),
      rows_end_(rules.skip_footer == 0 ? std::nullopt
                                       : std::optional(FooterBegin(file_, rules.skip_footer))),
      reader_(file_, StartAt(rules, position)),
      until_(input.end ? std::optional(input.end->row) : std::nullopt),
      row_(position.row) {}

ReaderStart RecordStream::StartAt(const RowRules& rules, InputPosition position) const {
  if (position.byte.value == 0 && position.row.value == 0) {
    const std::uint32_t file = position.file;
    position = header_.end;
    position.file = file;
  }
  ReaderStart start;
  start.position = position;
  start.columns = header_.names.size();
  start.dialect = rules.dialect;
  start.rules = rules.rules;
  start.line_end = header_.line_end;
  start.record_bytes_max = RecordBytesMax(rules);
  return start;
}

ReadStatus RecordStream::Next() { return at_recorded_end() ? ReadStatus::kEnd : NextOfFile(); }

ReadStatus RecordStream::NextOfFile() {
  if (before_footer_) return ReadStatus::kEnd;
  const ReadStatus status = reader_.Next();
  if (status == ReadStatus::kEnd) return status;
  const bool record = status == ReadStatus::kRecord;
  if (rows_end_) {
    const ByteOffset begin = record ? reader_.record().begin : reader_.bad_row().begin;
    const bool behind = begin >= *rows_end_;
    const bool across = record && !behind && reader_.record().end > *rows_end_;
    // Of what is thrown, too: who goes on from a position behind the row has lost it.
    if (behind || across) before_footer_ = reader_.position_before();
    if (behind) return ReadStatus::kEnd;
    if (across) {
      throw Error(ExitCode::kInput,
                  "the lines left out by --skip-footer begin inside of a row of several lines",
                  file_.path() + ", byte " + std::to_string(begin.value),
                  "give another number of lines");
    }
  }
  row_ = record ? reader_.record().row : reader_.bad_row().row;
  return status;
}

void RecordStream::PassOver() {
  reader_.PassOver();
  row_ = RowNumber{row_.value - 1};
}

}  // namespace onceload
