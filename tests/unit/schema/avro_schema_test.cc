#include "onceload/schema/avro_schema.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/schema/message_schema.h"

namespace onceload {
namespace {

using namespace std::string_literals;

std::string WhyRefused(const std::string& text) {
  try {
    ParseAvroSchema(text, "x.avsc");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.what() + ": "s + error.where();
  }
  return "";
}

std::string Record(const std::string& fields) {
  return R"({"type": "record", "name": "R", "namespace": "acme", "fields": [)" + fields + "]}";
}

TEST(AvroSchema, LongsAreZigZagVarints) {
  EXPECT_EQ(AvroLong(0), "\0"s);
  EXPECT_EQ(AvroLong(-1), "\1");
  EXPECT_EQ(AvroLong(1), "\2");
  EXPECT_EQ(AvroLong(-64), "\x7f");
  EXPECT_EQ(AvroLong(64), "\x80\1");
  EXPECT_EQ(AvroLong(INT64_MIN).size(), kAvroLongBytesMax);
}

TEST(AvroSchema, ReadsTypesByName) {
  const AvroTypePtr type = ParseAvroSchema(
      Record(R"({"name": "a", "type": {"type": "enum", "name": "E", "symbols": ["X", "Y"]}},
                {"name": "b", "type": ["null", "acme.E"], "default": null, "aliases": ["old"]},
                {"name": "c", "type": {"type": "fixed", "name": "F", "size": 4,
                                       "logicalType": "decimal", "precision": 9, "scale": 2}},
                {"name": "d", "type": "E", "default": "Y"})"),
      "x.avsc");
  EXPECT_EQ(NameOf(*type), "record acme.R");
  ASSERT_EQ(type->fields.size(), 4U);
  EXPECT_EQ(NameOf(*type->fields[1].type), "null or enum acme.E");
  EXPECT_EQ(type->fields[1].default_bytes, "\0"s);
  EXPECT_EQ(type->fields[1].aliases, std::vector<std::string>{"old"});
  EXPECT_EQ(NameOf(*type->fields[2].type), "decimal(9,2)");
  EXPECT_EQ(type->fields[3].default_bytes, "\2");
  EXPECT_EQ(NameOf(*ParseAvroSchema("\"long\"", "")), "long");
  EXPECT_EQ(NameOf(*ParseAvroSchema("long", "")), "long");
}

TEST(AvroSchema, ALogicalTypeThatDoesNotFitIsNone) {
  const auto name = [](const std::string& text) { return NameOf(*ParseAvroSchema(text, "")); };
  EXPECT_EQ(name(R"({"type": "int", "logicalType": "timestamp-millis"})"), "int");
  EXPECT_EQ(name(R"({"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 3})"),
            "bytes");
  EXPECT_EQ(name(R"({"type": "fixed", "name": "f", "size": 2, "logicalType": "decimal",
                     "precision": 5})"),
            "fixed f");
  EXPECT_EQ(name(R"({"type": "string", "logicalType": "mine"})"), "string");
}

TEST(AvroSchema, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(WhyRefused("{"), "no Avro schema: it is no JSON: x.avsc");
  EXPECT_EQ(WhyRefused(Record(R"({"name": "a", "type": "lnog"})")),
            "no Avro schema: there is no type \"lnog\": x.avsc, at /fields/0/type");
  EXPECT_NE(WhyRefused(Record(R"({"name": "a-b", "type": "int"})")), "");
  EXPECT_NE(WhyRefused(Record(R"({"name": "a", "type": "int"}, {"name": "a", "type": "int"})")),
            "");
  EXPECT_EQ(WhyRefused(Record(R"({"name": "a", "type": "int", "default": "x"})")),
            "no Avro schema: the default is no int: x.avsc, at /fields/0/default");
  EXPECT_NE(WhyRefused(Record(R"({"name": "a", "type": ["null", "R"]})")), "");
  EXPECT_NE(WhyRefused(R"(["int", "int"])"), "");
  EXPECT_NE(WhyRefused(R"({"type": "enum", "name": "E", "symbols": ["1"]})"), "");
  EXPECT_NE(WhyRefused(std::string(10'000, '[') + std::string(10'000, ']')), "");
}

TEST(AvroSchema, JsonIsWrittenAsDefaultsAre) {
  const auto bytes = [](const std::string& schema, const std::string& json) {
    return AvroOfJson(*ParseAvroSchema(schema, ""), json).value_or("none");
  };
  EXPECT_EQ(bytes("\"bytes\"", R"("\u00ff\u0001")"), "\4\xff\1");
  EXPECT_EQ(bytes("\"bytes\"", R"("\u0100")"), "none");
  EXPECT_EQ(bytes("\"int\"", "2147483648"), "none");
  EXPECT_EQ(bytes("\"double\"", "1.5"), "\0\0\0\0\0\0\xf8\x3f"s);
  EXPECT_EQ(bytes(R"({"type": "array", "items": "int"})", "[1, 2]"), "\4\2\4\0"s);
  EXPECT_EQ(bytes(R"({"type": "map", "values": "boolean"})", R"({"a": true})"), "\2\2a\1\0"s);
  EXPECT_EQ(bytes(R"(["null", "string"])", R"("x")"), "\2\2x");
}

TEST(AvroSchema, NamesAreMadeFit) {
  EXPECT_EQ(AvroNameOf("Event Time"), "Event_Time");
  EXPECT_EQ(AvroNameOf("2nd"), "_2nd");
  EXPECT_EQ(AvroNameOf("gr\xc3\xb6\xc3\x9f"
                       "e"),
            "gr__e");
}

TEST(MessageSchema, PrefixAndHeader) {
  EXPECT_EQ(SchemaPrefix(0x01020304), "\0\1\2\3\4"s);
  MessageSchema schema;
  schema.id = 7;
  EXPECT_EQ(SchemaHeader(schema), "\0\0\0\0\7"s);
  schema.guid = "89791762-2336-4186-9674-299b90a802e2";
  EXPECT_EQ(SchemaHeader(schema),
            "\1\x89\x79\x17\x62\x23\x36\x41\x86\x96\x74\x29\x9b\x90\xa8\2\xe2");
  schema.guid = "89791762";
  EXPECT_THROW(SchemaHeader(schema), Error);
}

TEST(MessageSchema, TextsMaySayTheSameInOtherWords) {
  const auto same = [](const std::string& a, const std::string& b) {
    return SameSchemaText(SchemaType::kAvro, a, b);
  };
  EXPECT_TRUE(same(R"({"type": "string"})", "\"string\""));
  EXPECT_TRUE(same(Record(R"({"name":"a","type":{"type":"int"}})"),
                   Record(R"({"type":"int","name":"a","doc":"x"})")));
  EXPECT_FALSE(
      same(Record(R"({"name":"a","type":"int"})"), Record(R"({"name":"a","type":"long"})")));
  EXPECT_FALSE(same(Record(R"({"name":"a","type":"int","default":1})"),
                    Record(R"({"name":"a","type":"int","default":2})")));
}

}  // namespace
}  // namespace onceload
