// What the encoder tells people: cells that do not fit, columns that are not there.
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/encode/row_encoder.h"
#include "unit/encode/rows.h"

namespace onceload {
namespace {

const std::vector<std::string>& Columns() {
  static const std::vector<std::string> names{"event_time", "event_type", "price", "user_id"};
  return names;
}

std::string DetailOf(ColumnType type, const std::string& cell, const std::string& name = "price") {
  RowEncoder encoder({name}, Options("", {{name, type}}));
  EXPECT_FALSE(EncodeRow(encoder, Row({cell}))) << cell;
  return encoder.bad().detail;
}

std::string UsageError(const std::vector<std::string>& names, const EncodeOptions& options) {
  try {
    RowEncoder encoder(names, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.Line();
  }
  return "no error";
}

TEST(BadCellTest, NamesColumnCellAndType) {
  EXPECT_EQ(DetailOf(ColumnType::kNumber, "12,5"), R"(column "price": "12,5" is no number)");
  EXPECT_EQ(DetailOf(ColumnType::kInteger, "1.0"), R"(column "price": "1.0" is no integer)");
  EXPECT_EQ(DetailOf(ColumnType::kBoolean, "yes"), R"(column "price": "yes" is no boolean)");
  EXPECT_EQ(DetailOf(ColumnType::kJson, "{a:1}"), R"(column "price": "{a:1}" is no JSON)");
}

TEST(BadCellTest, TellsTheFirstColumnThatDoesNotFit) {
  RowEncoder encoder({"a", "b", "c"},
                     Options("", {{"b", ColumnType::kInteger}, {"c", ColumnType::kInteger}}));
  EXPECT_FALSE(EncodeRow(encoder, Row({"x", "y", "z"})));
  EXPECT_EQ(encoder.bad().column, 1U);
  EXPECT_FALSE(EncodeRow(encoder, Row({"x", "1", "z"})));
  EXPECT_EQ(encoder.bad().column, 2U);
}

TEST(BadCellTest, AnEmptyKeyHasAColumnIfItIsMadeOfOne) {
  EncodeOptions options;
  options.on_empty_key = EmptyKey::kError;
  options.key_columns = {"c"};
  RowEncoder of_one({"a", "b", "c"}, options);
  EXPECT_FALSE(EncodeRow(of_one, Row({"x", "y", ""})));
  EXPECT_EQ(of_one.bad().column, 2U);
  options.key_columns = {"c", "b"};
  RowEncoder of_two({"a", "b", "c"}, options);
  EXPECT_FALSE(EncodeRow(of_two, Row({"x", "", ""})));
  EXPECT_EQ(of_two.bad().column, std::nullopt);
}

TEST(BadCellTest, LeavesTheBatchAsItWas) {
  RowEncoder encoder({"k", "n"}, Options("k", {{"n", ColumnType::kInteger}}));
  MessageBatch batch;
  const Row good({"key", "1"});
  batch.Add(encoder.Encode(good.record(), batch).value());
  const std::size_t before = batch.bytes();
  const Row bad({"another", "x"});
  EXPECT_FALSE(encoder.Encode(bad.record(), batch));
  EXPECT_EQ(batch.bytes(), before);
  const std::optional<MessageBatch::Message> next = encoder.Encode(good.record(), batch);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->begin, before);
  EXPECT_EQ(batch.value(*next), R"({"k":"key","n":1})");
  EXPECT_EQ(batch.value(batch.messages()[0]), R"({"k":"key","n":1})");
}

TEST(BadCellTest, LongCellsAreCutAtACharacter) {
  EXPECT_EQ(DetailOf(ColumnType::kNumber, std::string(40, 'x')),
            "column \"price\": \"" + std::string(40, 'x') + "\" is no number");
  EXPECT_EQ(DetailOf(ColumnType::kNumber, std::string(41, 'x')),
            "column \"price\": \"" + std::string(40, 'x') + "\"... is no number");
  // Four bytes each: the tenth ends at byte 40, or two bytes later.
  std::string carts;
  for (int i = 0; i < 10; ++i) carts += "🛒";
  EXPECT_EQ(DetailOf(ColumnType::kNumber, carts + "z"),
            "column \"price\": \"" + carts + "\"... is no number");
  EXPECT_EQ(DetailOf(ColumnType::kNumber, "ab" + carts),
            "column \"price\": \"ab" + carts.substr(0, 36) + "\"... is no number");
}

TEST(BadCellTest, NothingInItMovesTheCursorOrEndsTheLine) {
  EXPECT_EQ(DetailOf(ColumnType::kInteger, "a\nb\r\t\x1b[2J\x7f\"\\"),
            R"(column "price": "a\nb\r\t\u001b[2J\u007f\"\\" is no integer)");
  // U+009B, which terminals take for ESC [, in a cell and in a name; é is none.
  EXPECT_EQ(DetailOf(ColumnType::kInteger, "\u009b2J\u0080é\u00a0", "p\u009b\né"),
            "column \"p\\u009b\\né\": \"\\u009b2J\\u0080é\u00a0\" is no integer");
}

TEST(NoSuchColumnTest, ListsTheColumnsAndTheNearestName) {
  EXPECT_EQ(UsageError(Columns(), Options("userid")),
            "no column \"userid\" for --key: the file has event_time, event_type, price, user_id; "
            "did you mean \"user_id\"?");
  EXPECT_EQ(UsageError(Columns(), Options("", {{"Price", ColumnType::kNumber}})),
            "no column \"Price\" for --type: the file has event_time, event_type, price, user_id; "
            "did you mean \"price\"?");
}

TEST(NoSuchColumnTest, GuessesNothingIfNoNameIsNear) {
  EXPECT_EQ(UsageError(Columns(), Options("session_token")),
            "no column \"session_token\" for --key: the file has event_time, event_type, price, "
            "user_id; name one of these");
}

TEST(NoSuchColumnTest, IsAskedForRawMessagesToo) {
  EXPECT_NE(UsageError(Columns(), Options("nope nope", {}, MessageFormat::kRaw)), "no error");
  EXPECT_NE(
      UsageError(Columns(), Options("", {{"nope nope", ColumnType::kNumber}}, MessageFormat::kRaw)),
      "no error");
}

TEST(NoSuchColumnTest, ALongListIsCutAndCounted) {
  std::vector<std::string> names;
  for (int i = 100; i < 1100; ++i) names.push_back("column_" + std::to_string(i));
  const std::string line = UsageError(names, Options("nothing of the kind"));
  EXPECT_LT(line.size(), 600U);
  EXPECT_NE(line.find("column_100, column_101, "), std::string::npos) << line;
  // Each name, its comma and space: 12 bytes; so 34 of them pass 400 bytes.
  EXPECT_NE(line.find("column_133 and 966 more; name one of these"), std::string::npos) << line;
}

TEST(NoSuchColumnTest, LongAndUnprintableNamesAreShortAndPrintable) {
  const std::string line =
      UsageError({"a\tb", std::string(900, 'n'), "c"}, Options(std::string(900, 'k')));
  EXPECT_LT(line.size(), 300U);
  EXPECT_NE(line.find("the file has a\\tb, " + std::string(60, 'n') + "..., c"), std::string::npos)
      << line;
}

}  // namespace
}  // namespace onceload
