// CSV bytes to records, from any record boundary. The grammar is in dialect.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/core/rules.h"
#include "onceload/core/types.h"
#include "onceload/csv/dialect.h"
#include "onceload/source/prefix_hasher.h"
#include "onceload/source/source_file.h"

namespace onceload {

// Longest record, line end included. A broker takes 1 MiB messages by default; a record that is
// longer could not be sent, and most often is an open quote.
inline constexpr std::size_t kRecordBytesMax = std::size_t{1} << 20;

// What that limit can be set to. With 1, whatever is not empty is too long, which is of no use but
// does no harm. librdkafka's message.max.bytes ends at 1,000,000,000: what is longer could not be
// sent by any setting. A limit takes no memory by itself, a record does.
inline constexpr std::size_t kRecordBytesMaxLeast = 1;
inline constexpr std::size_t kRecordBytesMaxMost = 1'000'000'000;

// Bytes read at a time. Large enough that the system call does not show in a profile, small enough
// to stay in a second-level cache. Tests sweep it down to 1.
inline constexpr std::size_t kReadBlockBytes = std::size_t{1} << 20;

// Why a row cannot be loaded.
enum class RowFault : std::uint8_t {
  kRagged,          // not as many fields as the header
  kNulByte,         // a byte 0: binary, or UTF-16 without a byte order mark
  kInvalidUtf8,     // RFC 3629, section 4: overlong forms and surrogates are invalid
  kTextAfterQuote,  // something other than a delimiter or record end after a closing quote
  kOpenQuote,       // the end of the file inside a quoted field
  kTooLong,         // longer than the limit
  kByteOrderMark,   // a UTF-8 byte order mark before it, though it is not the file's first
  kType,            // (encoder) a cell does not fit its column's type
  kEmptyKey,        // (encoder) reserved: key column empty where that is refused
  kRefused,         // (topic) a record that the topic does not take
};
// "ragged", "nul-byte", ...: stable names, for messages, ledger and dead letters.
std::string_view NameOf(RowFault fault);

// What a record ends with; kNoEnd: with the file.
enum class LineEnd : std::uint8_t { kNoEnd, kLf, kCrLf, kCr };
std::string_view NameOf(LineEnd line_end);  // "LF", "CRLF", "CR"; "none"

// One record: bytes [begin, end) of the file, record end included.
// Invariant: record[n].end <= record[n+1].begin, and only empty lines and comments lie between them
// (and the byte order mark before the first). So a checkpoint is one number: the end of the last
// record.
struct Record {
  ByteOffset begin;
  ByteOffset end;
  RowNumber row;                             // 1-based; the header is no row
  std::span<const std::string_view> fields;  // unquoted; valid until the next Next()
  std::string_view raw;                      // without its record end; valid until the next Next()
  std::span<const std::uint8_t> nulls{};     // 1 for a null; empty if the dialect has no null text
  std::uint64_t empty_lines = 0;             // and comments, before it

  bool is_null(std::size_t field) const { return !nulls.empty() && nulls[field] != 0; }

  // False: the file ends it. It may be half of a row that is still being written.
  bool ended() const { return end.value - begin.value > raw.size(); }

  // Lines the row spans: 1 and the line ends inside it, LF, CRLF or CR, escaped ones included. Its
  // own end is not inside. Nor is one that is the file's last byte: no line begins behind it.
  // Counted when asked for, so that it costs other rows nothing.
  std::uint64_t lines() const;
};

// A row that is no record. [begin, end) is skipped by the next Next(); for kOpenQuote that is the
// rest of the file, for kTooLong up to its record end.
struct BadRow {
  RowFault fault = RowFault::kRagged;
  ByteOffset begin;
  ByteOffset end;
  RowNumber row;
  // The offending byte. kRagged, kByteOrderMark: begin. kTooLong: begin + limit, the first byte too
  // much. kInvalidUtf8: the first byte of the ill-formed sequence. kOpenQuote: the quote.
  ByteOffset at;
  // "7 fields, the header has 9", "...; the row spans 12 lines": a row that is bad and spans
  // several most often is many rows and a quote that was forgotten. No place in it: the caller adds
  // that.
  std::string detail;
  // As in Record, but of a record that is longer than the limit (whatever its fault) only what lies
  // within: it may end inside a character. Valid until the next Next().
  std::string_view raw;
  std::uint64_t lines = 1;        // as Record::lines(); all of them, however long the row
  std::uint64_t text_bytes = 0;   // of the whole row without its record end: raw.size() or more
  std::uint64_t empty_lines = 0;  // as in Record

  // As Record::ended().
  bool ended() const { return end.value - begin.value > text_bytes; }
};

// A record or bad row that does not end as the others do: a line end that was meant to be text, or
// files joined together.
struct OddLineEnd {
  RowNumber row;
  ByteOffset begin;  // of the row
  LineEnd line_end = LineEnd::kNoEnd;

  bool operator==(const OddLineEnd&) const = default;
};

enum class ReadStatus : std::uint8_t { kRecord, kBadRow, kEnd };

// Where and how to read.
struct ReaderStart {
  InputPosition position;   // a record boundary this reader, or the header, has named
  std::size_t columns = 0;  // fields of each row; 0: any number
  Dialect dialect;
  std::size_t record_bytes_max = kRecordBytesMax;  // kRecordBytesMaxLeast to kRecordBytesMaxMost
  std::size_t block_bytes = kReadBlockBytes;       // >= 1
  // By Rules::kSecond, and only if `columns` is given:
  //   A row, not the file's first, that begins with a UTF-8 byte order mark is bad, even if nothing
  //   else is in it. Its end is where it would be without the mark: a quoted cell or a comment may
  //   stand behind it. (The one before the file's first row is skipped.)
  //   If there is one column, and the dialect's null text is empty, an empty line (one of blanks,
  //   if they are trimmed) is a record of one null.
  Rules rules = kNewestRules;
  LineEnd line_end = LineEnd::kNoEnd;  // the header's; kNoEnd: that of the first row read
};

// Text that a reader has read, which stays where it is while this lives: what a row's `raw`, and
// its fields that needed no copy, are views of.
struct HeldText {
  std::shared_ptr<const char[]> owner;
  std::string_view text;
  ByteOffset begin;     // of `text`
  PrefixHasher before;  // of all bytes before it
};

// Reads records in file order. In the plain dialect (a delimiter of one byte, a quote, nothing else
// but skipped lines and given columns) no field is copied that need not be: only a quoted field
// with a doubled quote is. Other dialects are read byte by byte and copied, at a fraction of the
// speed. Memory: a block, and up to four times the longest record or, of longer ones, the limit (it
// is held in a buffer that doubles, and copied once), whatever the file's size. Used by one thread.
// Throws Error(kInput) for what is not a matter of one row: a read error, or a prefix that is not
// what was recorded; Error(kUsage) as CheckDialect().
class RecordReader {
 public:
  // `file` must outlive the reader.
  RecordReader(const SourceFile& file, const ReaderStart& start);
  ~RecordReader();
  RecordReader(RecordReader&&) noexcept;
  RecordReader& operator=(RecordReader&&) = delete;

  // kRecord: record() is set; kBadRow: bad_row() is; kEnd: the end of the file (again at each
  // further call).
  ReadStatus Next();

  // The record or bad row returned last is no row of the load: it counts as an empty line.
  void PassOver();

  // Undefined unless the last Next() said so.
  const Record& record() const;
  const BadRow& bad_row() const;

  // That of ReaderStart, or of the first row that had one.
  LineEnd line_end() const;

  // The first of the rows returned so far that ended otherwise. The file's last, if it has no end,
  // does not count.
  const std::optional<OddLineEnd>& odd_line_end() const;

  // Just past the last record or bad row returned (at kEnd: also past trailing empty lines and
  // comments), with the fingerprint of all bytes before it.
  InputPosition position();

  // Where the record or bad row begins that was returned last: for a caller that stops before it.
  // REQUIRES: the last call was Next(), and it did not return kEnd.
  InputPosition position_before();

  // All that is read and not yet hashed: it has the row returned last, if no position was asked for
  // since. Of a row longer than the limit it may have the end alone.
  HeldText Hold();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
