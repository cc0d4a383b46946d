// Rows that are no records: which fault, where, and that the next row is read as if nothing were.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "onceload/csv/record_reader.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using namespace std::string_literals;  // strings with a NUL inside
using csv_testing::Parsed;
using csv_testing::ReadAll;
using csv_testing::Row;

// Reads `row` between two good rows of two columns, expects that both are there, and returns what
// became of `row`, with bytes counted from its begin.
Row Faulty(const std::string& row, std::size_t block = kReadBlockBytes) {
  const Parsed parsed =
      ReadAll("a,b\n" + row + "\ny,z\n",
              {.position = {}, .columns = 2, .dialect = {}, .block_bytes = block});
  EXPECT_EQ(parsed.rows.size(), 3U);
  if (parsed.rows.size() != 3) return {};
  EXPECT_EQ(parsed.rows[2].fields, (std::vector<std::string>{"y", "z"}));
  EXPECT_EQ(parsed.rows[2].row, 3U);
  Row found = parsed.rows[1];
  EXPECT_EQ(found.row, 2U);
  EXPECT_EQ(found.begin, 4U);
  EXPECT_EQ(found.end, 4 + row.size() + 1);
  EXPECT_EQ(found.raw, row);
  EXPECT_EQ(found.after.byte, ByteOffset{found.end});
  EXPECT_EQ(found.after.row, RowNumber{2});
  found.at -= 4;
  return found;
}

void ExpectFault(const std::string& row, RowFault fault, std::uint64_t at) {
  for (const std::size_t block : {std::size_t{1}, std::size_t{5}, kReadBlockBytes}) {
    const Row found = Faulty(row, block);
    EXPECT_EQ(found.fault, fault) << row;
    EXPECT_EQ(found.at, at) << row;
    EXPECT_NE(found.detail, "") << row;
  }
}

TEST(RowFaults, RaggedSaysHowManyFieldsThereAre) {
  ExpectFault("1", RowFault::kRagged, 0);
  ExpectFault("1,2,3", RowFault::kRagged, 0);
  EXPECT_EQ(Faulty("1").detail, "1 field, the header has 2");
  EXPECT_EQ(Faulty("1,,\"3\"").detail, "3 fields, the header has 2");
}

TEST(RowFaults, WithoutAColumnCountNothingIsRagged) {
  for (const Row& row : ReadAll("a\nb,c\nd,e,f\n").rows) EXPECT_FALSE(row.fault);
}

TEST(RowFaults, NulByte) {
  ExpectFault("1,\0"s, RowFault::kNulByte, 2);
  ExpectFault("\0,2"s, RowFault::kNulByte, 0);
  ExpectFault("1,\"x\0\""s, RowFault::kNulByte, 4);
}

TEST(RowFaults, InvalidUtf8) {
  ExpectFault("1,caf\xe9", RowFault::kInvalidUtf8, 5);
  ExpectFault("\xed\xa0\x80,2", RowFault::kInvalidUtf8, 0);
  ExpectFault("1,\"\xc0\xaf\"", RowFault::kInvalidUtf8, 3);
  EXPECT_EQ(Faulty("1,caf\xe9").detail, "not UTF-8 (0xe9: truncated character)");
}

TEST(RowFaults, ACharacterCutByADelimiterOrRecordEndIsInvalid) {
  ExpectFault("\xc3,\xa4", RowFault::kInvalidUtf8, 0);
  ExpectFault("1,\xe2\x82", RowFault::kInvalidUtf8, 2);
}

TEST(RowFaults, TextAfterQuoteGoesOnToTheNextDelimiterOrRecordEnd) {
  ExpectFault("\"1\"x,2", RowFault::kTextAfterQuote, 3);
  ExpectFault("1,\"2\" ", RowFault::kTextAfterQuote, 5);
  ExpectFault("\"1\" \"2\",3", RowFault::kTextAfterQuote, 3);
  ExpectFault("\"1\"x\"\"y,2", RowFault::kTextAfterQuote, 3);
}

TEST(RowFaults, AfterTextAfterQuoteTheNextFieldMayBeQuotedAgain) {
  ExpectFault("\"1\"x,\"2,\n3\"", RowFault::kTextAfterQuote, 3);
}

TEST(RowFaults, TheFirstByteDecides) {
  ExpectFault("\0,\xff"s, RowFault::kNulByte, 0);
  ExpectFault("\xff,\0"s, RowFault::kInvalidUtf8, 0);
  ExpectFault("\"1\"x,\0"s, RowFault::kTextAfterQuote, 3);
  ExpectFault("\"\0\"x,2"s, RowFault::kNulByte, 1);
  ExpectFault("\"1\"\0,2"s, RowFault::kNulByte, 3);
  ExpectFault("\"1\"\xff,2"s, RowFault::kInvalidUtf8, 3);
}

TEST(RowFaults, RaggedComesLast) {
  ExpectFault("1,2,\0"s, RowFault::kNulByte, 4);
  ExpectFault("1,2,\xff", RowFault::kInvalidUtf8, 4);
  ExpectFault("\"1\"x", RowFault::kTextAfterQuote, 3);
}

TEST(RowFaults, AnOpenQuoteTakesTheRestOfTheFile) {
  const Parsed parsed = ReadAll("a,b\n1,\"2\n3,4\n5,6\n");
  ASSERT_EQ(parsed.rows.size(), 2U);
  const Row& row = parsed.rows[1];
  EXPECT_EQ(row.fault, RowFault::kOpenQuote);
  EXPECT_EQ(row.at, 6U);
  EXPECT_EQ(row.begin, 4U);
  EXPECT_EQ(row.end, 17U);
  EXPECT_EQ(row.raw, "1,\"2\n3,4\n5,6\n");
  EXPECT_EQ(parsed.end.byte, ByteOffset{17});
  EXPECT_EQ(parsed.end.row, RowNumber{2});
}

TEST(RowFaults, AnOpenQuoteIsPlacedAtTheQuoteThatOpensNotAtADoubledOne) {
  const Parsed parsed = ReadAll("\"a\",\"b\"\"c\"\"\n");
  ASSERT_EQ(parsed.rows.size(), 1U);
  EXPECT_EQ(parsed.rows[0].fault, RowFault::kOpenQuote);
  EXPECT_EQ(parsed.rows[0].at, 4U);
}

TEST(RowFaults, WhatComesBeforeAnOpenQuoteHidesIt) {
  EXPECT_EQ(ReadAll("\0,\"x"s).rows.at(0).fault, RowFault::kNulByte);
  EXPECT_EQ(ReadAll("\"1\"x,\"x"s).rows.at(0).fault, RowFault::kTextAfterQuote);
  EXPECT_EQ(ReadAll("1,\"\0"s).rows.at(0).fault, RowFault::kOpenQuote);
  EXPECT_EQ(ReadAll("1,\"\xff"s).rows.at(0).fault, RowFault::kOpenQuote);
}

TEST(RowFaults, ARowEndsAtTheEndOfTheFileToo) {
  for (const std::string& row : {"1,\0"s, "1,\xff"s, "1,\"2\"x"s, "1,2,3"s}) {
    const Parsed parsed = ReadAll("a,b\n" + row, {.position = {}, .columns = 2, .dialect = {}});
    ASSERT_EQ(parsed.rows.size(), 2U);
    EXPECT_TRUE(parsed.rows[1].fault);
    EXPECT_EQ(parsed.rows[1].end, 4 + row.size());
    EXPECT_EQ(parsed.rows[1].raw, row);
  }
}

TEST(RowFaults, FaultsInTheFirstAndInFollowingBlocksOf64BytesAreSeen) {
  for (std::size_t n = 0; n < 200; ++n) {
    const std::string text(n, 'x');
    EXPECT_EQ(Faulty(text + "\0,2"s).at, n);
    EXPECT_EQ(Faulty(text + "\xff,2"s).at, n);
    EXPECT_EQ(Faulty("\"" + text + "\"x,2").at, n + 2);
  }
}

TEST(RowFaults, OddBytesOfTheNextRowAreNotThisRowsFault) {
  const Parsed parsed = ReadAll("a,b\n\0,\xff\n"s);
  ASSERT_EQ(parsed.rows.size(), 2U);
  EXPECT_FALSE(parsed.rows[0].fault);
  EXPECT_TRUE(parsed.rows[1].fault);
}

}  // namespace
}  // namespace onceload
