// How a file writes its records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace onceload {

// Longest delimiter. "||", "<>" and the like exist; longer is most often a mistaken argument, and
// the reader looks so many bytes ahead.
inline constexpr std::size_t kDelimiterBytesMax = 8;

// The default is RFC 4180. The grammar, with what each member adds to it:
//
// A record ends at LF, CRLF or CR outside quotes, or at the end of the file. A cell that begins
// with `quote` goes on to the closing quote, over delimiters and line ends; a doubled quote inside
// is one quote. A quote inside a cell that does not begin with one is text. Empty lines are no
// records; they are counted. A UTF-8 byte order mark at byte 0 is skipped. What Rules change of the
// last two is at ReaderStart (record_reader.h).
struct Dialect {
  std::string delimiter = ",";  // 1 to kDelimiterBytesMax bytes of UTF-8
  char quote = '"';             // one ASCII character; 0: none, every byte of a cell is its text

  // One ASCII character; 0: none. Before any character, inside quotes and outside, it makes that
  // character text: a delimiter, a quote, a record end (CRLF as a whole), a blank that would be
  // trimmed, itself. It interprets nothing: backslash and n are an n. Spark and MySQL disagree on
  // what they would mean, and a wrong guess changes data. As the file's last byte it is text.
  char escape = '\0';

  // Not empty: a line that begins with it is no record, up to the next LF, CRLF or CR whatever
  // quotes it holds. It is counted with the empty lines: what counts is that it is no row.
  std::string comment{};

  // Blanks (spaces and tabs) around unquoted cells, and between a quote and its delimiter, are
  // dropped; a line of nothing but blanks is an empty line. A delimiter is recognized first.
  bool trim = false;

  // Lines of any kind before the header, or before the first row. Not counted anywhere.
  std::uint64_t skip_lines = 0;

  // Not empty: the columns' names; the file has no header.
  std::vector<std::string> columns{};

  // An unquoted cell that is written so is null. Compared as written, before escapes are resolved
  // and after blanks are dropped: \N is null and the text N is not.
  std::optional<std::string> null_text{};

  bool operator==(const Dialect&) const = default;
};

// Throws Error(kUsage) for members that contradict each other or their description above.
void CheckDialect(const Dialect& dialect);

// Compact JSON of the members that are not the default, in the order above; "{}" for the default.
// It is frozen with a load: what it says of a dialect must never change.
std::string EncodeDialect(const Dialect& dialect);

// Throws Error(kDisagreement) for what EncodeDialect() does not write.
Dialect DecodeDialect(std::string_view text);

}  // namespace onceload
