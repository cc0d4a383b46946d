// What a row fills in: headers, constants, keys; and messages without a value.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/encode/row_encoder.h"
#include "unit/encode/rows.h"

namespace onceload {
namespace {

// "name=value;", in order; a null value is "(null)".
std::string HeadersOf(const EncodeOptions& options, const Row& row,
                      const std::vector<std::string>& columns = {"id", "file"}) {
  RowEncoder encoder(columns, DecodeMessageOptions(EncodeMessageOptions(options)));
  encoder.SetOrigin({"load", "may.csv", kNoTime});
  MessageBatch batch;
  const auto message = encoder.Encode(row.record(), batch);
  if (!message) return "refused";
  std::string text;
  ForEachHeader(batch.headers(*message), [&](std::string_view name, std::string_view value) {
    text.append(name).append("=").append(value.data() == nullptr ? "(null)" : value).append(";");
  });
  return text;
}

std::optional<Encoded> EncodedOf(const EncodeOptions& options, const Row& row) {
  RowEncoder encoder({"id", "op"}, DecodeMessageOptions(EncodeMessageOptions(options)));
  encoder.SetOrigin({"load", "m\"y.csv", kNoTime});
  return EncodeRow(encoder, row);
}

TEST(RowTemplateTest, HeadersOfTextAndCells) {
  EncodeOptions options;
  options.row_headers = {{"source", "web"},        {"user", "{id}"},  {"at", "{file}:{row}"},
                         {"cell", "<{\"file\"}>"}, {"brace", "{{x}"}, {"empty", ""}};
  EXPECT_EQ(HeadersOf(options, Row({"7", "y"})),
            "source=web;user=7;at=may.csv:1;cell=<y>;brace={x};empty=;");
  EXPECT_EQ(HeadersOf(options, Row({"", ""}, "", {1, 1})),
            "source=web;user=(null);at=may.csv:1;cell=<>;brace={x};empty=;");
}

TEST(RowTemplateTest, TheyStandBehindOnceloadsOwn) {
  EncodeOptions options;
  options.headers = true;
  options.row_headers = {{"a", "b"}};
  EXPECT_EQ(HeadersOf(options, Row({"7", "y"})),
            "onceload.load=load;onceload.file=may.csv;onceload.row=1;onceload.byte=0;a=b;");
}

TEST(RowTemplateTest, WhatNamesNoColumnIsRefused) {
  for (const char* text : {"{nobody}", "{id", "{\"id\"", "{}"}) {
    EncodeOptions options;
    options.row_headers = {{"h", text}};
    EXPECT_THROW(HeadersOf(options, Row({"7", "y"})), Error) << text;
  }
}

TEST(RowTemplateTest, ConstantsAndKeysOfThePlace) {
  EncodeOptions options;
  options.constants = {{"from", "\"{file}:{row} {id}\""}, {"plain", "\"{file}\""}};
  options.templates = {"from"};
  options.key_constant = "{file}-{row}";
  options.key_template = true;
  const auto encoded = EncodedOf(options, Row({"7", "y"}));
  ASSERT_TRUE(encoded);
  EXPECT_EQ(encoded->value, R"({"id":"7","op":"y","from":"m\"y.csv:1 {id}","plain":"{file}"})");
  EXPECT_EQ(encoded->key, "m\"y.csv-1");
}

TEST(RowTemplateTest, WhatIsNotUsedIsNotFrozen) {
  EncodeOptions options;
  options.constants = {{"a", "\"b\""}};
  options.key_constant = "k";
  EXPECT_EQ(EncodeMessageOptions(options), R"({"set":{"a":"b"},"key":{"constant":"k"}})");
}

TEST(TombstoneTest, ARowThatDeletesItsKey) {
  EncodeOptions options = Options("id");
  options.tombstone_column = "op";
  options.tombstone_text = "d";
  RowEncoder encoder({"id", "op"}, DecodeMessageOptions(EncodeMessageOptions(options)));
  MessageBatch batch;
  const Row gone({"7", "d"});
  const auto message = encoder.Encode(gone.record(), batch);
  ASSERT_TRUE(message);
  EXPECT_EQ(batch.key(*message), "7");
  EXPECT_EQ(batch.content(*message), std::nullopt);
  EXPECT_EQ(batch.value(*message).data(), nullptr);
  const Row kept({"7", "u"});
  const auto other = encoder.Encode(kept.record(), batch);
  ASSERT_TRUE(other);
  EXPECT_EQ(batch.content(*other), R"({"id":"7","op":"u"})");
}

TEST(TombstoneTest, NeedsAKey) {
  EncodeOptions options;
  options.tombstone_column = "op";
  options.tombstone_text = "d";
  EXPECT_THROW(EncodedOf(options, Row({"7", "d"})), Error);
  options.key_columns = {"id"};
  options.on_empty_key = EmptyKey::kNull;
  EXPECT_FALSE(EncodedOf(options, Row({"", "d"})));
  EXPECT_TRUE(EncodedOf(options, Row({"", "u"})));
  options.tombstone_column = "nobody";
  EXPECT_THROW(EncodedOf(options, Row({"7", "d"})), Error);
}

}  // namespace
}  // namespace onceload
