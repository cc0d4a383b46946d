// Finds the end of a record that is too long to be held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "onceload/csv/dialect.h"
#include "onceload/csv/record_reader.h"

namespace onceload {

// The same grammar as the scanners', byte by byte, so that its whole state fits between two blocks.
// Slower; such records are rare.
class RecordEndFinder {
 public:
  // `before`: bytes that stand before the record and are none of its grammar, but count.
  explicit RecordEndFinder(Dialect dialect, std::uint64_t before = 0)
      : dialect_(std::move(dialect)), before_(before) {}

  // Takes the record's next bytes; returns how many of them are the record's, its end included.
  std::size_t Feed(std::string_view bytes);

  // The record's end has been seen. (After a CR that takes the byte behind it, or the file's end.)
  bool done() const { return state_ == State::kDone; }

  // Where in the record the quote stands that is open after the bytes so far.
  std::optional<std::uint64_t> open_quote() const {
    return quoted_ && state_ != State::kQuoteInQuoted ? std::optional(quote_) : std::nullopt;
  }

  // Of the bytes so far; of the whole record once they are all there are. As in BadRow.
  std::uint64_t lines() const;
  std::uint64_t text_bytes() const { return text_bytes_; }
  LineEnd line_end() const { return line_end_; }

 private:
  enum class State : std::uint8_t {
    kFieldBegin,
    kText,
    kQuoteInQuoted,
    kEscape,     // the next byte is text
    kEscapedCr,  // and an LF behind it is, too
    kCr,
    kDone
  };
  State After(char c);
  State AfterText(char c);
  void Step(char c);

  Dialect dialect_;
  std::uint64_t before_;
  State state_ = State::kFieldBegin;
  bool quoted_ = false;  // inside quotes, or behind a quote that may have closed them
  std::string tail_;     // the last bytes of text that may be a delimiter's begin
  std::uint64_t quote_ = 0;
  std::uint64_t text_bytes_ = 0;
  std::uint64_t line_ends_ = 0;  // in the text
  char last_ = '\0';             // of the text
  LineEnd line_end_ = LineEnd::kNoEnd;
};

}  // namespace onceload
