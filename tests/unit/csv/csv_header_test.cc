// ReadHeader().
#include "onceload/csv/csv_header.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/csv/record_reader.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using namespace std::string_literals;  // strings with a NUL inside
using csv_testing::ErrorOf;
using csv_testing::ReadAll;
using csv_testing::TempFile;

using Names = std::vector<std::string>;

CsvHeader HeaderOf(const std::string& bytes, const Dialect& dialect = {}) {
  const TempFile temp(bytes);
  return ReadHeader(SourceFile(temp.path()), dialect);
}

// "<what>|<byte>|<advice>"
std::string HeaderError(const std::string& bytes) {
  const TempFile temp(bytes);
  const Error error =
      ErrorOf([&] { static_cast<void>(ReadHeader(SourceFile(temp.path()), Dialect{})); });
  EXPECT_EQ(error.code(), ExitCode::kInput);
  const std::string place = temp.path() + ", byte ";
  EXPECT_EQ(error.where().substr(0, place.size()), place);
  EXPECT_NE(error.advice(), "");
  return error.what() + "|"s + error.where().substr(place.size()) + "|" + error.advice();
}

testing::AssertionResult Says(const std::string& error, const std::string& what, int byte) {
  const std::string begin = what + "|" + std::to_string(byte) + "|";
  if (error.substr(0, begin.size()) == begin) return testing::AssertionSuccess();
  return testing::AssertionFailure() << error;
}

TEST(ReadHeader, NamesAreUnquoted) {
  EXPECT_EQ(HeaderOf("id,\"a,b\",\"c\"\"d\"\n1,2,3\n").names, (Names{"id", "a,b", "c\"d"}));
  EXPECT_EQ(HeaderOf("a;b\n", {.delimiter = ";"}).names, (Names{"a", "b"}));
}

TEST(ReadHeader, ItsEndIsTheFirstRowsBoundaryAndItIsNoRow) {
  const TempFile temp("\xef\xbb\xbf\n\r\n\"a\",b\r\n1,2\n");
  const SourceFile file(temp.path());
  const CsvHeader header = ReadHeader(file, {});
  EXPECT_EQ(header.names, (Names{"a", "b"}));
  EXPECT_EQ(header.end.byte, ByteOffset{13});
  EXPECT_EQ(header.end.row, RowNumber{0});
  EXPECT_EQ(header.end.empty_lines, 2U);
  EXPECT_EQ(header.end.prefix.tail, DigestOf("\xef\xbb\xbf\n\r\n\"a\",b\r\n"));
  const auto rows = ReadAll(file, {.position = header.end, .columns = 2, .dialect = {}}).rows;
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].row, 1U);
  EXPECT_EQ(rows[0].fields, (Names{"1", "2"}));
}

TEST(ReadHeader, MayBeAllThereIs) {
  for (const std::string bytes : {"a,b", "a,b\n", "a,b\r\n", "a,b\r"}) {
    EXPECT_EQ(HeaderOf(bytes).names, (Names{"a", "b"}));
    EXPECT_EQ(HeaderOf(bytes).end.byte, ByteOffset{bytes.size()});
  }
}

TEST(ReadHeader, AFileWithoutARecordHasNone) {
  EXPECT_TRUE(Says(HeaderError(""), "the file is empty: it has no header", 0));
  EXPECT_TRUE(Says(HeaderError("\n\r\n\n"), "the file is empty: it has no header", 4));
  EXPECT_TRUE(Says(HeaderError("\xef\xbb\xbf"), "the file is empty: it has no header", 3));
}

TEST(ReadHeader, AnEmptyNameIsRefusedWithItsColumn) {
  EXPECT_TRUE(Says(HeaderError("a,,c\n"), "column 2 of the header has no name", 2));
  EXPECT_TRUE(Says(HeaderError("a,\"b,\"\"\",\"\"\n"), "column 3 of the header has no name", 9));
  EXPECT_TRUE(Says(HeaderError("\"\"\n"), "column 1 of the header has no name", 0));
  EXPECT_TRUE(Says(HeaderError("\xef\xbb\xbf"
                               "a,\n"),
                   "column 2 of the header has no name", 5));
}

TEST(ReadHeader, ANameThatOccursTwiceIsRefusedWithBothColumns) {
  EXPECT_TRUE(Says(HeaderError("id,b\"c,\"id\"\n"),
                   "columns 1 and 3 of the header have the same name \"id\"", 7));
  EXPECT_TRUE(Says(HeaderError("\n\"x\"\"y\",\"x\"\"y\"\n"),
                   "columns 1 and 2 of the header have the same name \"x\"y\"", 8));
  EXPECT_EQ(HeaderOf("id,ID,id \n").names.size(), 3U);
}

TEST(ReadHeader, Utf16WithAMarkIsRead) {
  const std::vector<std::string> names{"a"};
  EXPECT_EQ(HeaderOf("\xff\xfe"
                     "a\0\n\0"s)
                .names,
            names);
  EXPECT_EQ(HeaderOf("\xfe\xff\0a\0\n"s).names, names);
}

TEST(ReadHeader, WhatMakesARowBadMakesTheHeaderBad) {
  EXPECT_TRUE(
      Says(HeaderError("a,\0\n"s), "the header is not valid: a NUL byte; text has none", 2));
  EXPECT_NE(HeaderError("a\0,\0b\0\n\0"s).find("--encoding utf-16le"), std::string::npos);
  EXPECT_TRUE(Says(HeaderError("a,caf\xe9\n"),
                   "the header is not valid: not UTF-8 (0xe9: truncated character)", 5));
  EXPECT_NE(HeaderError("a,\xe9\n").find("iconv"), std::string::npos);
  EXPECT_NE(HeaderError("a,\"b\n1,2\n").find("|2|"), std::string::npos);
  EXPECT_NE(HeaderError("a,\"b\"c\n").find("|5|"), std::string::npos);
  EXPECT_NE(HeaderError(std::string(kRecordBytesMax + 1, 'x')).find("longer than"),
            std::string::npos);
}

TEST(ReadHeader, SaysHowItEnds) {
  EXPECT_EQ(HeaderOf("a,\"\r\"\n1,2\r\n").line_end, LineEnd::kLf);
  EXPECT_EQ(HeaderOf("\n\ra,b\r\n1,2\n").line_end, LineEnd::kCrLf);
  EXPECT_EQ(HeaderOf("a,b\r1,2\n").line_end, LineEnd::kCr);
  EXPECT_EQ(HeaderOf("a,b\r").line_end, LineEnd::kCr);
  EXPECT_EQ(HeaderOf("a,b").line_end, LineEnd::kNoEnd);
  EXPECT_EQ(HeaderOf("1,2\r\n", {.columns = {"a", "b"}}).line_end, LineEnd::kNoEnd);
}

TEST(ReadHeader, HoldsToTheLimitThatIsGiven) {
  const TempFile temp("abc,def\n");
  const SourceFile file(temp.path());
  EXPECT_EQ(ReadHeader(file, {}, 8).names.size(), 2U);
  const Error error = ErrorOf([&] { static_cast<void>(ReadHeader(file, {}, 7)); });
  EXPECT_EQ(error.what(), "the header is not valid: longer than 7 bytes (--record-bytes-max)"s);
  const TempFile wide(std::string(kRecordBytesMax + 1, 'x'));
  EXPECT_EQ(ReadHeader(SourceFile(wide.path()), {}, kRecordBytesMaxMost).names.size(), 1U);
}

TEST(ReadHeader, AMarkThatIsNotTheFilesFirstIsTextInIt) {
  const std::string mark = "\xef\xbb\xbf";
  EXPECT_EQ(HeaderOf(mark + mark + "a,b\n").names, (Names{mark + "a", "b"}));
  EXPECT_EQ(HeaderOf("x\n" + mark + "a\n", {.skip_lines = 1}).names, (Names{mark + "a"}));
}

TEST(ReadHeader, GivenColumnsAreTheHeader) {
  const TempFile temp("\xef\xbb\xbfnote\n1,2\n");
  const SourceFile file(temp.path());
  const Dialect dialect{.skip_lines = 1, .columns = {"x", "y"}};
  const CsvHeader header = ReadHeader(file, dialect);
  EXPECT_EQ(header.names, (Names{"x", "y"}));
  const auto rows = ReadAll(file, {.position = header.end, .columns = 2, .dialect = dialect}).rows;
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].row, 1U);
  EXPECT_EQ(rows[0].begin, 8U);
}

TEST(ReadHeader, LinesBeforeItAreSkippedAndOnlyCommentsAreCounted) {
  const TempFile temp("note,\"\n\n#c\n\na,b\n1,2\n");
  const CsvHeader header = ReadHeader(SourceFile(temp.path()), {.comment = "#", .skip_lines = 2});
  EXPECT_EQ(header.names, (Names{"a", "b"}));
  EXPECT_EQ(header.end.empty_lines, 2U);
  EXPECT_EQ(header.end.byte, ByteOffset{16});
}

TEST(ReadHeader, TheByteOfABadNameIsRightInAnyDialect) {
  const auto place = [](const std::string& bytes, const Dialect& dialect) {
    const TempFile temp(bytes);
    const Error error =
        ErrorOf([&] { static_cast<void>(ReadHeader(SourceFile(temp.path()), dialect)); });
    return error.where().substr(temp.path().size());
  };
  EXPECT_EQ(place("a||'b||'|| ''||c\n", {.delimiter = "||", .quote = '\'', .trim = true}),
            ", byte 11");
  EXPECT_EQ(place("a\\,,b\\,,,c\n", {.escape = '\\'}), ", byte 8");
}

TEST(ReadHeader, WhatIsNoCsvIsNamed) {
  const auto is = [](const std::string& bytes, const std::string& name) {
    return HeaderError(bytes).starts_with("this is no CSV but " + name + "|0|");
  };
  EXPECT_TRUE(is("PK\x03\x04\x14", "a zip archive"));
  EXPECT_TRUE(is("<!DOCTYPE html>\n<html>\n", "HTML"));
  EXPECT_TRUE(is("<HTML><head>\n", "HTML"));
  EXPECT_TRUE(is("<?xml version=\"1.0\"?>\n<Error/>\n", "XML"));
  EXPECT_TRUE(is("<rows>\n  <row/>\n", "XML"));
  EXPECT_TRUE(is("{\"id\":1,\"name\":\"x\"}\n", "JSON"));
  EXPECT_TRUE(is("[{\"id\":1},\n{\"id\":2}]\n", "JSON"));
  EXPECT_EQ(HeaderOf("<DATE>,<TIME>\n1,2\n").names, (Names{"<DATE>", "<TIME>"}));
  EXPECT_EQ(HeaderOf("[id],[name]\n1,2\n").names, (Names{"[id]", "[name]"}));
  // Without a header only what is no text is refused.
  EXPECT_EQ(HeaderOf("<html>\n", {.columns = {"line"}}).names, (Names{"line"}));
  const TempFile zip("PK\x03\x04\x14");
  const Dialect given{.columns = {"line"}};
  EXPECT_EQ(ErrorOf([&] { static_cast<void>(ReadHeader(SourceFile(zip.path()), given)); }).code(),
            ExitCode::kInput);
}

TEST(ReadHeader, SaysHowAHeaderThatCannotBeTakenIsLoaded) {
  const auto advises = [](const std::string& bytes, const std::string& flags) {
    return HeaderError(bytes).ends_with(flags);
  };
  EXPECT_TRUE(
      advises("A,B,\n1,2,\n", ": --skip-lines 1 --no-header --columns A,B,unnamed --drop unnamed"));
  EXPECT_TRUE(advises("a,b,\n1,2\n", ": --skip-lines 1 --no-header --columns a,b"));
  EXPECT_TRUE(advises("id,id\n1,2\n", ": --skip-lines 1 --no-header --columns id,id_2"));
  EXPECT_TRUE(advises("sep=;\nid;name\n", ": --skip-lines 1 --delimiter ';'"));
  EXPECT_TRUE(advises("\"sep=,\"\nid,name\n", ": --skip-lines 1"));
  EXPECT_TRUE(advises("SEP=\t\nid\tname\n", ": --skip-lines 1 --delimiter tab"));
}

TEST(ReadHeader, ADelimiterThatCanOnlyBeMeantOtherwiseIsRefused) {
  const TempFile temp("id\x01name\n1\x01x\n");
  for (const char* delimiter : {"\\x01", "\\u0001", "^A"}) {
    const Dialect dialect{.delimiter = delimiter};
    EXPECT_EQ(
        ErrorOf([&] { static_cast<void>(ReadHeader(SourceFile(temp.path()), dialect)); }).code(),
        ExitCode::kUsage);
  }
  EXPECT_EQ(HeaderOf("a\\x01b\n", {.delimiter = "\\x01"}).names, (Names{"a", "b"}));
}

TEST(DoubtOf, OneColumnThatMayBeSeveral) {
  const auto doubt = [](const std::string& bytes, const Dialect& dialect = {}) {
    const TempFile temp(bytes);
    const SourceFile file(temp.path());
    return DoubtOf(file, ReadHeader(file, dialect), dialect);
  };
  EXPECT_TRUE(doubt("id;name\n1;x\n").ends_with("say --delimiter ';'"));
  EXPECT_TRUE(doubt("id\tname\n1\tx\n").ends_with("say --delimiter tab"));
  EXPECT_TRUE(doubt("id|name\n1|x\n").ends_with("say --delimiter '|'"));
  EXPECT_TRUE(doubt("a,b\n1,2\n", {.delimiter = "|"}).ends_with("say --delimiter ,"));
  EXPECT_NE(doubt("a   b\n1   2\n"), "");
  EXPECT_NE(doubt("id\n1\n", {.delimiter = "|"}), "");
  EXPECT_EQ(doubt("id\n1\n"), "");
  EXPECT_EQ(doubt("a;b,c\n1,2\n"), "");
}

}  // namespace
}  // namespace onceload
