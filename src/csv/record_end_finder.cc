#include "csv/record_end_finder.h"

#include "csv/line_ends.h"

namespace onceload {

RecordEndFinder::State RecordEndFinder::After(char c) {
  const bool quote = dialect_.quote != '\0' && c == dialect_.quote;
  if (state_ == State::kEscape) return c == '\r' ? State::kEscapedCr : State::kText;
  if (state_ == State::kEscapedCr && c == '\n') return State::kText;
  if (dialect_.escape != '\0' && c == dialect_.escape) {
    if (state_ == State::kQuoteInQuoted) quoted_ = false;
    tail_.clear();
    return State::kEscape;
  }
  if (state_ == State::kQuoteInQuoted) {
    if (quote) return State::kText;
    quoted_ = false;
    tail_.clear();
    return AfterText(c);
  }
  if (quoted_) return quote ? State::kQuoteInQuoted : State::kText;
  if (quote && state_ == State::kFieldBegin) {
    quoted_ = true;
    return State::kText;
  }
  return AfterText(c);
}

// `c` is outside quotes and not escaped.
RecordEndFinder::State RecordEndFinder::AfterText(char c) {
  if (c == '\r') return State::kCr;
  if (c == '\n') return State::kDone;
  if (tail_.size() == dialect_.delimiter.size()) tail_.erase(0, 1);
  tail_ += c;
  if (tail_ == dialect_.delimiter) {
    tail_.clear();
    return State::kFieldBegin;
  }
  const bool blank = dialect_.trim && (c == ' ' || c == '\t');
  return blank && state_ == State::kFieldBegin ? State::kFieldBegin : State::kText;
}

// Takes the byte of the record that stands at text_bytes_, or that ends it.
void RecordEndFinder::Step(char c) {
  const bool was_quoted = quoted_;
  if (text_bytes_ >= before_) state_ = After(c);
  if (quoted_ && !was_quoted) quote_ = text_bytes_;
  if (state_ == State::kCr || state_ == State::kDone) {
    line_end_ = c == '\r' ? LineEnd::kCr : LineEnd::kLf;
    return;
  }
  if (c == '\r' || (c == '\n' && last_ != '\r')) ++line_ends_;
  last_ = c;
  ++text_bytes_;
}

std::size_t RecordEndFinder::Feed(std::string_view bytes) {
  std::size_t taken = 0;
  for (; taken < bytes.size() && state_ != State::kDone; ++taken) {
    const char c = bytes[taken];
    if (state_ != State::kCr) {
      Step(c);
      continue;
    }
    state_ = State::kDone;
    if (c != '\n') break;
    line_end_ = LineEnd::kCrLf;
  }
  return taken;
}

std::uint64_t RecordEndFinder::lines() const {
  return LinesOfRow(line_ends_, last_, line_end_ != LineEnd::kNoEnd);
}

}  // namespace onceload
