// What a message has besides its value: key, partition, headers, timestamp.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/encode/row_encoder.h"
#include "unit/encode/rows.h"

namespace onceload {
namespace {

using Texts = std::vector<std::string>;
const Texts kColumns{"a", "b", "c"};

// "null" or the key in brackets; "bad: DETAIL" for a refused row.
std::string KeyOf(const EncodeOptions& options, const Texts& cells) {
  RowEncoder encoder(kColumns, options);
  const std::optional<Encoded> encoded = EncodeRow(encoder, Row(cells));
  if (!encoded) {
    EXPECT_EQ(encoder.bad().fault, RowFault::kEmptyKey);
    return "bad: " + encoder.bad().detail;
  }
  return encoded->key ? "<" + *encoded->key + ">" : "null";
}

TEST(KeyTest, SeveralColumnsAreAJsonArrayOfStrings) {
  EncodeOptions options;
  options.key_columns = {"c", "a"};
  for (const Texts& cells : {Texts{"1", "2", "3"}, {"\"", "", "\\\n"}, {"é", "", ""}}) {
    EXPECT_EQ(KeyOf(options, cells), "<" + nlohmann::json(Texts{cells[2], cells[0]}).dump() + ">");
  }
  options.key_separator = "|";
  EXPECT_EQ(KeyOf(options, {"1", "2", "3"}), "<3|1>");
  options.key_separator = "";
  EXPECT_EQ(KeyOf(options, {"1\"", "2", "3"}), "<31\">");
}

TEST(KeyTest, RowNumberAndConstant) {
  EncodeOptions options;
  options.key_row = true;
  EXPECT_EQ(KeyOf(options, {"1", "2", "3"}), "<1>");
  options.key_constant = "k";
  EXPECT_THROW(RowEncoder(kColumns, options), Error);  // two kinds of key
  options.key_row = false;
  EXPECT_EQ(KeyOf(options, {"1", "2", "3"}), "<k>");
}

TEST(KeyTest, EmptyKeysAreAsTheRuleSays) {
  EncodeOptions options;
  for (const Texts& columns : {Texts{"b"}, {"b", "c"}}) {
    options.key_columns = columns;
    options.on_empty_key = EmptyKey::kEmpty;
    EXPECT_EQ(KeyOf(options, {"1", "", ""}), "<>");
    options.on_empty_key = EmptyKey::kNull;
    EXPECT_EQ(KeyOf(options, {"1", "", ""}), "null");
    options.on_empty_key = EmptyKey::kError;
    EXPECT_EQ(KeyOf(options, {"1", "", ""}).substr(0, 29), "bad: the key is empty: column");
    EXPECT_NE(KeyOf(options, {"1", "x", ""}).substr(0, 3), "bad");
  }
}

TEST(PartitionKeyTest, IsTheKeyUnlessAColumnIsNamed) {
  EncodeOptions options;
  MessageBatch batch;
  const Row row({"1", "2", "3"});
  const auto partition_key = [&] {
    RowEncoder encoder(kColumns, options);
    EXPECT_TRUE(encoder.Encode(row.record(), batch));
    return std::string(encoder.partition_key().value_or("none"));
  };
  EXPECT_EQ(partition_key(), "none");
  options.headers = true;  // the arena may move after the key
  options.key_columns = {"a", "b"};
  EXPECT_EQ(partition_key(), R"(["1","2"])");
  options.partition_by = "c";
  EXPECT_EQ(partition_key(), "3");
  options.partition_by = "d";
  EXPECT_THROW(partition_key(), Error);
}

TEST(HeadersTest, TellWhereTheRowIsFrom) {
  EncodeOptions options = Options("a");
  options.headers = true;
  RowEncoder encoder(kColumns, options);
  encoder.SetOrigin({"id-1", "clicks.csv"});
  MessageBatch batch;
  const Row row({"1", "2", "3"});
  for (int i = 0; i < 3; ++i) batch.Add(encoder.Encode(row.record(), batch).value());
  for (const MessageBatch::Message& message : batch.messages()) {
    std::vector<std::pair<std::string, std::string>> headers;
    ForEachHeader(batch.headers(message), [&](std::string_view name, std::string_view value) {
      headers.emplace_back(name, value);
    });
    const std::vector<std::pair<std::string, std::string>> expected{{"onceload.load", "id-1"},
                                                                    {"onceload.file", "clicks.csv"},
                                                                    {"onceload.row", "1"},
                                                                    {"onceload.byte", "0"}};
    EXPECT_EQ(headers, expected);
    EXPECT_EQ(batch.key(message), "1");
    EXPECT_EQ(batch.value(message), R"({"a":"1","b":"2","c":"3"})");
  }
  EXPECT_EQ(RowEncoder(kColumns, {}).Encode(row.record(), batch)->headers_size, 0U);
}

TEST(HeadersTest, EmptyNamesAndValuesAreKept) {
  ByteArena arena;
  AppendHeader(arena, "", "");
  AppendHeader(arena, "n", std::string(70000, 'v'));
  std::size_t count = 0;
  ForEachHeader(arena.view(), [&](std::string_view name, std::string_view value) {
    EXPECT_EQ(name, count == 0 ? "" : "n");
    EXPECT_EQ(value.size(), count == 0 ? 0U : 70000U);
    ++count;
  });
  EXPECT_EQ(count, 2U);
}

// The timestamp, or "bad: DETAIL".
std::string TimestampOf(const EncodeOptions& options, const std::string& cell) {
  RowEncoder encoder(kColumns, options);
  MessageBatch batch;
  const Row row({cell, "2", "3"});
  const auto message = encoder.Encode(row.record(), batch);
  return message ? std::to_string(message->timestamp_ms) : "bad: " + encoder.bad().detail;
}

TEST(RecordTimestampTest, IsOfATimestampOrOfMilliseconds) {
  EncodeOptions options;
  EXPECT_EQ(TimestampOf(options, "5"), "-1");
  options.timestamp_column = "a";
  EXPECT_EQ(TimestampOf(options, "1569888000001"), "1569888000001");
  EXPECT_EQ(TimestampOf(options, ""), "-1");
  EXPECT_EQ(TimestampOf(options, "x"), R"(bad: column "a": "x" is no timestamp)");
  EXPECT_EQ(TimestampOf(options, "-1"),
            R"(bad: column "a": "-1" is no timestamp that a record can have: it is )"
            "not after 1970-01-01 00:00:00 UTC");
  // librdkafka takes it for no time.
  EXPECT_EQ(TimestampOf(options, "0"),
            R"(bad: column "a": "0" is no timestamp that a record can have: it is )"
            "not after 1970-01-01 00:00:00 UTC");
  options.types["a"] = ColumnType::kInteger;
  EXPECT_EQ(TimestampOf(options, "7"), "7");
  options.types["a"] = ColumnType::kTimestamp;
  EXPECT_EQ(TimestampOf(options, "1970-01-01T00:00:01Z"), "1000");
  options.drops = {"a"};
  EXPECT_EQ(TimestampOf(options, "1970-01-01T00:00:01Z"), "1000");
  options.types["a"] = ColumnType::kNumber;
  EXPECT_THROW(TimestampOf(options, "7"), Error);
}

TEST(TimestampCellTest, BecomesMillisecondsOrIso) {
  EncodeOptions options = Options("", {{"a", ColumnType::kTimestamp}});
  options.drops = {"b", "c"};
  RowEncoder milliseconds(kColumns, options);
  const Row row({"1969-12-31T23:59:59.9Z", "", ""});
  EXPECT_EQ(EncodeRow(milliseconds, row)->value, R"({"a":-100})");
  EXPECT_EQ(EncodeRow(milliseconds, Row({"", "", ""}))->value, R"({"a":null})");
  EXPECT_FALSE(EncodeRow(milliseconds, Row({"now", "", ""})));
  EXPECT_EQ(milliseconds.bad().detail, R"(column "a": "now" is no timestamp)");
  options.timestamps["a"] = {"epoch-s", "UTC", true};
  RowEncoder iso(kColumns, options);
  EXPECT_EQ(EncodeRow(iso, Row({"0", "", ""}))->value, R"({"a":"1970-01-01T00:00:00.000Z"})");
}

TEST(DecimalCellTest, IsAStringWithItsText) {
  EncodeOptions options = Options("", {{"a", ColumnType::kDecimal}});
  options.drops = {"b", "c"};
  RowEncoder encoder(kColumns, options);
  for (const char* cell : {"0", "-0.10", "007.50", "12345678901234567890.12345678901234567890"}) {
    EXPECT_EQ(EncodeRow(encoder, Row({cell, "", ""}))->value,
              std::string(R"({"a":")") + cell + "\"}");
  }
  for (const char* cell : {"1e3", "1.", ".5", "+1", "1,5", "-", " 1", "1.2.3", "x"}) {
    EXPECT_FALSE(EncodeRow(encoder, Row({cell, "", ""}))) << cell;
  }
  EXPECT_EQ(EncodeRow(encoder, Row({"", "", ""}))->value, R"({"a":null})");
}

}  // namespace
}  // namespace onceload
