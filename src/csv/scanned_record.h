// What a scanner found: RecordScanner's or GeneralScanner's Scan(). Pointers are into its bytes.
#pragma once

namespace onceload {

struct ScannedRecord {
  bool complete = false;                   // false: the record's end lies further on
  bool blank = false;                      // nothing but blanks, which the dialect drops
  const char* content_end = nullptr;       // without the record end
  const char* end = nullptr;               // with it
  bool odd = false;                        // holds a NUL or a byte that is not ASCII
  const char* text_after_quote = nullptr;  // first byte that follows a closing quote wrongly
  const char* open_quote = nullptr;        // opening quote of a field without a closing one
};

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
  } else {  // CR, perhaps of a CRLF whose LF is not here yet
    const bool followed = at + 1 != end;
    found.complete = followed || last;
    found.end = followed && at[1] == '\n' ? at + 2 : at + 1;
  }
}

}  // namespace onceload
