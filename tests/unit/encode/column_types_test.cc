// How typed cells become JSON, and which are refused.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "onceload/encode/row_encoder.h"
#include "unit/encode/rows.h"

namespace onceload {
namespace {

// The JSON text of `cell` in a column of `type`; "refused" if it does not fit.
std::string JsonOf(ColumnType type, const std::string& cell) {
  RowEncoder encoder({"c"}, Options("", {{"c", type}}));
  const std::optional<Encoded> encoded = EncodeRow(encoder, Row({cell}));
  if (!encoded) return "refused";
  const std::string& value = encoded->value;
  EXPECT_TRUE(nlohmann::json::accept(value)) << value;
  return value.substr(5, value.size() - 6);  // {"c":...}
}

void ExpectKept(ColumnType type, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) EXPECT_EQ(JsonOf(type, cell), cell);
}

void ExpectRefused(ColumnType type, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) EXPECT_EQ(JsonOf(type, cell), "refused") << cell;
}

TEST(ColumnTypesTest, IntegersKeepTheirText) {
  ExpectKept(ColumnType::kInteger,
             {"0", "-0", "1", "-1", "10", "42", "9007199254740993", "18446744073709551616",
              "-9223372036854775809", std::string(300, '9'), "2053013555631882655"});
}

TEST(ColumnTypesTest, NoIntegers) {
  ExpectRefused(
      ColumnType::kInteger,
      {"-",  "+1",  "01",  "-01", "00", "--1", "1.0", "1.",   ".1",   "1e3", "1E3", "1,000", " 1",
       "1 ", "\t1", "1\n", "0x1", "1a", "a",   "NaN", "null", "true", "١",   "1\"", "１"});
}

TEST(ColumnTypesTest, NumbersKeepTheirText) {
  ExpectKept(ColumnType::kNumber,
             {"0", "-0", "0.0", "-0.00", "12.50", "1e3", "1E3", "1e+3", "1e-3", "0e0", "1.5e10",
              "0.1000000000000000055511151231257827", "123456789012345678901234567890.5",
              "9007199254740993", "-1.0E-07", "1e05"});
}

TEST(ColumnTypesTest, NoNumbers) {
  ExpectRefused(ColumnType::kNumber,
                {"-",    "+1", "01",    "-01.5", "00.1",     "1.",    ".5",   "-.5",
                 "1.e3", "1e", "1e+",   "1e-",   "1e1.5",    "1.2.3", "12,5", "1 000",
                 " 1",   "1 ", "0x1p3", "inf",   "Infinity", "NaN",   "nan",  "1f",
                 "--1",  "e3", "1e 3",  "null",  "true",     "\"1\"", "€1"});
}

TEST(ColumnTypesTest, BooleansInAnyCase) {
  for (const char* cell : {"true", "True", "TRUE", "tRuE", "1"}) {
    EXPECT_EQ(JsonOf(ColumnType::kBoolean, cell), "true") << cell;
  }
  for (const char* cell : {"false", "False", "FALSE", "fAlSe", "0"}) {
    EXPECT_EQ(JsonOf(ColumnType::kBoolean, cell), "false") << cell;
  }
}

TEST(ColumnTypesTest, NoBooleans) {
  ExpectRefused(ColumnType::kBoolean, {"t",
                                       "f",
                                       "yes",
                                       "no",
                                       "on",
                                       "y",
                                       "tru",
                                       "truee",
                                       " true",
                                       "true ",
                                       "00",
                                       "01",
                                       "10",
                                       "2",
                                       "-1",
                                       "1.0",
                                       "null",
                                       "TRUÉ",
                                       "\x54\x52\x55\x25",
                                       "@RUE"});
}

TEST(ColumnTypesTest, JsonGoesAsItIs) {
  ExpectKept(
      ColumnType::kJson,
      {"null", "true", "false", "0", "-1.5e3", "\"text\"", "{}", "[]", R"({"a":[1,2,{"b":"c"}]})",
       R"({ "a" : 1 })", " [ 1 , 2 ] ", "[1,\n 2]", R"("esc \" \\ \u00e9 \ud83d\uded2")",
       "\"北京\"", "18446744073709551616", std::string(501, '[') + std::string(501, ']')});
}

TEST(ColumnTypesTest, NoJson) {
  ExpectRefused(ColumnType::kJson, {"{",
                                    "}",
                                    "[1,]",
                                    "{\"a\":1,}",
                                    "{a:1}",
                                    "{'a':1}",
                                    "tru",
                                    "True",
                                    "NaN",
                                    "01",
                                    "1.",
                                    "\"open",
                                    "\"two\nlines\"",
                                    "1 2",
                                    "{} x",
                                    " ",
                                    "\n",
                                    "text",
                                    "// c\n1",
                                    "/* c */1",
                                    "\"\\x\"",
                                    "[1}",
                                    "\xef\xbb\xbf[1]",
                                    "\xef\xbb\xbf",
                                    std::string("1\0,2", 4),
                                    std::string("1\0", 2)});
}

TEST(ColumnTypesTest, EmptyTypedCellIsNullAndEmptyStringIsNot) {
  for (const ColumnType type :
       {ColumnType::kInteger, ColumnType::kNumber, ColumnType::kBoolean, ColumnType::kJson}) {
    EXPECT_EQ(JsonOf(type, ""), "null");
  }
  EXPECT_EQ(JsonOf(ColumnType::kString, ""), "\"\"");
}

TEST(ColumnTypesTest, TypedAndStringColumnsMixInAnyOrder) {
  const std::vector<std::string> names{"a", "b", "c", "d"};
  for (unsigned typed = 0; typed < 16; ++typed) {
    EncodeOptions options;
    nlohmann::ordered_json expected;
    for (unsigned i = 0; i < 4; ++i) {
      if ((typed >> i & 1U) != 0) {
        options.types[names[i]] = ColumnType::kInteger;
        expected[names[i]] = i;
      } else {
        expected[names[i]] = std::to_string(i);
      }
    }
    RowEncoder encoder(names, options);
    EXPECT_EQ(EncodeRow(encoder, Row({"0", "1", "2", "3"}))->value, expected.dump());
  }
}

TEST(ColumnTypesTest, ManyEmptyTypedCellsHaveRoom) {
  std::vector<std::string> names;
  EncodeOptions options;
  for (int i = 0; i < 300; ++i) {
    options.types[names.emplace_back(std::to_string(i))] = ColumnType::kNumber;
  }
  RowEncoder encoder(names, options);
  const auto row =
      nlohmann::json::parse(EncodeRow(encoder, Row(std::vector<std::string>(300)))->value);
  EXPECT_EQ(row.size(), 300U);
  for (const auto& cell : row) EXPECT_TRUE(cell.is_null());
}

TEST(ColumnTypesTest, EveryTypeHasANameThatLeadsBackToIt) {
  for (const ColumnType type : {ColumnType::kString, ColumnType::kInteger, ColumnType::kNumber,
                                ColumnType::kBoolean, ColumnType::kJson}) {
    EXPECT_EQ(ColumnTypeFromName(NameOf(type)), type);
  }
  EXPECT_EQ(NameOf(ColumnType::kInteger), "integer");
  for (const char* name : {"", "int", "Integer", "strin", "strings"}) {
    EXPECT_EQ(ColumnTypeFromName(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace onceload
