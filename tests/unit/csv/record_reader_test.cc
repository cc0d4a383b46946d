// The grammar: what is a record, a field, an empty line. Faults: record_fault_test.cc.
#include "onceload/csv/record_reader.h"

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "onceload/source/prefix_hasher.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::ErrorOf;
using csv_testing::FieldsOf;
using csv_testing::Parsed;
using csv_testing::ReadAll;
using csv_testing::Row;
using csv_testing::Table;
using csv_testing::TempFile;

TEST(RecordReader, ARecordEndsAtLfCrlfCrOrTheEndOfTheFile) {
  EXPECT_EQ(FieldsOf("a,b\nc,d\r\ne,f\rg,h"),
            (Table{{"a", "b"}, {"c", "d"}, {"e", "f"}, {"g", "h"}}));
  EXPECT_EQ(FieldsOf("a\r"), (Table{{"a"}}));
  EXPECT_EQ(FieldsOf("a\r\n"), (Table{{"a"}}));
}

TEST(RecordReader, BytesRowAndRawOfARecord) {
  const Parsed parsed = ReadAll("a,b\r\n\n\"c\",d\re");
  ASSERT_EQ(parsed.rows.size(), 3U);
  const auto is = [](const Row& row, std::uint64_t begin, std::uint64_t end, std::uint64_t number,
                     std::string_view raw) {
    EXPECT_EQ(row.begin, begin);
    EXPECT_EQ(row.end, end);
    EXPECT_EQ(row.row, number);
    EXPECT_EQ(row.raw, raw);
  };
  is(parsed.rows[0], 0, 5, 1, "a,b");
  is(parsed.rows[1], 6, 12, 2, "\"c\",d");
  is(parsed.rows[2], 12, 13, 3, "e");
}

TEST(RecordReader, FieldsMayBeEmpty) {
  EXPECT_EQ(FieldsOf(",\n,,\na,\n,b"), (Table{{"", ""}, {"", "", ""}, {"a", ""}, {"", "b"}}));
}

TEST(RecordReader, AQuotedFieldGoesOnOverDelimitersAndLineEnds) {
  EXPECT_EQ(FieldsOf("\"a,b\",\"\n\",\"\r\n\",\"\r\"\nx"),
            (Table{{"a,b", "\n", "\r\n", "\r"}, {"x"}}));
}

TEST(RecordReader, ADoubledQuoteInAQuotedFieldIsOneQuote) {
  EXPECT_EQ(FieldsOf(R"("a""b","""","""""",""" "," """)"),
            (Table{{R"(a"b)", R"(")", R"("")", R"(" )", R"( ")"}}));
}

TEST(RecordReader, AQuoteInsideAFieldThatBeginsOtherwiseIsText) {
  EXPECT_EQ(FieldsOf("5\" pipe,a\"b\"c,\"\"\n \"x\",y\""),
            (Table{{"5\" pipe", "a\"b\"c", ""}, {" \"x\"", "y\""}}));
}

TEST(RecordReader, EmptyLinesAreCountedAndAreNoRows) {
  const Parsed parsed = ReadAll("\n\r\n\ra\n\n\n\"\"\n\nb");
  ASSERT_EQ(parsed.rows.size(), 3U);
  EXPECT_EQ(parsed.rows[0].after.empty_lines, 3U);
  EXPECT_EQ(parsed.rows[1].after.empty_lines, 5U);
  EXPECT_EQ(parsed.rows[1].fields, std::vector<std::string>{""});
  EXPECT_EQ(parsed.rows[2].after.empty_lines, 6U);
  EXPECT_EQ(parsed.end.row, RowNumber{3});
}

TEST(RecordReader, AtTheEndThePositionIsPastTrailingEmptyLines) {
  const Parsed parsed = ReadAll("a\n\n\r\n");
  EXPECT_EQ(parsed.rows.back().after.byte, ByteOffset{2});
  EXPECT_EQ(parsed.rows.back().after.empty_lines, 0U);
  EXPECT_EQ(parsed.end.byte, ByteOffset{5});
  EXPECT_EQ(parsed.end.empty_lines, 2U);
}

TEST(RecordReader, ALineOfSpacesIsARecord) { EXPECT_EQ(FieldsOf(" \na"), (Table{{" "}, {"a"}})); }

TEST(RecordReader, AByteOrderMarkIsSkippedAtByte0Only) {
  const Parsed parsed = ReadAll("\xef\xbb\xbf\"a\"\n\xef\xbb\xbf\"b\"\n");
  ASSERT_EQ(parsed.rows.size(), 2U);
  EXPECT_EQ(parsed.rows[0].fields, std::vector<std::string>{"a"});
  EXPECT_EQ(parsed.rows[0].begin, 3U);
  EXPECT_EQ(parsed.rows[1].fields, std::vector<std::string>{"\xef\xbb\xbf\"b\""});
}

TEST(RecordReader, APartOfAByteOrderMarkIsNone) {
  const Parsed parsed = ReadAll("\xef\xbb");
  ASSERT_EQ(parsed.rows.size(), 1U);
  EXPECT_EQ(parsed.rows[0].fault, RowFault::kInvalidUtf8);
}

TEST(RecordReader, AByteOrderMarkIsSkippedWhateverTheBlockAndTheLimit) {
  for (std::size_t block = 1; block < 8; ++block) {
    for (std::size_t limit = 1; limit < 5; ++limit) {
      const Parsed parsed =
          ReadAll("\xef\xbb\xbf\na",
                  {.position = {}, .dialect = {}, .record_bytes_max = limit, .block_bytes = block});
      ASSERT_EQ(parsed.rows.size(), 1U) << block << ' ' << limit;
      EXPECT_EQ(parsed.rows[0].fields, std::vector<std::string>{"a"});
      EXPECT_EQ(parsed.end.empty_lines, 1U);
    }
  }
}

TEST(RecordReader, AnEmptyFileHasNoRecords) {
  EXPECT_EQ(ReadAll("").rows.size(), 0U);
  EXPECT_EQ(ReadAll("").end, InputPosition{});
}

TEST(RecordReader, TheEndIsSaidAgainAtEachFurtherCall) {
  const TempFile temp("a\n");
  const SourceFile file(temp.path());
  RecordReader reader(file, {});
  EXPECT_EQ(reader.Next(), ReadStatus::kRecord);
  EXPECT_EQ(reader.Next(), ReadStatus::kEnd);
  const InputPosition end = reader.position();
  EXPECT_EQ(reader.Next(), ReadStatus::kEnd);
  EXPECT_EQ(reader.position(), end);
}

TEST(RecordReader, DelimiterAndQuoteCanBeOthers) {
  EXPECT_EQ(FieldsOf("a;b,c;'d;''e'\n", {.delimiter = ";", .quote = '\''}),
            (Table{{"a", "b,c", "d;'e"}}));
  EXPECT_EQ(FieldsOf("a\tb, c\t\"\t\"\n", {.delimiter = "\t"}), (Table{{"a", "b, c", "\t"}}));
}

TEST(RecordReader, ADialectThatCannotBeIsRefused) {
  const TempFile temp("a\n");
  const SourceFile file(temp.path());
  const ReaderStart start{.position = {}, .dialect = {.delimiter = "\""}};
  EXPECT_EQ(ErrorOf([&] { RecordReader(file, start); }).code(), ExitCode::kUsage);
}

TEST(RecordReader, OnlyFieldsWithADoubledQuoteAreCopied) {
  const TempFile temp("abc,\"def\",\"g\"\"h\",\"\"\n");
  const SourceFile file(temp.path());
  RecordReader reader(file, {});
  ASSERT_EQ(reader.Next(), ReadStatus::kRecord);
  const std::string_view raw = reader.record().raw;
  const auto in_raw = [&](std::string_view field) {
    return field.data() >= raw.data() && field.data() + field.size() <= raw.data() + raw.size();
  };
  const auto fields = reader.record().fields;
  ASSERT_EQ(fields.size(), 4U);
  EXPECT_TRUE(in_raw(fields[0]));
  EXPECT_TRUE(in_raw(fields[1]));
  EXPECT_FALSE(in_raw(fields[2]));
  EXPECT_TRUE(in_raw(fields[3]));
}

TEST(RecordReader, AskingForThePositionLeavesTheRecordValid) {
  const TempFile temp("a,\"b\"\"c\"\nd,e\n");
  const SourceFile file(temp.path());
  RecordReader reader(file, {.position = {}, .dialect = {}, .block_bytes = 1});
  ASSERT_EQ(reader.Next(), ReadStatus::kRecord);
  static_cast<void>(reader.position());
  EXPECT_EQ(reader.record().raw, "a,\"b\"\"c\"");
  EXPECT_EQ(reader.record().fields[1], "b\"c");
}

TEST(RecordReader, AMovedReaderGoesOn) {
  const TempFile temp("a\nb\n");
  const SourceFile file(temp.path());
  RecordReader first(file, {});
  ASSERT_EQ(first.Next(), ReadStatus::kRecord);
  RecordReader second(std::move(first));
  EXPECT_EQ(second.record().fields[0], "a");
  ASSERT_EQ(second.Next(), ReadStatus::kRecord);
  EXPECT_EQ(second.record().fields[0], "b");
}

TEST(RecordReader, BeforeTheFirstRecordThePositionIsTheGivenOne) {
  const TempFile temp("\xef\xbb\xbf\n\na\n");
  const SourceFile file(temp.path());
  EXPECT_EQ(RecordReader(file, {}).position(), InputPosition{});
}

TEST(RecordReader, ThePositionCarriesTheFileIndexAndTheFingerprintOfThePrefix) {
  const TempFile temp("a,b\n1,2\n");
  const SourceFile file(temp.path());
  ReaderStart start;
  start.position.file = 3;
  RecordReader reader(file, start);
  ASSERT_EQ(reader.Next(), ReadStatus::kRecord);
  EXPECT_EQ(reader.position(),
            (InputPosition{.file = 3,
                           .byte = ByteOffset{4},
                           .row = RowNumber{1},
                           .empty_lines = 0,
                           .prefix = {.blocks = {}, .tail = DigestOf("a,b\n")}}));
}

TEST(RecordReader, AFileOfSeveralFingerprintBlocksIsReadOnFromAnyBoundary) {
  std::string bytes = "\n";
  for (int i = 0; bytes.size() < 3 * kFingerprintBlock; ++i) {
    bytes +=
        std::string(static_cast<std::size_t>(i % 9) * 1000, 'x') + "," + std::to_string(i) + "\n";
  }
  const TempFile temp(bytes);
  const SourceFile file(temp.path());
  const Parsed all = ReadAll(file, {});
  for (std::size_t i = 0; i < all.rows.size(); i += 97) {
    const InputPosition& after = all.rows[i].after;
    ASSERT_EQ(after.prefix, FingerprintOfPrefix(file, after.byte)) << i;
    const Parsed rest = ReadAll(file, {.position = after, .dialect = {}, .block_bytes = 70000});
    ASSERT_EQ(rest.rows.size(), all.rows.size() - i - 1);
    ASSERT_EQ(rest.end, all.end);
    if (!rest.rows.empty()) {
      ASSERT_EQ(rest.rows.back(), all.rows.back());
    }
  }
}

// A file whose last row had no end, or half of one, and that has grown since.
TEST(RecordReader, AnEndThatComesLaterIsTheRowsAndNoRow) {
  struct Case {
    const char* before;
    const char* since;
  };
  for (const auto& [before, since] :
       {Case{"id\n1", "\n"}, Case{"id\n1", "\n3\n"}, Case{"id\n1", "\r\n3\n"}, Case{"id\r1", "\r3"},
        Case{"id\r\n1\r", "\n3\r\n"}, Case{"id", "\n3\n"}, Case{"id\n1", "\n\n3\n"},
        Case{"id\n1\n", "\n3\n"}, Case{"\xef\xbb\xbf", "\n3\n"}}) {
    SCOPED_TRACE(testing::PrintToString(std::string(before) + "|" + since));
    const ReaderStart rules{.position = {}, .columns = 1, .dialect = {.null_text = ""}};
    const TempFile temp(before);
    const std::size_t rows = ReadAll(SourceFile(temp.path()), rules).rows.size();
    ReaderStart later = rules;
    later.position = ReadAll(SourceFile(temp.path()), rules).end;
    temp.Write(std::string(before) + since);
    const SourceFile file(temp.path());
    const Parsed all = ReadAll(file, rules);
    const Parsed rest = ReadAll(file, later);
    ASSERT_EQ(rest.rows.size(), all.rows.size() - rows);
    EXPECT_EQ(rest.end, all.end);
    if (!rest.rows.empty()) {
      EXPECT_EQ(rest.rows.back(), all.rows.back());
    }
  }
}

TEST(RecordReader, APrefixThatIsNotWhatWasRecordedIsRefused) {
  const TempFile temp("a,b\n1,2\n");
  const SourceFile file(temp.path());
  InputPosition position = ReadAll(file, {}).rows[0].after;
  EXPECT_NO_THROW(RecordReader(file, {.position = position, .dialect = {}}));
  temp.Write("a,c\n1,2\n");
  const Error error = ErrorOf([&] { RecordReader(file, {.position = position, .dialect = {}}); });
  EXPECT_EQ(error.code(), ExitCode::kInput);
  EXPECT_NE(std::string(error.what()).find("has changed"), std::string::npos);
}

TEST(RecordReader, AFileThatBecomesShorterWhileItIsReadIsNoEnd) {
  const TempFile temp("a\nb\nc\n");
  const SourceFile file(temp.path());
  RecordReader reader(file, {.position = {}, .dialect = {}, .block_bytes = 2});
  ASSERT_EQ(reader.Next(), ReadStatus::kRecord);
  temp.Write("a\nb\n");
  const Error error = ErrorOf([&] {
    while (reader.Next() != ReadStatus::kEnd) continue;
  });
  EXPECT_EQ(error.code(), ExitCode::kInput);
  EXPECT_EQ(error.where(), temp.path() + ", byte 4");
  EXPECT_NE(std::string(error.what()).find("shorter"), std::string::npos);
}

TEST(RecordReader, EveryFaultHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(RowFault::kEmptyKey); ++i) {
    const std::string_view name = NameOf(static_cast<RowFault>(i));
    EXPECT_NE(name, "unknown");
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

}  // namespace
}  // namespace onceload
