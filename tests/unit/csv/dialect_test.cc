// Dialect: what it refuses, and its frozen form. How files are read in it: corpus_test.cc.
#include "onceload/csv/dialect.h"

#include <string>

#include <gtest/gtest.h>

#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using namespace std::string_literals;  // strings with a NUL inside
using csv_testing::ErrorOf;
using csv_testing::FieldsOf;
using csv_testing::ReadAll;
using csv_testing::Table;
using csv_testing::TempFile;

// Why it is refused; empty if it is not.
std::string Refusal(const Dialect& dialect) {
  try {
    CheckDialect(dialect);
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.what();
  }
}

Dialect Everything() {
  return {.delimiter = "||",
          .quote = '\'',
          .escape = '\\',
          .comment = "#",
          .trim = true,
          .skip_lines = 3,
          .columns = {"a", "b \"x\""},
          .null_text = "NULL"};
}

TEST(Dialect, TheDefaultAndAnyOtherMemberMayBe) {
  EXPECT_EQ(Refusal({}), "");
  EXPECT_EQ(Refusal(Everything()), "");
  for (const std::string delimiter : {"\t", "12345678", "€", " | ", "\x01"}) {
    EXPECT_EQ(Refusal({.delimiter = delimiter}), "") << delimiter;
  }
  EXPECT_EQ(Refusal({.quote = '\0', .null_text = "\""}), "");
  EXPECT_EQ(Refusal({.null_text = ""}), "");
}

TEST(Dialect, ADelimiterThatCannotBeIsRefused) {
  for (const std::string& delimiter :
       {""s, "123456789"s, "\n"s, ",\r"s, "\0"s, "\xa7"s, "\x82\xac"s}) {
    EXPECT_NE(Refusal({.delimiter = delimiter}).find("the delimiter must"), std::string::npos);
  }
}

TEST(Dialect, SignsThatCannotBeAreRefused) {
  for (const char c : {'\n', '\r', ' ', '\t', '\x80'}) {
    EXPECT_NE(Refusal({.quote = c}).find("the quote must"), std::string::npos) << int{c};
    EXPECT_NE(Refusal({.escape = c}).find("the escape must"), std::string::npos) << int{c};
  }
}

TEST(Dialect, SignsThatAreTheSameAreRefused) {
  EXPECT_EQ(Refusal({.delimiter = "\""}), "delimiter and quote are the same character");
  EXPECT_EQ(Refusal({.delimiter = "|'|", .quote = '\''}),
            "delimiter and quote are the same character");
  EXPECT_EQ(Refusal({.delimiter = "|\\", .escape = '\\'}),
            "delimiter and escape are the same character");
  EXPECT_EQ(Refusal({.escape = '"'}), "quote and escape are the same character");
  for (const std::string comment : {",", ",x", "\"", "\\x"}) {
    EXPECT_NE(Refusal({.escape = '\\', .comment = comment}).find("comment sign begins"),
              std::string::npos);
  }
  EXPECT_NE(Refusal({.delimiter = "##", .comment = "#"}), "");
  EXPECT_NE(Refusal({.comment = "#\n"}), "");
}

TEST(Dialect, ColumnsAndNullTextsThatCannotBeAreRefused) {
  EXPECT_EQ(Refusal({.columns = {"a", "b", "a"}}), "two columns have the same name \"a\"");
  EXPECT_NE(Refusal({.columns = {"a", ""}}), "");
  EXPECT_NE(Refusal({.columns = {"a\xff"}}), "");
  for (const std::string text : {"a,b", "\"NULL\"", "\n", "\xff"}) {
    EXPECT_NE(Refusal({.null_text = text}).find("the null text"), std::string::npos) << text;
  }
  EXPECT_EQ(Refusal({.null_text = " "}), "");
  EXPECT_NE(Refusal({.trim = true, .null_text = " "}), "");
}

// Frozen with loads: these texts may never change.
TEST(EncodeDialect, WritesWhatIsNotTheDefaultInOneOrder) {
  EXPECT_EQ(EncodeDialect({}), "{}");
  EXPECT_EQ(EncodeDialect({.delimiter = "\t"}), R"({"delimiter":"\t"})");
  EXPECT_EQ(EncodeDialect({.quote = '\0'}), R"({"quote":""})");
  EXPECT_EQ(EncodeDialect({.null_text = ""}), R"({"null":""})");
  EXPECT_EQ(EncodeDialect(Everything()),
            R"({"delimiter":"||","quote":"'","escape":"\\","comment":"#","trim":true,)"
            R"("skip_lines":3,"columns":["a","b \"x\""],"null":"NULL"})");
}

TEST(DecodeDialect, ReadsWhatEncodeDialectWrites) {
  for (const Dialect& dialect : {Dialect{}, Everything(), Dialect{.delimiter = "€", .quote = '\0'},
                                 Dialect{.null_text = ""}, Dialect{.skip_lines = ~0ULL}}) {
    EXPECT_EQ(DecodeDialect(EncodeDialect(dialect)), dialect);
  }
}

TEST(DecodeDialect, RefusesWhatItDoesNotKnow) {
  for (const std::string text :
       {"", ",\"", "[]", "null", "{\"later\":1}", R"({"trim":"yes"})", R"({"skip_lines":-1})",
        R"({"quote":"ab"})", R"({"quote":"\u0000"})", R"({"delimiter":7})", R"({"delimiter":"\""})",
        R"({"columns":["a","a"]})", "{\"comment\":\"\xff\"}"}) {
    const Error error = ErrorOf([&] { static_cast<void>(DecodeDialect(text)); });
    EXPECT_EQ(error.code(), ExitCode::kDisagreement) << text;
    EXPECT_NE(error.advice(), "");
  }
}

TEST(GeneralDialect, AFieldThatIsNullKeepsItsText) {
  const TempFile temp("\\N,\"\\N\"\n");
  const SourceFile file(temp.path());
  RecordReader reader(file, {.position = {}, .dialect = {.null_text = "\\N"}});
  ASSERT_EQ(reader.Next(), ReadStatus::kRecord);
  EXPECT_TRUE(reader.record().is_null(0));
  EXPECT_FALSE(reader.record().is_null(1));
  EXPECT_EQ(reader.record().fields[0], "\\N");
  EXPECT_EQ(reader.record().raw, "\\N,\"\\N\"");
}

TEST(GeneralDialect, WithoutANullTextNoFieldIsNull) {
  const TempFile temp("\\N,\n");
  const SourceFile file(temp.path());
  RecordReader reader(file, {.position = {}, .dialect = {.trim = true}});
  ASSERT_EQ(reader.Next(), ReadStatus::kRecord);
  EXPECT_TRUE(reader.record().nulls.empty());
  EXPECT_FALSE(reader.record().is_null(0));
}

TEST(GeneralDialect, ACommentMayBeLongerThanAnyRecord) {
  const std::string bytes = "#" + std::string(100, 'x') + "\na,b\n#" + std::string(100, ',');
  for (std::size_t block = 1; block < 20; ++block) {
    const auto parsed = ReadAll(
        bytes,
        {.position = {}, .dialect = {.comment = "#"}, .record_bytes_max = 5, .block_bytes = block});
    ASSERT_EQ(parsed.rows.size(), 1U);
    EXPECT_EQ(parsed.rows[0].fields, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(parsed.end.empty_lines, 2U);
    EXPECT_EQ(parsed.end.byte.value, bytes.size());
  }
}

TEST(GeneralDialect, ADelimiterIsRecognizedBeforeABlankIsDropped) {
  EXPECT_EQ(FieldsOf(" a  b \n", {.delimiter = " ", .trim = true}),
            (Table{{"", "a", "", "b", ""}}));
}

}  // namespace
}  // namespace onceload
