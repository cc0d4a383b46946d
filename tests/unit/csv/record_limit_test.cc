// Records that are longer than the limit, and what the limit may be.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "csv/byte_scanner.h"
#include "csv/read_buffer.h"
#include "onceload/csv/record_reader.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using namespace std::string_literals;  // strings with a NUL inside
using csv_testing::Parsed;
using csv_testing::ReadAll;
using csv_testing::Row;

ReaderStart WithLimit(std::size_t limit, std::size_t block = kReadBlockBytes) {
  return {.position = {}, .dialect = {}, .record_bytes_max = limit, .block_bytes = block};
}

TEST(RecordLimit, CountsTheRecordEnd) {
  for (const std::string end : {"\n", "\r", "\r\n", ""}) {
    for (std::size_t block = 1; block < 12; ++block) {
      const std::string record = "abc,de" + end;
      const Parsed fits = ReadAll(record, WithLimit(record.size(), block));
      ASSERT_EQ(fits.rows.size(), 1U);
      EXPECT_FALSE(fits.rows[0].fault) << fits.rows[0];
      const Parsed over = ReadAll(record, WithLimit(record.size() - 1, block));
      ASSERT_EQ(over.rows.size(), 1U);
      EXPECT_EQ(over.rows[0].fault, RowFault::kTooLong);
      EXPECT_EQ(over.rows[0].end, record.size());
    }
  }
}

TEST(RecordLimit, TheDefaultIsOneMebibyte) {
  const std::string fits = std::string(kRecordBytesMax - 3, 'x') + ",y\n";
  const std::string over = std::string(kRecordBytesMax - 2, 'x') + ",y\n";
  const std::string quoted = "\"" + std::string(kRecordBytesMax, '\n') + "\",y\n";
  const Parsed parsed = ReadAll("a,b\n" + fits + over + quoted + fits + "c,d\n");
  ASSERT_EQ(parsed.rows.size(), 6U);
  EXPECT_EQ(parsed.rows[1].raw.size(), kRecordBytesMax - 1);
  EXPECT_EQ(parsed.rows[1].fields.at(0).size(), kRecordBytesMax - 3);
  EXPECT_EQ(parsed.rows[2].fault, RowFault::kTooLong);
  EXPECT_EQ(parsed.rows[2].detail, "longer than 1048576 bytes (--record-bytes-max)");
  EXPECT_EQ(parsed.rows[3].fault, RowFault::kTooLong);
  EXPECT_FALSE(parsed.rows[4].fault);
  EXPECT_EQ(parsed.rows[5].fields, (std::vector<std::string>{"c", "d"}));
  EXPECT_EQ(parsed.rows[5].row, 6U);
}

TEST(RecordLimit, ALongRecordIsSkippedToItsEnd) {
  for (std::size_t block = 1; block < 40; ++block) {
    const std::string row = "\"\r\n,\"\"\n\",12345678901234567890,x\"y";
    const Parsed parsed = ReadAll("a\n" + row + "\r\nb,c\n", WithLimit(10, block));
    ASSERT_EQ(parsed.rows.size(), 3U) << block;
    const Row& bad = parsed.rows[1];
    EXPECT_EQ(bad.fault, RowFault::kTooLong);
    EXPECT_EQ(bad.begin, 2U);
    EXPECT_EQ(bad.end, 2 + row.size() + 2);
    EXPECT_EQ(bad.at, 12U);  // the first byte that is too much
    EXPECT_EQ(bad.raw, row.substr(0, 10));
    EXPECT_EQ(bad.row, 2U);
    EXPECT_EQ(parsed.rows[2].fields, (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(parsed.rows[2].row, 3U);
  }
}

TEST(RecordLimit, ALongRecordWithoutEndGoesToTheEndOfTheFile) {
  const Parsed parsed = ReadAll("a\n" + std::string(50, 'x'), WithLimit(10, 4));
  ASSERT_EQ(parsed.rows.size(), 2U);
  EXPECT_EQ(parsed.rows[1].fault, RowFault::kTooLong);
  EXPECT_EQ(parsed.rows[1].end, 52U);
  EXPECT_EQ(parsed.end.byte, ByteOffset{52});
}

TEST(RecordLimit, AnOpenQuoteIsTheReasonEvenBeyondTheLimit) {
  for (const std::string before : {"", "1,", "1,\"x\",", "123456789012345,"}) {
    const Parsed parsed =
        ReadAll("a\n" + before + "\"x\ny\n" + std::string(50, 'x'), WithLimit(10, 4));
    ASSERT_EQ(parsed.rows.size(), 2U);
    EXPECT_EQ(parsed.rows[1].fault, RowFault::kOpenQuote);
    EXPECT_EQ(parsed.rows[1].at, 2 + before.size());
    EXPECT_EQ(parsed.rows[1].end, parsed.end.byte.value);
    EXPECT_EQ(parsed.rows[1].raw.size(), 10U);
  }
}

TEST(RecordLimit, TheDetailNamesTheQuoteThatIsOpenAtTheLimit) {
  const Parsed parsed = ReadAll("1,\"" + std::string(50, '\n') + "\"\n", WithLimit(10));
  ASSERT_EQ(parsed.rows.size(), 1U);
  EXPECT_EQ(parsed.rows[0].detail,
            "longer than 10 bytes (--record-bytes-max); the quote 2 bytes after the row's begin is "
            "still open there; the row spans 51 lines");
}

TEST(RecordLimit, FaultsWithinTheLimitComeFirst) {
  const std::string rest = std::string(20, 'x') + "\n";
  for (std::size_t block = 1; block < 40; ++block) {
    const auto fault = [&](const std::string& begin) {
      return ReadAll(begin + rest + "y\n", WithLimit(10, block)).rows.at(0);
    };
    EXPECT_EQ(fault("1,\0"s).fault, RowFault::kNulByte);
    EXPECT_EQ(fault("1,\0"s).at, 2U);
    EXPECT_EQ(fault("123456789\0"s).fault, RowFault::kNulByte);
    EXPECT_EQ(fault("1234567890\0"s).fault, RowFault::kTooLong);
    EXPECT_EQ(fault("1,\xe2\x82\0"s).fault, RowFault::kInvalidUtf8);
    EXPECT_EQ(fault("123456789\xff").fault, RowFault::kInvalidUtf8);
    EXPECT_EQ(fault("1234567890\xff").fault, RowFault::kTooLong);
    EXPECT_EQ(fault("\"1234567\"x").fault, RowFault::kTextAfterQuote);
    EXPECT_EQ(fault("\"12345678\"x").fault, RowFault::kTooLong);
  }
}

TEST(RecordLimit, ACharacterCutByTheLimitIsNoFault) {
  const std::string row = "123456789\xe2\x82\xac" + std::string(20, 'x') + "\n";
  for (std::size_t block = 1; block < 40; ++block) {
    for (const std::size_t limit : {9U, 10U, 11U, 12U}) {
      EXPECT_EQ(ReadAll(row, WithLimit(limit, block)).rows.at(0).fault, RowFault::kTooLong);
    }
  }
}

TEST(RecordLimit, AnEmptyLineIsNeverTooLong) {
  const Parsed parsed = ReadAll("\r\n\r\n", WithLimit(1, 1));
  EXPECT_EQ(parsed.rows.size(), 0U);
  EXPECT_EQ(parsed.end.empty_lines, 2U);
}

TEST(RecordLimit, MayBeTheLeastAndTheMost) {
  const std::string bytes = "\n" + std::string(100, 'x') + "\r\n\"\n\"\n\r\nb";
  for (std::size_t block = 1; block < 20; ++block) {
    const Parsed least = ReadAll(bytes, WithLimit(kRecordBytesMaxLeast, block));
    ASSERT_EQ(least.rows.size(), 3U);
    EXPECT_EQ(least.rows[0].fault, RowFault::kTooLong);
    EXPECT_EQ(least.rows[1].fault, RowFault::kTooLong);
    EXPECT_FALSE(least.rows[2].fault);
    const Parsed most = ReadAll(bytes, WithLimit(kRecordBytesMaxMost, block));
    ASSERT_EQ(most.rows.size(), 3U);
    for (const Row& row : most.rows) EXPECT_FALSE(row.fault) << row;
    EXPECT_EQ(most.end, least.end);
  }
}

TEST(RecordLimit, TakesMemoryOnlyForRecordsThatAreSoLong) {
  const csv_testing::TempFile temp(std::string(100'000, 'x'));
  const SourceFile file(temp.path());
  ReadBuffer buffer(file, {}, 1000, kRecordBytesMaxMost, kScanBytes);
  // As if the longest record were 4000 bytes.
  while (buffer.Fill()) {
    if (buffer.size() >= 4000) buffer.Consume(buffer.size());
    EXPECT_LE(buffer.capacity(), 8000 + kScanBytes);
  }
}

// Fresh pages for each window cost as much as a third of what is done with the text.
TEST(RecordLimit, MemoryThatWasHeldIsUsedAgain) {
  const csv_testing::TempFile temp(std::string(20'000, 'x'));
  const SourceFile file(temp.path());
  ReadBuffer buffer(file, {}, 1000, 1000, kScanBytes);
  std::set<const char*> windows;
  while (buffer.Fill()) {
    const HeldText held = buffer.Hold();
    windows.insert(buffer.begin());
    buffer.Consume(buffer.size());
    ASSERT_TRUE(buffer.Fill());
    EXPECT_EQ(held.text, std::string(1000, 'x')) << "as it was while somebody holds it";
    windows.insert(buffer.begin());
    buffer.Consume(buffer.size());
  }
  EXPECT_EQ(windows.size(), 2U);
}

TEST(RecordLimit, ALongRecordIsPartOfTheFingerprint) {
  const std::string bytes = "a\n" + std::string(5000, 'x') + "\nb\n";
  const Parsed parsed = ReadAll(bytes, WithLimit(10, 64));
  ASSERT_EQ(parsed.rows.size(), 3U);
  EXPECT_EQ(parsed.rows[1].after.prefix.tail, DigestOf(bytes.substr(0, 5003)));
  EXPECT_EQ(parsed.end.prefix.tail, DigestOf(bytes));
}

}  // namespace
}  // namespace onceload
