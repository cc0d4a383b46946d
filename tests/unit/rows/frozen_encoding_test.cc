#include "onceload/rows/frozen_encoding.h"

#include <string>

#include <gtest/gtest.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

FrozenEncoding Encoding() {
  FrozenEncoding encoding;
  encoding.columns = {"id"};
  return encoding;
}

ProgressRecord LoadOf(const FrozenEncoding& encoding) {
  ProgressRecord load;
  load.options = Freeze(encoding);
  return load;
}

TEST(FrozenEncoding, ALoadWithoutSchemasIsAsItWas) {
  const FrozenOptions options = Freeze(Encoding());
  ASSERT_EQ(options.size(), 4U);
  EXPECT_EQ(options[3], (FrozenOptions::value_type{"messages", "{}"}));
}

TEST(FrozenEncoding, SchemasAreKeptByteForByte) {
  FrozenEncoding encoding = Encoding();
  encoding.encode.format = MessageFormat::kAvro;
  encoding.encode.key_columns = {"id"};
  encoding.encode.key_format = KeyFormat::kAvro;
  encoding.encode.framing = SchemaFraming::kHeader;
  encoding.encode.value_schema = MessageSchema{SchemaType::kAvro, 4'000'000'000, "", " \"int\"\n"};
  encoding.encode.key_schema = MessageSchema{SchemaType::kAvro, 2, "89791762", "\"long\""};
  const ProgressRecord load = LoadOf(encoding);
  EXPECT_EQ(load.options[4].first, "schemas");
  EXPECT_EQ(load.options[3].second, R"({"format":"avro","key":{"columns":["id"],"format":"avro"},)"
                                    R"("schema_framing":"header"})");
  EXPECT_EQ(FrozenEncodingOf(load).encode, encoding.encode);
}

TEST(FrozenEncoding, WhichMessageOfASchemaIsKept) {
  FrozenEncoding encoding = Encoding();
  encoding.encode.format = MessageFormat::kProtobuf;
  encoding.encode.value_schema = MessageSchema{SchemaType::kProtobuf, 1, "", "message A {}", "A"};
  EXPECT_EQ(FrozenEncodingOf(LoadOf(encoding)).encode, encoding.encode);
}

TEST(FrozenEncoding, ARecordWithoutTheSchemaItNeedsIsRefused) {
  FrozenEncoding encoding = Encoding();
  encoding.encode.format = MessageFormat::kAvro;
  EXPECT_THROW(FrozenEncodingOf(LoadOf(encoding)), Error);
  encoding.encode.value_schema = MessageSchema{SchemaType::kAvro, 1, "", "\"int\""};
  ProgressRecord load = LoadOf(encoding);
  load.options[4].second = "{";
  EXPECT_THROW(FrozenEncodingOf(load), Error);
  load.options[4].second = R"({"value":{"type":"XML","id":1,"schema":"x"}})";
  EXPECT_THROW(FrozenEncodingOf(load), Error);
}

}  // namespace
}  // namespace onceload
