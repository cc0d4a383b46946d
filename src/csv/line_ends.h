// Line ends as bytes: LF, CRLF, CR.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "onceload/csv/record_reader.h"

namespace onceload {

// Nothing for kNoEnd.
constexpr std::string_view TextOf(LineEnd line_end) {
  constexpr std::string_view kTexts[] = {"", "\n", "\r\n", "\r"};
  return kTexts[static_cast<std::size_t>(line_end)];
}

// `text`: a record's end, nothing if the file ends it.
constexpr LineEnd LineEndOf(std::string_view text) {
  if (text.empty()) return LineEnd::kNoEnd;
  if (text == "\n") return LineEnd::kLf;
  return text == "\r" ? LineEnd::kCr : LineEnd::kCrLf;
}

inline std::uint64_t CountLineEnds(std::string_view text) {
  // Without a CR, as most files are, no byte depends on the one before it: sixteen at a time.
  if (text.find('\r') == std::string_view::npos) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  }
  std::uint64_t count = 0;
  char before = '\0';
  for (const char c : text) {
    if (c == '\r' || (c == '\n' && before != '\r')) ++count;
    before = c;
  }
  return count;
}

// As Record::lines(). `line_ends` are in its text, whose last byte is `last`; `ended`: a record end
// follows.
constexpr std::uint64_t LinesOfRow(std::uint64_t line_ends, char last, bool ended) {
  return line_ends + (!ended && (last == '\n' || last == '\r') ? 0 : 1);
}

inline std::uint64_t LinesOfRow(std::string_view text, bool ended) {
  return LinesOfRow(CountLineEnds(text), text.empty() ? '\0' : text.back(), ended);
}

}  // namespace onceload
