// Names, order and nesting of the members of a message; files whose columns stand elsewhere.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/encode/row_encoder.h"
#include "unit/encode/rows.h"

namespace onceload {
namespace {

using Texts = std::vector<std::string>;

std::string ValueOf(const Texts& columns, const EncodeOptions& options, const Texts& cells) {
  RowEncoder encoder(columns, options);
  const std::string value = EncodeRow(encoder, Row(cells)).value().value;
  EXPECT_TRUE(nlohmann::json::accept(value)) << value;
  return value;
}

// "code: message" of what the constructor throws.
std::string ErrorOf(const Texts& columns, const RowLayout& layout, const EncodeOptions& options) {
  try {
    const RowEncoder encoder(columns, layout, options);
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.code())) + ": " + error.Line();
  }
  return "none";
}
std::string ErrorOf(const Texts& columns, const EncodeOptions& options) {
  return ErrorOf(columns, RowLayout::Identity(columns.size()), options);
}

TEST(RowShapeTest, RenamedDroppedAndConstantMembers) {
  EncodeOptions options;
  options.renames = {{"a", "x\"y"}};
  options.drops = {"b"};
  options.constants = {{"source", "\"web\""}, {"n", "[1,2]"}};
  options.types = {{"c", ColumnType::kInteger}};
  EXPECT_EQ(ValueOf({"a", "b", "c"}, options, {"1", "2", "3"}),
            R"({"x\"y":"1","c":3,"source":"web","n":[1,2]})");
  options.drops = {"a", "b", "c"};
  EXPECT_EQ(ValueOf({"a", "b", "c"}, options, {"1", "2", "x"}), R"({"source":"web","n":[1,2]})");
  options.constants.clear();
  EXPECT_EQ(ValueOf({"a", "b", "c"}, options, {"1", "2", "3"}), "{}");
}

TEST(RowShapeTest, ANameMayMoveToAnotherColumn) {
  EncodeOptions options;
  options.renames = {{"a", "b"}, {"b", "a"}};
  EXPECT_EQ(ValueOf({"a", "b"}, options, {"1", "2"}), R"({"b":"1","a":"2"})");
  options.renames = {{"a", "b"}};
  EXPECT_NE(ErrorOf({"a", "b"}, options).find("2: the JSON name \"b\" is there twice"),
            std::string::npos);
  options.drops = {"b"};
  EXPECT_EQ(ValueOf({"a", "b"}, options, {"1", "2"}), R"({"b":"1"})");
}

TEST(RowShapeTest, NestedMembersGatherAtTheFirstOnesPlace) {
  EncodeOptions options;
  options.nested = true;
  options.types = {{"a.n", ColumnType::kNumber}};
  options.constants = {{"a.z", "true"}};
  EXPECT_EQ(ValueOf({"a.x", "k", "a.b.c", "a.n", "a.b.d"}, options, {"1", "2", "3", "4", "5"}),
            R"({"a":{"x":"1","b":{"c":"3","d":"5"},"n":4,"z":true},"k":"2"})");
  options.nested = false;
  EXPECT_EQ(ValueOf({"a.x", "a.n"}, options, {"1", ""}), R"({"a.x":"1","a.n":null,"a.z":true})");
}

TEST(RowShapeTest, NestedNamesThatClashAreRefused) {
  EncodeOptions options;
  options.nested = true;
  for (const Texts& columns : {Texts{"a", "a.b"},
                               {"a.b", "a"},
                               {"a.b.c", "a.b"},
                               {"a.", "b"},
                               {".a", "b"},
                               {"a..b", "c"}}) {
    EXPECT_EQ(ErrorOf(columns, options).substr(0, 16), "2: the JSON name") << columns[0];
  }
}

TEST(RowShapeTest, RandomShapesAreReadBackAsTheOracleHasThem) {
  std::uint32_t seed = 1;
  const auto random = [&seed](std::uint32_t below) {
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 16U) % below;
  };
  for (int round = 0; round < 300; ++round) {
    const Texts columns{"a.p", "b", "a.q", "c.d.e", "f", "c.g"};
    EncodeOptions options;
    options.nested = true;
    Texts cells;
    nlohmann::ordered_json expected = nlohmann::ordered_json::object();
    for (const std::string& column : columns) {
      cells.push_back(std::string(random(40), static_cast<char>('"' + random(3))));
      const std::uint32_t fate = random(4);
      if (fate == 0) {
        options.drops.push_back(column);
        continue;
      }
      std::string name = column;
      if (fate == 1) name = options.renames[column] = "r." + column;
      for (std::size_t dot = 0; (dot = name.find('.')) != std::string::npos;) name[dot] = '/';
      expected[nlohmann::ordered_json::json_pointer("/" + name)] = cells.back();
    }
    EXPECT_EQ(ValueOf(columns, options, cells), expected.dump());
  }
}

TEST(RowLayoutTest, FieldsAreFoundByName) {
  const Texts columns{"a", "b", "c"};
  const RowLayout layout = LayoutOf(columns, {"c", "a", "b"}, false, "f.csv");
  EXPECT_EQ(layout, (RowLayout{{1, 2, 0}, 3}));
  EXPECT_FALSE(layout.IsIdentity());
  EXPECT_TRUE(LayoutOf(columns, columns, false, "f.csv").IsIdentity());
  EncodeOptions options = Options("a", {{"c", ColumnType::kInteger}});
  RowEncoder encoder(columns, layout, options);
  const std::optional<Encoded> encoded = EncodeRow(encoder, Row({"3", "1", "2"}));
  EXPECT_EQ(encoded->key, "1");
  EXPECT_EQ(encoded->value, R"({"a":"1","b":"2","c":3})");
  EXPECT_FALSE(EncodeRow(encoder, Row({"x", "1", "2"})));
  EXPECT_EQ(encoder.bad().column, 2U);
}

TEST(RowLayoutTest, AbsentColumnsAreNullAndAnEmptyKey) {
  const Texts columns{"a", "b", "c"};
  const RowLayout layout = LayoutOf(columns, {"c", "b"}, true, "f.csv");
  EXPECT_EQ(layout, (RowLayout{{RowLayout::kAbsent, 1, 0}, 2}));
  RowEncoder encoder(columns, layout, Options("a"));
  const std::optional<Encoded> encoded = EncodeRow(encoder, Row({"3", "2"}));
  EXPECT_EQ(encoded->key, "");
  EXPECT_EQ(encoded->value, R"({"a":null,"b":"2","c":"3"})");
}

TEST(RowLayoutTest, MissingAndExtraColumnsAreNamed) {
  const auto error = [](const Texts& file, bool union_columns) {
    try {
      LayoutOf({"a", "b"}, file, union_columns, "f.csv");
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ExitCode::kInput);
      return e.Line();
    }
    return std::string("none");
  };
  const std::string head = "the file's columns are not the load's: ";
  const std::string tail = ": f.csv; give files with the same columns, in any order";
  EXPECT_EQ(error({"a"}, false), head + "it lacks b" + tail);
  EXPECT_EQ(error({"a"}, true), "none");
  EXPECT_EQ(error({"x", "b", "a"}, true), head + "it also has x" + tail);
  EXPECT_EQ(error({"x", "b"}, false), head + "it lacks a and has x" + tail);
}

TEST(RowLayoutTest, RawMessagesNeedTheLoadsOwnLayoutAndNames) {
  EncodeOptions raw = Options("", {}, MessageFormat::kRaw);
  EXPECT_EQ(ErrorOf({"a", "b"}, raw), "none");
  EXPECT_EQ(ErrorOf({"a", "b"}, {{1, 0}, 2}, raw).substr(0, 16), "3: raw messages ");
  EXPECT_EQ(ErrorOf({"a", "b"}, {{0, RowLayout::kAbsent}, 1}, raw).substr(0, 16),
            "3: raw messages ");
  raw.nested = true;
  EXPECT_EQ(ErrorOf({"a", "b"}, raw).substr(0, 16), "2: raw messages ");
}

}  // namespace
}  // namespace onceload
