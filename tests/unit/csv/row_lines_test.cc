// How many lines and bytes a row is, good or bad, and what a bad row's detail says of it.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "csv/reader_core.h"
#include "onceload/csv/record_reader.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using namespace std::string_literals;  // strings with a NUL inside
using csv_testing::Parsed;
using csv_testing::ReadAll;
using csv_testing::Row;

// Of each row, by blocks of any size and by both scanners if the dialect allows.
std::vector<std::uint64_t> LinesOfRows(const std::string& bytes, const Dialect& dialect = {},
                                       std::size_t limit = kRecordBytesMax) {
  ReaderStart start{.position = {}, .dialect = dialect, .record_bytes_max = limit};
  const Parsed parsed = ReadAll(bytes, start);
  for (start.block_bytes = 1; start.block_bytes <= bytes.size(); ++start.block_bytes) {
    EXPECT_EQ(ReadAll(bytes, start).rows, parsed.rows) << start.block_bytes;
    EXPECT_EQ(ReadAll<GeneralReaderCore>(bytes, start).rows, parsed.rows) << start.block_bytes;
  }
  std::vector<std::uint64_t> lines;
  for (const Row& row : parsed.rows) lines.push_back(row.lines);
  return lines;
}

using Lines = std::vector<std::uint64_t>;

TEST(RowLines, ALineEndOfAnyKindInQuotesCountsOnce) {
  EXPECT_EQ(LinesOfRows("a,b\n\"1\n2\",\"\r\n\"\r\n\"\r\",\"\n\n\"\rx\n\n"), (Lines{1, 3, 4, 1}));
  EXPECT_EQ(LinesOfRows("\"\r\r\n\n\r\",\"\"\"\n\"\"\r\n\",\n,\"\n\""), (Lines{7, 2}));
}

TEST(RowLines, AreCountedOverTheLimitToo) {
  EXPECT_EQ(LinesOfRows("a,b\n\"1\n2\",\"\r\n\"\r\n\"\r\",\"\n\n\"\rx\n\n", {}, 2),
            (Lines{1, 3, 4, 1}));
  EXPECT_EQ(LinesOfRows("a\n\"123456\r\n\r\n\",\"\n\n\"x\r\nb", {}, 7), (Lines{1, 5, 1}));
}

TEST(RowLines, AnEscapedLineEndCounts) {
  for (const std::size_t limit : {kRecordBytesMax, std::size_t{3}}) {
    EXPECT_EQ(LinesOfRows("a\\\nb\n\\\r\\\r\n\\\n\n\"\\\r\n\r\n\"\n", {.escape = '\\'}, limit),
              (Lines{2, 4, 3}));
    EXPECT_EQ(LinesOfRows("a\\\nb\\", {.escape = '\\'}, limit), (Lines{2}));
  }
}

TEST(RowLines, AnOpenQuoteHasThoseToTheEndOfTheFile) {
  for (const std::size_t limit : {kRecordBytesMax, std::size_t{3}}) {
    EXPECT_EQ(LinesOfRows("a\n\"b\nc\n\nd", {}, limit), (Lines{1, 4}));
    EXPECT_EQ(LinesOfRows("a\n\"b\nc\n\nd\n", {}, limit), (Lines{1, 4}));
    EXPECT_EQ(LinesOfRows("a\n\"b\nc\n\nd\r\n", {}, limit), (Lines{1, 4}));
  }
}

TEST(RowLines, TheTextIsMeasuredWhereOnlyItsBeginIsHeld) {
  for (const std::string end : {"\n", "\r\n", "\r", ""}) {
    const std::string text = "\"" + std::string(3'000'000, '\n') + "\",b";
    const Parsed parsed =
        ReadAll("a\n" + text + end, {.position = {}, .dialect = {}, .record_bytes_max = 10});
    ASSERT_EQ(parsed.rows.size(), 2U);
    EXPECT_EQ(parsed.rows[1].lines, 3'000'001U);
    EXPECT_EQ(parsed.rows[1].text_bytes, text.size());
    EXPECT_EQ(parsed.rows[1].raw.size(), 10U);
    EXPECT_EQ(parsed.rows[1].end, 2 + text.size() + end.size());
  }
}

std::string DetailOf(const std::string& row, std::size_t limit = kRecordBytesMax) {
  const Parsed parsed =
      ReadAll(row, {.position = {}, .columns = 2, .dialect = {}, .record_bytes_max = limit});
  EXPECT_EQ(parsed.rows.at(0).text_bytes,
            row.size() - (row.back() == '\n' && parsed.rows[0].fault != RowFault::kOpenQuote));
  return parsed.rows[0].detail;
}

TEST(RowLines, TheDetailOfABadRowSaysThemIfItIsNotOne) {
  EXPECT_EQ(DetailOf("1,\"2\n3\",4\n"), "3 fields, the header has 2; the row spans 2 lines");
  EXPECT_EQ(DetailOf("1,\"2\r\n3\n\"4\n"),
            "text between a closing quote and the next delimiter; the row spans 3 lines");
  EXPECT_EQ(
      DetailOf("1,\"2\n3,4\n5,6\n"),
      "the quote that opens the field is not closed before the end of the file; the row spans "
      "3 lines");
  EXPECT_EQ(DetailOf("1,\"\n\"" + std::string(9, 'x') + "\n", 6),
            "text between a closing quote and the next delimiter; the row spans 2 lines");
  EXPECT_EQ(DetailOf("1," + std::string(9, 'x') + "\n", 6),
            "longer than 6 bytes (--record-bytes-max)");
  EXPECT_EQ(DetailOf("1,\"\n\0\"\n"s), "a NUL byte; text has none; the row spans 2 lines");
  EXPECT_EQ(DetailOf("1,\"2\"x\n"), "text between a closing quote and the next delimiter");
}

// The region between two stray quotes is one row, and says how large it is.
TEST(RowLines, ARunawayQuoteSaysHowManyLinesItTook) {
  std::string bytes = "1,2\n3,\"4\n";
  for (int i = 0; i < 300'000; ++i) bytes += "5,6\n";
  bytes += "7,8\"\n9,0\n";
  const Parsed parsed = ReadAll(bytes, {.position = {}, .columns = 2, .dialect = {}});
  ASSERT_EQ(parsed.rows.size(), 3U);
  EXPECT_EQ(parsed.rows[1].detail,
            "longer than 1048576 bytes (--record-bytes-max); the quote 2 bytes after the row's "
            "begin is still open there; the row spans 300002 lines");
  EXPECT_EQ(parsed.rows[1].lines, 300'002U);
}

}  // namespace
}  // namespace onceload
