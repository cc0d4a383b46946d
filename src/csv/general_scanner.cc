#include "csv/general_scanner.h"

#include <algorithm>

namespace onceload {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }
bool IsOdd(char c) { return c == '\0' || static_cast<unsigned char>(c) >= 0x80; }

}  // namespace

GeneralScanner::GeneralScanner(Dialect dialect) : dialect_(std::move(dialect)) {
  for (const char c : {dialect_.delimiter.front(), dialect_.quote, dialect_.escape, '\n', '\r'}) {
    stops_[static_cast<unsigned char>(c)] = true;
  }
  if (dialect_.trim) stops_[' '] = stops_['\t'] = true;
}

ScannedRecord GeneralScanner::Scan(const char* begin, const char* end, bool last) {
  end_ = end;
  text_.clear();
  ends_.clear();
  nulls_.clear();
  begins_.clear();
  ScannedRecord found;
  const char* at = ScanField(begin, found);
  while (AtDelimiter(at)) at = ScanField(at + dialect_.delimiter.size(), found);
  FinishRecord(at, end, last, found);
  found.odd = std::any_of(begin, at, IsOdd);
  if (!found.complete) return found;
  found.blank = dialect_.trim && ends_.size() == 1 && std::all_of(begin, at, IsBlank);
  fields_.clear();
  std::size_t field = 0;
  for (const std::size_t field_end : ends_) {
    fields_.push_back(std::string_view(text_).substr(field, field_end - field));
    field = field_end;
  }
  return found;
}

// Returns the delimiter or record end behind it.
const char* GeneralScanner::ScanField(const char* at, ScannedRecord& found) {
  if (dialect_.trim) at = SkipBlanks(at);
  begins_.push_back(at);
  const bool quoted = dialect_.quote != '\0' && at != end_ && *at == dialect_.quote;
  bool null = false;
  if (quoted) {
    ++quoted_;
    at = ScanQuoted(at, found);
  } else {
    at = ScanText(at);
    const char* written_end = at;
    if (dialect_.trim) {
      while (written_end != begins_.back() && IsBlank(written_end[-1])) --written_end;
    }
    const std::string_view written(begins_.back(),
                                   static_cast<std::size_t>(written_end - begins_.back()));
    null = written == dialect_.null_text;
  }
  if (dialect_.null_text) nulls_.push_back(null ? 1 : 0);
  ends_.push_back(text_.size());
  return at;
}

// The field that opens with the quote at `open`.
const char* GeneralScanner::ScanQuoted(const char* open, ScannedRecord& found) {
  const char* at = CopyRun(open + 1);
  for (; at != end_; at = CopyRun(at)) {
    if (dialect_.escape != '\0' && *at == dialect_.escape) {
      at = Escaped(at);
    } else if (*at != dialect_.quote) {
      text_ += *at++;
    } else if (at + 1 != end_ && at[1] == dialect_.quote) {
      text_ += *at;
      at += 2;
    } else {
      return CloseField(at + 1, found);
    }
  }
  found.open_quote = open;
  return end_;
}

// `at` is behind the closing quote. What stands there wrongly makes the row bad, so that it need
// not be kept: it is only passed over.
const char* GeneralScanner::CloseField(const char* at, ScannedRecord& found) {
  if (dialect_.trim) at = SkipBlanks(at);
  if (AtFieldEnd(at)) return at;
  if (found.text_after_quote == nullptr) found.text_after_quote = at;
  return ScanText(at);
}

// Appends what is text from `at` on, without the blanks at its end that are dropped.
const char* GeneralScanner::ScanText(const char* at) {
  std::size_t kept = text_.size();
  for (;;) {
    const char* const run = at;
    at = CopyRun(at);
    if (at != run) kept = text_.size();
    if (AtFieldEnd(at)) break;
    if (dialect_.escape != '\0' && *at == dialect_.escape) {
      at = Escaped(at);
      kept = text_.size();
    } else {
      text_ += *at;
      if (!dialect_.trim || !IsBlank(*at)) kept = text_.size();
      ++at;
    }
  }
  text_.resize(kept);
  return at;
}

// Appends the bytes up to the next that may be more than text; returns that one.
const char* GeneralScanner::CopyRun(const char* at) {
  const char* const run = at;
  while (at != end_ && !stops_[static_cast<unsigned char>(*at)]) ++at;
  text_.append(run, at);
  return at;
}

// Appends what the escape at `at` makes text.
const char* GeneralScanner::Escaped(const char* at) {
  if (at + 1 != end_) ++at;  // else it is the file's last byte, or the record is not all here
  text_ += *at++;
  if (at[-1] == '\r' && at != end_ && *at == '\n') text_ += *at++;
  return at;
}

const char* GeneralScanner::SkipBlanks(const char* at) const {
  while (at != end_ && IsBlank(*at) && !AtDelimiter(at)) ++at;
  return at;
}

bool GeneralScanner::AtDelimiter(const char* at) const {
  return std::string_view(at, static_cast<std::size_t>(end_ - at)).starts_with(dialect_.delimiter);
}

bool GeneralScanner::AtFieldEnd(const char* at) const {
  return at == end_ || IsLineEnd(*at) || AtDelimiter(at);
}

}  // namespace onceload
