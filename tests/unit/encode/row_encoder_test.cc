#include "onceload/encode/row_encoder.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "unit/encode/rows.h"

namespace onceload {
namespace {

using nlohmann::ordered_json;

// The row as another JSON parser reads it.
ordered_json Decoded(RowEncoder& encoder, const std::vector<std::string>& cells) {
  const std::optional<Encoded> encoded = EncodeRow(encoder, Row(cells));
  if (!encoded) return "refused: " + encoder.bad().detail;
  return ordered_json::parse(encoded->value);
}

ordered_json Expected(const std::vector<std::string>& names,
                      const std::vector<std::string>& cells) {
  ordered_json object = ordered_json::object();
  for (std::size_t i = 0; i < names.size(); ++i) object[names[i]] = cells[i];
  return object;
}

TEST(RowEncoderTest, ValueIsAnObjectWithoutSpaces) {
  RowEncoder encoder({"a", "b", "c"}, {});
  EXPECT_EQ(EncodeRow(encoder, Row({"1", "", "x"}))->value, R"({"a":"1","b":"","c":"x"})");
}

TEST(RowEncoderTest, OneColumnIsEnough) {
  RowEncoder encoder({"a"}, {});
  EXPECT_EQ(EncodeRow(encoder, Row({"x"}))->value, R"({"a":"x"})");
}

TEST(RowEncoderTest, KeysAreInHeaderOrder) {
  const std::vector<std::string> names{"z", "a", "m", "B", "_", "é"};
  RowEncoder encoder(names, {});
  const ordered_json object = Decoded(encoder, {"1", "2", "3", "4", "5", "6"});
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  EXPECT_EQ(keys, names);
}

TEST(RowEncoderTest, NamesAreEscapedAndOfAnyLength) {
  std::vector<std::string> names{"say \"hi\"", "back\\slash", "two\nlines", "tab\t", "北京 🛒"};
  for (std::size_t size = 1; size <= 70; ++size) names.emplace_back(size, 'n');
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < names.size(); ++i) cells.push_back("cell " + std::to_string(i));
  RowEncoder encoder(names, {});
  EXPECT_EQ(Decoded(encoder, cells), Expected(names, cells));
}

// Each byte that JSON treats in its own way, at each place of each length; the places are the
// columns of one row, so that each cell has neighbours that must not change.
TEST(RowEncoderTest, EveryByteAtEveryPlaceIsReadBack) {
  std::vector<std::string> specials{"\"", "\\", "\x7f", "/", "é", "北", "🛒", "\u2028", "\ufeff"};
  for (char control = 1; control < 0x20; ++control) specials.emplace_back(1, control);
  for (std::size_t size = 0; size <= 70; ++size) {
    std::vector<std::string> names;
    for (std::size_t at = 0; at <= size; ++at) names.push_back(std::to_string(at));
    RowEncoder encoder(names, {});
    for (const std::string& special : specials) {
      std::vector<std::string> cells;
      for (std::size_t at = 0; at <= size; ++at) {
        cells.push_back(std::string(at, 'x') + special + std::string(size - at, 'y'));
      }
      const auto row = nlohmann::json::parse(EncodeRow(encoder, Row(cells))->value);
      ASSERT_EQ(row.size(), cells.size());
      for (std::size_t at = 0; at <= size; ++at) {
        ASSERT_EQ(row[names[at]].get_ref<const std::string&>(), cells[at]) << size << " at " << at;
      }
    }
  }
}

TEST(RowEncoderTest, RandomRowsAreReadBack) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces{"a",
                                        "\"",
                                        "\\",
                                        "\n",
                                        "\r\n",
                                        "\x1f",
                                        "\x7f",
                                        "é",
                                        "北",
                                        "🛒",
                                        ",",
                                        "\u2028",
                                        "words of a sentence",
                                        ""};
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> names;
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < 1 + random() % 12; ++i) {
      names.push_back(std::to_string(i) + pieces[random() % pieces.size()]);
      std::string& cell = cells.emplace_back();
      for (auto n = random() % 20; n > 0; --n) cell += pieces[random() % pieces.size()];
    }
    RowEncoder encoder(names, {});
    ASSERT_EQ(Decoded(encoder, cells), Expected(names, cells));
  }
}

TEST(RowEncoderTest, LongCellsAreReadBack) {
  const std::vector<std::string> names{"a", "b"};
  const std::vector<std::string> cells{std::string(200000, '\x01'), std::string(300000, 'x')};
  RowEncoder encoder(names, {});
  EXPECT_EQ(Decoded(encoder, cells), Expected(names, cells));
}

TEST(RowEncoderTest, WithoutKeyColumnTheKeyIsNull) {
  RowEncoder encoder({"a", "b"}, {});
  EXPECT_EQ(EncodeRow(encoder, Row({"1", "2"}))->key, std::nullopt);
}

TEST(RowEncoderTest, KeyIsTheCellsBytesUnescaped) {
  RowEncoder encoder({"a", "b"}, Options("b"));
  const std::string cell = "say \"hi\"\\\n北京";
  const std::optional<Encoded> encoded = EncodeRow(encoder, Row({"1", cell}));
  EXPECT_EQ(encoded->key, cell);
  EXPECT_EQ(ordered_json::parse(encoded->value)["b"], cell);
}

TEST(RowEncoderTest, EmptyKeyCellIsAnEmptyKey) {
  RowEncoder encoder({"a", "b"}, Options("a"));
  EXPECT_EQ(EncodeRow(encoder, Row({"", "2"}))->key, "");
}

TEST(RowEncoderTest, KeyKeepsItsTextIfItsColumnIsTyped) {
  RowEncoder encoder({"a"}, Options("a", {{"a", ColumnType::kBoolean}}));
  const std::optional<Encoded> encoded = EncodeRow(encoder, Row({"TRUE"}));
  EXPECT_EQ(encoded->key, "TRUE");
  EXPECT_EQ(encoded->value, R"({"a":true})");
}

TEST(RowEncoderTest, RawValueIsTheRecordsBytes) {
  RowEncoder encoder({"a", "b"}, Options("b", {}, MessageFormat::kRaw));
  const std::optional<Encoded> encoded =
      EncodeRow(encoder, Row({"x", "say \"hi\""}, "x,\"say \"\"hi\"\"\""));
  EXPECT_EQ(encoded->key, "say \"hi\"");
  EXPECT_EQ(encoded->value, "x,\"say \"\"hi\"\"\"");
}

TEST(RowEncoderTest, RawValueMayBeEmpty) {
  RowEncoder encoder({"a"}, Options("", {}, MessageFormat::kRaw));
  const std::optional<Encoded> encoded = EncodeRow(encoder, Row({""}));
  ASSERT_TRUE(encoded);
  EXPECT_EQ(encoded->value, "");
}

TEST(RowEncoderTest, MessagesOfABatchLieSideBySide) {
  RowEncoder encoder({"k", "v"}, Options("k"));
  MessageBatch batch;
  for (int i = 0; i < 2000; ++i) {
    const Row row({std::to_string(i), std::string(static_cast<std::size_t>(i % 50), '"')});
    const std::size_t before = batch.bytes();
    const std::optional<MessageBatch::Message> message = encoder.Encode(row.record(), batch);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->begin, before);
    EXPECT_EQ(message->begin + message->size(), batch.bytes());
    batch.Add(*message);
  }
  for (std::size_t i = 0; i < 2000; ++i) {
    const MessageBatch::Message& message = batch.messages()[i];
    EXPECT_EQ(batch.key(message), std::to_string(i));
    EXPECT_EQ(ordered_json::parse(batch.value(message))["v"], std::string(i % 50, '"'));
  }
}

TEST(RowEncoderTest, AClearedBatchIsAsANewOne) {
  RowEncoder encoder({"k", "v"}, Options("k"));
  MessageBatch batch;
  for (int round = 0; round < 3; ++round) {
    const std::string mark = std::to_string(round);
    const Row row({mark, "v" + mark});
    const std::optional<MessageBatch::Message> message = encoder.Encode(row.record(), batch);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->begin, 0U);
    EXPECT_EQ(batch.key(*message), mark);
    EXPECT_EQ(batch.value(*message), R"({"k":")" + mark + R"(","v":"v)" + mark + "\"}");
    batch.Clear();
  }
}

TEST(RowEncoderTest, ARecordWithAnotherNumberOfFieldsIsABug) {
  RowEncoder encoder({"a", "b"}, {});
  for (const std::vector<std::string>& cells :
       {std::vector<std::string>{"1"}, std::vector<std::string>{"1", "2", "3"}}) {
    try {
      EncodeRow(encoder, Row(cells));
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBug);
      EXPECT_STREQ(error.what(), "a record with another number of fields than the header");
    }
  }
}

}  // namespace
}  // namespace onceload
