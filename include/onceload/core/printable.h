// Text of strangers (names of files, headers, cells, answers of brokers) for a terminal.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>

namespace onceload {

// `text` with everything escaped that would end the line or drive the terminal:
//   C0 controls and DEL           \n \r \t \x1b
//   bytes that are no UTF-8       \x9b
//   C1 controls, U+2028, U+2029   \u009b
//   what turns the writing round  \u202e (U+200E, U+200F, U+202A..202E, U+2066..2069)
//   what cannot be seen, or passes for a blank  \u00a0 \u200b \ufeff
// All else stays as it is, the backslash too: a name is to be read, not to be read back.
std::string Printable(std::string_view text);

// JSON as a serializer gives it has C0 controls escaped already; the others are escaped here, the
// way JSON does it. They can stand inside strings only, so no string needs to be looked for.
// REQUIRES: UTF-8.
std::string PrintableJson(std::string_view json);

// A stream for people. A literal is ours and goes out as it is, line ends included; every other
// text may be a stranger's and is escaped.
class PrintableStream {
 public:
  // `out` must outlive it.
  explicit PrintableStream(std::ostream& out) : out_(out) {}

  template <std::size_t kSize>
  PrintableStream& operator<<(const char (&literal)[kSize]) {
    out_ << literal;
    return *this;
  }
  PrintableStream& operator<<(std::string_view text) {
    out_ << Printable(text);
    return *this;
  }
  template <typename Number>
  requires std::is_arithmetic_v<Number> PrintableStream& operator<<(Number number) {
    out_ << number;
    return *this;
  }

 private:
  std::ostream& out_;
};

}  // namespace onceload
