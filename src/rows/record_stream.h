// An input's records, as far as they are a load's: up to a recorded end, or to where a footer
// begins.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/csv/csv_header.h"
#include "onceload/csv/record_reader.h"
#include "onceload/rows/input_rows.h"
#include "onceload/source/source_file.h"

namespace onceload {

// Used by one thread at a time.
class RecordStream {
 public:
  // As InputRows.
  RecordStream(const RowRules& rules, const InputFile& input, const InputPosition& position);

  // As RecordReader::Next(); at the input's recorded end, kEnd.
  ReadStatus Next();
  // After kEnd: it is a recorded end.
  bool at_recorded_end() const { return until_ && row_ >= *until_; }
  // The next row, whatever end is recorded.
  ReadStatus NextOfFile();

  // The row returned last is none of the load's: RecordReader::PassOver().
  void PassOver();

  const RecordReader& reader() const { return reader_; }
  RecordReader& reader() { return reader_; }
  InputPosition position() { return before_footer_ ? *before_footer_ : reader_.position(); }
  RowNumber row() const { return row_; }  // the last one read
  const SourceFile& file() const { return file_; }
  const std::vector<std::string>& names() const { return header_.names; }

 private:
  ReaderStart StartAt(const RowRules& rules, InputPosition position) const;

  SourceFile file_;
  CsvHeader header_;
  const std::optional<ByteOffset> rows_end_;  // where a footer begins
  RecordReader reader_;
  std::optional<InputPosition> before_footer_;  // once it has been come to
  const std::optional<RowNumber> until_;        // the last row of an input that has ended
  RowNumber row_;
};

}  // namespace onceload
