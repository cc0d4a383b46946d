#include "csv/record_end_finder.h"

namespace onceload {

RecordEndFinder::State RecordEndFinder::After(char c) const {
  const bool quote = c == dialect_.quote;
  if (state_ == State::kQuoted) return quote ? State::kQuoteInQuoted : State::kQuoted;
  if (quote && state_ == State::kFieldBegin) return State::kQuoted;
  if (quote && state_ == State::kQuoteInQuoted) return State::kQuoted;
  if (c == dialect_.delimiter) return State::kFieldBegin;
  if (c == '\r') return State::kCr;
  return c == '\n' ? State::kDone : State::kText;
}

std::size_t RecordEndFinder::Feed(std::string_view bytes) {
  std::size_t taken = 0;
  for (; taken < bytes.size() && state_ != State::kDone; ++taken) {
    const char c = bytes[taken];
    if (state_ == State::kCr) {
      state_ = State::kDone;
      if (c != '\n') break;
      continue;
    }
    const State before = state_;
    state_ = After(c);
    if (before == State::kFieldBegin && state_ == State::kQuoted) quote_ = length_ + taken;
  }
  length_ += taken;
  return taken;
}

}  // namespace onceload
