// Options that say how the input is written.
#include <string>

#include <gtest/gtest.h>

#include "unit/options/options_testing.h"

namespace onceload {
namespace {

using options_testing::RefusalOf;
using options_testing::RequestOf;

// The frozen form is the readable one; of an error, what it says.
std::string TextOf(const Arguments& arguments) {
  const std::string refusal = RefusalOf(arguments);
  return refusal.empty() ? EncodeDialect(RequestOf(arguments).load.rows.dialect) : refusal;
}

std::string Against(const Arguments& arguments, const Dialect& dialect) {
  FrozenEncoding frozen;
  frozen.dialect = dialect;
  return options_testing::DifferingOption(arguments, frozen);
}

TEST(FormatOptions, EachFlagIsAMemberOfTheDialect) {
  EXPECT_EQ(TextOf({}), "{}");
  EXPECT_EQ(
      TextOf({"--delimiter", "||", "--quote", "'", "--escape", "\\", "--comment", "--", "--trim",
              "--skip-lines", "2", "--no-header", "--columns", "a,b", "--null", "NULL"}),
      R"({"delimiter":"||","quote":"'","escape":"\\","comment":"--","trim":true,)"
      R"("skip_lines":2,"columns":["a","b"],"null":"NULL"})");
  EXPECT_EQ(TextOf({"--quoting", "none"}), R"({"quote":""})");
  EXPECT_EQ(TextOf({"--quoting", "minimal", "--quote", "'"}), R"({"quote":"'"})");
  EXPECT_EQ(TextOf({"--null", ""}), R"({"null":""})");
}

TEST(FormatOptions, ATabCanBeTyped) {
  for (const std::string tab : {"tab", "\\t", "\t"}) {
    EXPECT_EQ(TextOf({"--delimiter", tab}), R"({"delimiter":"\t"})");
  }
}

TEST(FormatOptions, ACommaIsAsGoodADelimiterAsAnyOther) {
  EXPECT_EQ(TextOf({"--delimiter", ","}), "{}");
  EXPECT_EQ(TextOf({"--delimiter", ",,"}), R"({"delimiter":",,"})");
}

TEST(FormatOptions, NamesOfColumnsAreQuotedAsInAHeader) {
  const auto columns = [](const std::string& text) {
    return TextOf({"--no-header", "--columns", text});
  };
  EXPECT_EQ(columns("a"), R"({"columns":["a"]})");
  EXPECT_EQ(columns("\"a,1\",b\"c,\"d\"\"e\""), R"({"columns":["a,1","b\"c","d\"e"]})");
  EXPECT_EQ(columns("a,,b"), "a column's name must be UTF-8 text and not empty");
  EXPECT_EQ(columns("a,"), "a column's name must be UTF-8 text and not empty");
  EXPECT_EQ(columns("a,b,a"), "two columns have the same name \"a\"");
  EXPECT_EQ(columns("a,\"b"), "--columns has a name in quotes that cannot be read");
}

TEST(FormatOptions, ContradictionsAreRefused) {
  EXPECT_EQ(TextOf({"--no-header"}), "--no-header needs the columns' names");
  EXPECT_EQ(TextOf({"--columns", "a"}), "--columns is for a file without a header");
  EXPECT_EQ(TextOf({"--quote", ","}), "delimiter and quote are the same character");
  EXPECT_EQ(TextOf({"--escape", "\""}), "quote and escape are the same character");
  EXPECT_EQ(TextOf({"--quoting", "none", "--quote", "'"}), "--quote contradicts --quoting none");
  EXPECT_EQ(TextOf({"--quoting", "all"}), "--quoting cannot be this");
  EXPECT_EQ(TextOf({"--quote", ""}), "--quote needs one ASCII character");
  EXPECT_EQ(TextOf({"--escape", "ab"}), "--escape needs one ASCII character");
  EXPECT_EQ(TextOf({"--skip-lines", "-1"}),
            "--skip-lines needs a whole number from 0 to 1000000000000");
}

TEST(FormatOptions, AFlagThatWasGivenMayNotContradictTheLoad) {
  const Dialect dialect{.delimiter = ";", .quote = '\0'};
  EXPECT_EQ(Against({}, dialect), "");
  EXPECT_EQ(Against({"--delimiter", ";"}, dialect), "");
  EXPECT_EQ(Against({"--quoting", "none"}, dialect), "");
  EXPECT_EQ(Against({"--delimiter", ","}, dialect), "delimiter");
  EXPECT_EQ(Against({"--quote", "\""}, dialect), "quote");
  EXPECT_EQ(Against({"--quoting", "minimal"}, dialect), "quoting");
  EXPECT_EQ(Against({"--null", ""}, dialect), "null");
  EXPECT_EQ(Against({"--no-header", "--columns", "a"}, dialect), "no-header");
  EXPECT_EQ(Against({"--no-header", "--columns", "a"}, {.columns = {"b"}}), "columns");
  EXPECT_EQ(Against({"--trim"}, dialect), "trim");
}

}  // namespace
}  // namespace onceload
