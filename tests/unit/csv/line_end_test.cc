// Rows that end otherwise than the others.
#include <string>

#include <gtest/gtest.h>

#include "csv/reader_core.h"
#include "onceload/csv/record_reader.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::Parsed;
using csv_testing::ReadAll;
using csv_testing::TempFile;

// By blocks of any size, with and without limit, and by both scanners: "row 2 at 4: CRLF", or "".
std::string OddOf(const std::string& bytes, LineEnd line_end = LineEnd::kNoEnd) {
  ReaderStart start{.position = {}, .dialect = {}};
  start.line_end = line_end;
  const Parsed parsed = ReadAll(bytes, start);
  for (start.block_bytes = 1; start.block_bytes < bytes.size() + 2; ++start.block_bytes) {
    for (const std::size_t limit : {std::size_t{1}, std::size_t{2}, kRecordBytesMax}) {
      start.record_bytes_max = limit;
      EXPECT_EQ(ReadAll(bytes, start).odd_line_end, parsed.odd_line_end) << start.block_bytes;
      EXPECT_EQ(ReadAll<GeneralReaderCore>(bytes, start).odd_line_end, parsed.odd_line_end);
    }
  }
  if (!parsed.odd_line_end) return "";
  return "row " + std::to_string(parsed.odd_line_end->row.value) + " at " +
         std::to_string(parsed.odd_line_end->begin.value) + ": " +
         std::string(NameOf(parsed.odd_line_end->line_end));
}

TEST(OddLineEnd, IsTheFirstRowsThatEndsOtherwise) {
  EXPECT_EQ(OddOf("a,b\nc,d\r\ne,f\r"), "row 2 at 4: CRLF");
  EXPECT_EQ(OddOf("a,b\r\nc,d\r\ne,f\rg\n"), "row 3 at 10: CR");
  EXPECT_EQ(OddOf("a,b\r\nc,\"d\"\n"), "row 2 at 5: LF");
  EXPECT_EQ(OddOf("a,b\rc\r\n"), "row 2 at 4: CRLF");
  EXPECT_EQ(OddOf("a,b\rc\rd\n\n"), "row 3 at 6: LF");
}

TEST(OddLineEnd, IsNoneWhereAllRowsEndAlike) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const std::string rows = "a,b" + end + "\"\n\",\"\r\"" + end + "\"\r\n\"" + end;
    EXPECT_EQ(OddOf(rows), "");
    EXPECT_EQ(OddOf(rows + "c"), "");
    EXPECT_EQ(OddOf(rows + "\"c"), "");
    EXPECT_EQ(OddOf(rows + "\"c\n"), "");
  }
  EXPECT_EQ(OddOf(""), "");
  EXPECT_EQ(OddOf("a"), "");
}

TEST(OddLineEnd, EmptyLinesAreNoRows) {
  EXPECT_EQ(OddOf("\r\na\n\r\nb\n\r"), "");
  EXPECT_EQ(OddOf("\ra\n\r\nb\r"), "row 2 at 5: CR");
}

TEST(OddLineEnd, IsUnlikeTheHeaders) {
  EXPECT_EQ(OddOf("a\nb\n", LineEnd::kLf), "");
  EXPECT_EQ(OddOf("a\nb\n", LineEnd::kCrLf), "row 1 at 0: LF");
  EXPECT_EQ(OddOf("\"a\rb\"\r", LineEnd::kCrLf), "row 1 at 0: CR");
  EXPECT_EQ(OddOf("a", LineEnd::kCrLf), "");
}

TEST(OddLineEnd, ABadRowsCountsAndARowsBehindAMarkToo) {
  const auto odd = [](const std::string& bytes, std::size_t limit = kRecordBytesMax) {
    return ReadAll(bytes, {.position = {}, .columns = 1, .dialect = {}, .record_bytes_max = limit})
        .odd_line_end;
  };
  EXPECT_EQ(odd("a\nb,c\r\nd\r"), (OddLineEnd{RowNumber{2}, ByteOffset{2}, LineEnd::kCrLf}));
  EXPECT_EQ(odd("a\nb\xff\r\nd\r"), (OddLineEnd{RowNumber{2}, ByteOffset{2}, LineEnd::kCrLf}));
  for (const std::size_t limit : {kRecordBytesMax, std::size_t{2}}) {
    EXPECT_EQ(odd("a\n\xef\xbb\xbf\"b\n\"\rd\r\n", limit),
              (OddLineEnd{RowNumber{2}, ByteOffset{2}, LineEnd::kCr}));
  }
}

TEST(OddLineEnd, IsToldWhileReadingFromItsRowOn) {
  const TempFile temp("a\nb\nc\r\nd\r\n");
  const SourceFile file(temp.path());
  RecordReader reader(file, {});
  EXPECT_EQ(reader.line_end(), LineEnd::kNoEnd);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(reader.Next(), ReadStatus::kRecord);
    EXPECT_EQ(reader.line_end(), LineEnd::kLf);
    EXPECT_FALSE(reader.odd_line_end());
  }
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(reader.Next(), ReadStatus::kRecord);
    EXPECT_EQ(reader.line_end(), LineEnd::kLf);
    EXPECT_EQ(reader.odd_line_end(), (OddLineEnd{RowNumber{3}, ByteOffset{4}, LineEnd::kCrLf}));
  }
}

}  // namespace
}  // namespace onceload
