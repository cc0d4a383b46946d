// What a reader does otherwise by the second version of the rules: byte order marks before later
// rows, and empty lines in a file of one column. More of both: tests/data/csv.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "csv/reader_core.h"
#include "onceload/csv/record_reader.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::Parsed;
using csv_testing::ReadAll;
using csv_testing::Row;

const std::string kMark = "\xef\xbb\xbf";

ReaderStart Start(std::size_t columns, const Dialect& dialect = {}, Rules rules = Rules::kSecond) {
  ReaderStart start{.position = {}, .columns = columns, .dialect = dialect};
  start.rules = rules;
  return start;
}

// By blocks of any size and by both scanners, if the dialect is one for both.
Parsed ReadInAnyWay(const std::string& bytes, ReaderStart start) {
  const Parsed parsed = ReadAll(bytes, start);
  for (start.block_bytes = 1; start.block_bytes < bytes.size() + 2; ++start.block_bytes) {
    EXPECT_EQ(ReadAll(bytes, start), parsed) << start.block_bytes;
    EXPECT_EQ(ReadAll<GeneralReaderCore>(bytes, start), parsed) << start.block_bytes;
    if (!IsPlain(start.dialect)) continue;
    EXPECT_EQ(ReadAll<ReaderCore<PortableScanner>>(bytes, start), parsed) << start.block_bytes;
  }
  return parsed;
}

// `marked` stands behind a mark, between two good rows of two columns; all of it is to be one bad
// row, whatever the limit.
void ExpectOneBadRow(const std::string& marked, const Dialect& dialect = {}) {
  const std::string comma = dialect.delimiter;
  const std::string bytes = "a" + comma + "b\n" + kMark + marked + "\ny" + comma + "z\n";
  const std::size_t begin = 2 + comma.size() + 1;
  const std::string text = kMark + marked;
  for (const std::size_t limit : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 9U, 12U, 1000U}) {
    SCOPED_TRACE(marked + ", limit " + std::to_string(limit));
    ReaderStart start = Start(2, dialect);
    start.record_bytes_max = limit;
    const Parsed parsed = ReadInAnyWay(bytes, start);
    ASSERT_EQ(parsed.rows.size(), 3U);
    const Row& row = parsed.rows[1];
    EXPECT_EQ(row.fault, RowFault::kByteOrderMark);
    EXPECT_EQ(row.at, begin);
    EXPECT_EQ(row.begin, begin);
    EXPECT_EQ(row.end, begin + text.size() + 1);
    EXPECT_EQ(row.raw, limit > text.size() ? text : text.substr(0, limit));
    EXPECT_EQ(row.text_bytes, text.size());
    EXPECT_EQ(parsed.rows[2].row, 3U);
    EXPECT_EQ(parsed.rows[2].begin, row.end);
    EXPECT_EQ(parsed.end.empty_lines, 0U);
  }
}

TEST(MarkBeforeALaterRow, MakesItBad) {
  ExpectOneBadRow("1,2");
  ExpectOneBadRow("1");
  ExpectOneBadRow("1,\xff");
  ExpectOneBadRow(kMark + "1,2");
  ExpectOneBadRow("");
}

TEST(MarkBeforeALaterRow, TheRowEndsWhereItsQuotedCellsSay) {
  ExpectOneBadRow("\"1\n2\",3");
  ExpectOneBadRow("\"1\r\n\r\n\"\"2\",\"\n\"");
  ExpectOneBadRow("\"1\"x,\"\n2\"");
  ExpectOneBadRow("\"\"");
  ExpectOneBadRow("1\",2");
}

TEST(MarkBeforeALaterRow, InAnyDialect) {
  ExpectOneBadRow("'1\n||'||3", {.delimiter = "||", .quote = '\''});
  ExpectOneBadRow("1\\\n,\\\"", {.escape = '\\', .comment = "#"});
  ExpectOneBadRow(" \t \"1\n2\" , 3", {.trim = true});
  ExpectOneBadRow("  \t", {.trim = true});
  ExpectOneBadRow("#,\"", {.comment = "#"});
  ExpectOneBadRow("##\\ ,\"", {.escape = '\\', .comment = "##"});
  ExpectOneBadRow("\",2", {.quote = '\0'});
}

TEST(MarkBeforeALaterRow, TheDetailSaysWhatItComesFrom) {
  const Parsed parsed = ReadAll("a\n" + kMark + "b\n" + kMark + "\"\n\"", Start(1));
  EXPECT_EQ(parsed.rows.at(1).detail,
            "a byte order mark (U+FEFF) before the row, as of files joined together");
  EXPECT_EQ(parsed.rows.at(2).detail,
            "a byte order mark (U+FEFF) before the row, as of files joined together; the row spans "
            "2 lines");
}

TEST(MarkBeforeALaterRow, MayBeAllThereIsInTheRow) {
  for (const std::string end : {"", "\n", "\r\n", "\r"}) {
    const Parsed parsed = ReadInAnyWay("a\n" + kMark + end, Start(1));
    ASSERT_EQ(parsed.rows.size(), 2U);
    EXPECT_EQ(parsed.rows[1].fault, RowFault::kByteOrderMark);
    EXPECT_EQ(parsed.rows[1].raw, kMark);
    EXPECT_EQ(parsed.rows[1].end, 5 + end.size());
  }
}

TEST(MarkBeforeALaterRow, AnOpenQuoteBehindItTakesTheRest) {
  for (const std::size_t limit : {std::size_t{1}, std::size_t{5}, kRecordBytesMax}) {
    ReaderStart start = Start(2);
    start.record_bytes_max = limit;
    const Parsed parsed = ReadInAnyWay("a,b\n" + kMark + "\"1\n2,3\n", start);
    ASSERT_EQ(parsed.rows.size(), 2U);
    EXPECT_EQ(parsed.rows[1].fault, RowFault::kByteOrderMark);
    EXPECT_EQ(parsed.rows[1].end, parsed.end.byte.value);
    EXPECT_EQ(parsed.rows[1].lines, 2U);
  }
}

TEST(MarkBeforeALaterRow, TheOneBeforeTheFirstRowIsSkippedAsEver) {
  for (std::size_t limit = 2; limit < 7; ++limit) {
    ReaderStart start = Start(1, {.comment = "###"});
    start.record_bytes_max = limit;
    const Parsed parsed = ReadInAnyWay(kMark + "a\n" + kMark + "b\n", start);
    ASSERT_EQ(parsed.rows.size(), 2U);
    EXPECT_EQ(parsed.rows[0].fields, std::vector<std::string>{"a"});
    EXPECT_EQ(parsed.rows[1].fault, RowFault::kByteOrderMark);
  }
  EXPECT_EQ(ReadInAnyWay(kMark, Start(1)).rows.size(), 0U);
  EXPECT_EQ(ReadInAnyWay(kMark + kMark + "a", Start(1)).rows.at(0).begin, 3U);
  EXPECT_EQ(ReadInAnyWay(kMark + kMark + "a", Start(1)).rows.at(0).fault, RowFault::kByteOrderMark);
  EXPECT_EQ(ReadInAnyWay(kMark + "x\n" + kMark + "a", Start(1, {.skip_lines = 1})).rows.at(0).fault,
            RowFault::kByteOrderMark);
}

TEST(MarkBeforeALaterRow, AnywhereElseIsText) {
  const Parsed parsed =
      ReadInAnyWay("\"" + kMark + "a\"," + kMark + "\n " + kMark + "," + kMark + "\n", Start(2));
  ASSERT_EQ(parsed.rows.size(), 2U);
  for (const Row& row : parsed.rows) EXPECT_FALSE(row.fault) << row;
  EXPECT_EQ(ReadInAnyWay("a\n\xef\xbb\n", Start(1)).rows.at(1).fault, RowFault::kInvalidUtf8);
  EXPECT_EQ(ReadInAnyWay("a\n\xef", Start(1)).rows.at(1).fault, RowFault::kInvalidUtf8);
  EXPECT_FALSE(ReadInAnyWay("a\n\xef\xbc\x8c\n", Start(1)).rows.at(1).fault);
}

TEST(MarkBeforeALaterRow, IsTextByTheFirstRulesAndInAHeader) {
  const std::string bytes = "a,b\n" + kMark + "\"1\",\"2\n3\"\n";
  for (const ReaderStart& start : {Start(2, {}, Rules::kFirst), Start(0)}) {
    const Parsed parsed = ReadInAnyWay(bytes, start);
    ASSERT_EQ(parsed.rows.size(), 2U);
    EXPECT_EQ(parsed.rows[1].fields, (std::vector<std::string>{kMark + "\"1\"", "2\n3"}));
  }
}

// "10 null 20"; a bad row fails the test.
std::string OneColumn(const std::string& bytes, const ReaderStart& start) {
  std::string rows;
  for (const Row& row : ReadInAnyWay(bytes, start).rows) {
    EXPECT_FALSE(row.fault) << row;
    const bool null = !row.nulls.empty() && row.nulls[0] == 1;
    EXPECT_TRUE(!null || row.fields == std::vector<std::string>{""});
    rows += (rows.empty() ? "" : " ") + (null ? "null" : "<" + row.fields.at(0) + ">");
  }
  return rows;
}

TEST(EmptyLine, OfOneColumnIsANullIfNullIsEmpty) {
  const ReaderStart start = Start(1, {.null_text = ""});
  EXPECT_EQ(OneColumn("10\n20\n\n", start), "<10> <20> null");
  EXPECT_EQ(OneColumn("10\n20\n", start), "<10> <20>");
  EXPECT_EQ(OneColumn("10\n\n\n\"\"\n20", start), "<10> null null <> <20>");
  EXPECT_EQ(OneColumn("10\r\n\r\n20\r\n\r\n", start), "<10> null <20> null");
  EXPECT_EQ(OneColumn("\r10\r\r", start), "null <10> null");
  EXPECT_EQ(OneColumn(kMark + "\n10", start), "null <10>");
  EXPECT_EQ(OneColumn("", start), "");
  EXPECT_EQ(OneColumn(kMark, start), "");
}

TEST(EmptyLine, OfOneColumnMayHoldBlanksIfTheyAreTrimmed) {
  const ReaderStart start = Start(1, {.comment = "#", .trim = true, .null_text = ""});
  EXPECT_EQ(OneColumn(" 10\n \t\r\n\n#\n \"\" \n  ", start), "<10> null null <> null");
  EXPECT_EQ(OneColumn(" \n", Start(1, {.null_text = ""})), "< >");
}

TEST(EmptyLine, OfOneColumnIsARowLikeAnyOther) {
  const Parsed parsed = ReadInAnyWay("10\n\r\n20\n", Start(1, {.null_text = ""}));
  ASSERT_EQ(parsed.rows.size(), 3U);
  const Row& row = parsed.rows[1];
  EXPECT_EQ(row.begin, 3U);
  EXPECT_EQ(row.end, 5U);
  EXPECT_EQ(row.row, 2U);
  EXPECT_EQ(row.raw, "");
  EXPECT_EQ(row.lines, 1U);
  EXPECT_EQ(parsed.end.empty_lines, 0U);
  EXPECT_EQ(parsed.odd_line_end, (OddLineEnd{RowNumber{2}, ByteOffset{3}, LineEnd::kCrLf}));
  ReaderStart limited = Start(1, {.null_text = ""});
  limited.record_bytes_max = 1;
  EXPECT_EQ(ReadInAnyWay("\n\r\n\n", limited).rows.at(1).fault, RowFault::kTooLong);
}

TEST(EmptyLine, IsNoRowOtherwise) {
  const std::string bytes = "10\n\n20\n \n\r\n";
  for (const ReaderStart& start :
       {Start(1), Start(1, {.null_text = "x"}), Start(1, {.null_text = ""}, Rules::kFirst)}) {
    EXPECT_EQ(OneColumn(bytes, start), "<10> <20> < >");
    EXPECT_EQ(ReadAll(bytes, start).end.empty_lines, 2U);
  }
  const std::string pairs = "10,1\n\n20,2\n\r\n";
  for (const std::size_t columns : {0U, 2U}) {
    EXPECT_EQ(ReadInAnyWay(pairs, Start(columns, {.null_text = ""})).end.empty_lines, 2U);
  }
}

}  // namespace
}  // namespace onceload
