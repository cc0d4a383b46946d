// What a scanner found: RecordScanner's or GeneralScanner's Scan(). Pointers are into its bytes.
#pragma once

#include <cstdint>

#include "onceload/csv/record_reader.h"

namespace onceload {

struct ScannedRecord {
  bool complete = false;                   // false: the record's end lies further on
  bool blank = false;                      // nothing but blanks, which the dialect drops
  const char* content_end = nullptr;       // without the record end
  const char* end = nullptr;               // with it
  LineEnd line_end = LineEnd::kNoEnd;      // what lies between them
  std::uint64_t line_ends = 0;             // inside the content
  bool odd = false;                        // holds a NUL or a byte that is not ASCII
  const char* text_after_quote = nullptr;  // first byte that follows a closing quote wrongly
  const char* open_quote = nullptr;        // opening quote of a field without a closing one
};

// Does a line end begin at `at`? Looks back and not ahead, where the next byte may not be yet.
// REQUIRES: the byte before `at` is of the same record.
inline bool BeginsLineEnd(const char* at) { return *at == '\r' || (*at == '\n' && at[-1] != '\r'); }

// Lines that a complete record spans, as Record::lines.
inline std::uint64_t LinesOf(const ScannedRecord& found) {
  if (found.line_ends == 0) return 1;
  const char last = found.content_end[-1];
  const bool at_file_end = found.line_end == LineEnd::kNoEnd && (last == '\n' || last == '\r');
  return found.line_ends + (at_file_end ? 0 : 1);
}

// Sets what follows from the record's content ending at `at`: `end` or a CR or LF before it.
// `last`: the file ends at `end`.
inline void FinishRecord(const char* at, const char* end, bool last, ScannedRecord& found) {
  found.content_end = at;
  if (at == end) {
    found.complete = last;
    found.end = end;
  } else if (*at == '\n') {
    found.complete = true;
    found.end = at + 1;
    found.line_end = LineEnd::kLf;
  } else {  // CR, perhaps of a CRLF whose LF is not here yet
    const bool followed = at + 1 != end;
    found.complete = followed || last;
    const bool crlf = followed && at[1] == '\n';
    found.end = crlf ? at + 2 : at + 1;
    found.line_end = crlf ? LineEnd::kCrLf : LineEnd::kCr;
  }
}

}  // namespace onceload
