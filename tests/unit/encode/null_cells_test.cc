// Cells that the dialect calls null.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/encode/rows.h"

namespace onceload {
namespace {

// The cells "\N" are null, as the reader would say.
std::optional<Encoded> EncodeCells(const std::vector<std::string>& names,
                                   const std::vector<std::string>& cells,
                                   const EncodeOptions& options, const std::string& raw = "") {
  RowEncoder encoder(names, options);
  std::vector<std::uint8_t> nulls;
  for (const std::string& cell : cells) nulls.push_back(cell == "\\N" ? 1 : 0);
  return EncodeRow(encoder, Row(cells, raw, nulls));
}

std::string ValueOf(const std::vector<std::string>& cells, const EncodeOptions& options = {}) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < cells.size(); ++i) names.emplace_back(1, static_cast<char>('a' + i));
  return EncodeCells(names, cells, options)->value;
}

TEST(NullCellsTest, StringsLoseTheirQuotesAtEveryPlace) {
  EXPECT_EQ(ValueOf({"\\N"}), R"({"a":null})");
  EXPECT_EQ(ValueOf({"\\N", "x", "y"}), R"({"a":null,"b":"x","c":"y"})");
  EXPECT_EQ(ValueOf({"x", "\\N", "y"}), R"({"a":"x","b":null,"c":"y"})");
  EXPECT_EQ(ValueOf({"x", "", "\\N"}), R"({"a":"x","b":"","c":null})");
  EXPECT_EQ(ValueOf({"\\N", "\\N", "\\N"}), R"({"a":null,"b":null,"c":null})");
}

TEST(NullCellsTest, TypedCellsToo) {
  EncodeOptions options;
  options.types = {{"a", ColumnType::kInteger},
                   {"c", ColumnType::kTimestamp},
                   {"d", ColumnType::kJson},
                   {"e", ColumnType::kDecimal}};
  EXPECT_EQ(ValueOf({"\\N", "\\N", "\\N", "\\N", "\\N"}, options),
            R"({"a":null,"b":null,"c":null,"d":null,"e":null})");
  EXPECT_EQ(ValueOf({"1", "\\N", "\\N", "[]", "\\N"}, options),
            R"({"a":1,"b":null,"c":null,"d":[],"e":null})");
}

// Names of every length around the steps in which the frame is copied; the cells are empty, so that
// nothing but the nulls' own room is there for them (the address sanitizer tells).
TEST(NullCellsTest, AllOfARowWithAnyNames) {
  for (std::size_t size = 1; size <= 40; ++size) {
    std::vector<std::string> names;
    std::string value;
    for (char c = 'a'; c <= 'z'; ++c) {
      names.emplace_back(size, c);
      value += (value.empty() ? "{\"" : ",\"") + names.back() + "\":null";
    }
    RowEncoder encoder(names, {});
    const Row row(std::vector<std::string>(names.size()), "",
                  std::vector<std::uint8_t>(names.size(), 1));
    EXPECT_EQ(EncodeRow(encoder, row)->value, value + "}");
  }
}

TEST(NullCellsTest, KeysFollowTheRuleForEmptyOnes) {
  const std::vector<std::string> names{"id", "b"};
  const std::vector<std::string> cells{"\\N", "x"};
  EncodeOptions options = Options("id");
  EXPECT_EQ(EncodeCells(names, cells, options)->key, "");
  options.on_empty_key = EmptyKey::kNull;
  EXPECT_EQ(EncodeCells(names, cells, options)->key, std::nullopt);
  options.on_empty_key = EmptyKey::kError;
  EXPECT_FALSE(EncodeCells(names, cells, options));
  options.key_columns = {"id", "b"};
  EXPECT_EQ(EncodeCells(names, cells, options)->key, R"(["","x"])");
  EXPECT_FALSE(EncodeCells(names, {"\\N", "\\N"}, options));
}

TEST(NullCellsTest, ANullTimeIsTheTimeOfSending) {
  EncodeOptions options;
  options.timestamp_column = "at";
  RowEncoder encoder({"at"}, options);
  const Row row({"\\N"}, "", {1});
  MessageBatch batch;
  const auto message = encoder.Encode(row.record(), batch);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->timestamp_ms, MessageBatch::Message().timestamp_ms);
}

TEST(NullCellsTest, RawMessagesAreTheRecordsOwnBytes) {
  const EncodeOptions options = Options("b", {}, MessageFormat::kRaw);
  const auto encoded = EncodeCells({"a", "b"}, {"\\N", "\\N"}, options, "\\N,\\N");
  EXPECT_EQ(encoded->value, "\\N,\\N");
  EXPECT_EQ(encoded->key, "");
}

}  // namespace
}  // namespace onceload
