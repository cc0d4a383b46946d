// Rows as Protobuf, byte by byte: docs/formats.md and the encoding's specification.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "encode/value_encoder.h"
#include "onceload/encode/derived_schema.h"
#include "onceload/encode/row_encoder.h"
#include "onceload/schema/proto_schema.h"
#include "unit/encode/rows.h"

namespace onceload {
namespace {

using namespace std::string_literals;

// `more`: messages that stand behind the one of the rows.
EncodeOptions Proto(const std::string& fields, const std::string& more = "") {
  EncodeOptions options;
  options.format = MessageFormat::kProtobuf;
  options.framing = SchemaFraming::kHeader;  // no bytes before the value
  options.value_schema =
      MessageSchema{SchemaType::kProtobuf, 7, "",
                    "syntax = \"proto3\"; import \"google/protobuf/timestamp.proto\"; import "
                    "\"google/protobuf/wrappers.proto\"; message R { " +
                        fields + " } " + more};
  return options;
}

// The message, or why there is none.
std::string Written(RowEncoder& encoder, const Row& row) {
  const std::optional<Encoded> encoded = EncodeRow(encoder, row);
  return encoded ? encoded->value : encoder.bad().detail;
}

std::string Cell(const std::string& type, const std::string& cell,
                 ColumnType declared = ColumnType::kString, const TimestampFormat& format = {}) {
  EncodeOptions options = Proto(type + " a = 1;", "enum E { ZERO = 0; LESS = -1; }");
  options.types["a"] = declared;
  options.timestamps["a"] = format;
  RowEncoder encoder({"a"}, options);
  return Written(encoder, Row({cell}));
}

void ExpectRefused(const std::string& type, const std::string& cell) {
  EXPECT_TRUE(Cell(type, cell).starts_with("column \"a\": ")) << type << " " << cell;
}

TEST(ProtoValue, StandsBehindTheSchemasIdAndTheMessagesIndexes) {
  EncodeOptions options = Proto("string id = 1;", "message S { string id = 2; }");
  options.framing = SchemaFraming::kPrefix;
  RowEncoder first({"id"}, options);
  EXPECT_EQ(Written(first, Row({"x"})), "\0\0\0\0\7\0\x0a\1x"s);
  options.value_schema->message = "S";
  RowEncoder second({"id"}, options);
  EXPECT_EQ(Written(second, Row({"x"})), "\0\0\0\0\7\2\2\x12\1x"s);
}

TEST(ProtoValue, WholeNumbersAreWithinTheirBounds) {
  EXPECT_EQ(Cell("int32", "-1"), "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\1");
  EXPECT_EQ(Cell("sint32", "-2"), "\x08\3");
  EXPECT_EQ(Cell("uint64", "18446744073709551615"), "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\1");
  EXPECT_EQ(Cell("fixed32", "258"), "\x0d\2\1\0\0"s);
  EXPECT_EQ(Cell("sfixed64", "-1"), "\x09\xff\xff\xff\xff\xff\xff\xff\xff");
  ExpectRefused("int32", "2147483648");
  ExpectRefused("uint32", "4294967296");
  ExpectRefused("uint32", "-1");
  for (const char* cell : {"9223372036854775808", "1.0", "007", "+1", "-", " 1"}) {
    ExpectRefused("int64", cell);
  }
}

TEST(ProtoValue, ADefaultIsWrittenOnlyWhereReadersCanTell) {
  EXPECT_EQ(Cell("int64", "0"), "");
  EXPECT_EQ(Cell("optional int64", "0"), "\x08\0"s);
  EXPECT_EQ(Cell("string", ""), "");
  EXPECT_EQ(Cell("optional string", ""), "\x0a\0"s);
  EXPECT_EQ(Cell("bool", "FALSE"), "");
  EXPECT_EQ(Cell("double", "-0.0"), "\x09\0\0\0\0\0\0\0\x80"s);
  EXPECT_EQ(Cell("google.protobuf.Int64Value", "0"), "\x0a\0"s);
  EXPECT_EQ(Cell("google.protobuf.Int64Value", "5"), "\x0a\2\x08\5");
}

TEST(ProtoValue, ANullIsNotThereOrNoValue) {
  EXPECT_EQ(Cell("optional int64", ""), "");
  EXPECT_EQ(Cell("google.protobuf.Timestamp", ""), "");
  EXPECT_EQ(Cell("int64", ""),
            "column \"a\" is null, and field \"a\", int64, cannot be: it is not optional");
}

TEST(ProtoValue, SymbolsTruthsAndBytes) {
  EXPECT_EQ(Cell("E", "LESS"), "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\1");
  EXPECT_EQ(Cell("E", "ZERO"), "");
  ExpectRefused("E", "less");
  EXPECT_EQ(Cell("bool", "1"), "\x08\1");
  ExpectRefused("bool", "yes");
  EXPECT_EQ(Cell("bytes", "aGk"), "\x0a\3aGk");
  EXPECT_EQ(Cell("bytes", "aGk", ColumnType::kBase64), "\x0a\2hi");
  EXPECT_EQ(Cell("float", "1.5"), "\x0d\0\0\xc0\x3f"s);
  ExpectRefused("float", "1e40");
}

TEST(ProtoValue, Times) {
  const std::string type = "google.protobuf.Timestamp";
  EXPECT_EQ(Cell(type, "1970-01-01T00:00:01.5Z"), "\x0a\x08\x08\1\x10\x80\xca\xb5\xee\1");
  EXPECT_EQ(Cell(type, "1969-12-31T23:59:59.999999999Z"),
            "\x0a\x11\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\x10\xff\x93\xeb\xdc\3");
  EXPECT_EQ(Cell(type, "1970-01-01T00:00:00Z"), "\x0a\0"s);
  EXPECT_EQ(Cell(type, "1970-01-02", ColumnType::kDate), "\x0a\4\x08\x80\xa3\5");
  EXPECT_EQ(Cell(type, "-0.5", ColumnType::kTimestamp, {"epoch-s", "UTC", false}),
            "\x0a\x11\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\x10\x80\xca\xb5\xee\1");
  EXPECT_EQ(Cell("int64", "1970-01-01T00:00:01Z", ColumnType::kTimestamp), "\x08\xe8\7");
  ExpectRefused(type, "0000-12-31T23:59:59Z");
}

TEST(ProtoValue, MessagesWithinAreThereIfACellOfTheirsIs) {
  const EncodeOptions options =
      Proto("message P { optional int64 a = 1; string b_c = 2; P p = 3; } P p = 16; int32 id = 1;");
  RowEncoder encoder({"p.bC", "p.a", "id", "p.p.a"}, options);
  EXPECT_EQ(Written(encoder, Row({"x", "5", "1", ""})), "\x08\1\x82\1\5\x08\5\x12\1x");
  EXPECT_EQ(Written(encoder, Row({"", "", "1", ""})), "\x08\1");
  EXPECT_EQ(Written(encoder, Row({"", "", "1", "0"})), "\x08\1\x82\1\4\x1a\2\x08\0"s);
  const std::string large(200, 'x');
  EXPECT_EQ(Written(encoder, Row({large, "", "1", ""})), "\x08\1\x82\1\xcb\1\x12\xc8\1" + large);
}

TEST(ProtoValue, NamesMayBeOfMessagesThatContainThemselves) {
  const EncodeOptions options = Proto("int64 a_b = 1; R the_next = 2;");
  std::string column = "aB";
  for (int i = 0; i < 40; ++i) column.insert(0, i % 2 == 0 ? "theNext." : "the_next.");
  RowEncoder encoder({column}, options);
  const std::string written = Written(encoder, Row({"1"}));
  EXPECT_EQ(written.size(), 82U);
  EXPECT_TRUE(written.ends_with("\x12\4\x12\2\x08\1")) << written;
  for (int i = 0; i < 70; ++i) column.insert(0, "the_next.");
  EXPECT_NE(WhyRefused({column}, options), "");
}

TEST(ProtoValue, OneOfAlternativesAtMost) {
  const EncodeOptions options = Proto("oneof o { string a = 1; int64 b = 2; }");
  RowEncoder encoder({"a", "b"}, options);
  EXPECT_EQ(Written(encoder, Row({"", "0"})), "\x10\0"s);
  EXPECT_EQ(Written(encoder, Row({"x", ""})), "\x0a\1x");
  EXPECT_EQ(Written(encoder, Row({"x", "1"})),
            "fields \"a\" and \"b\" are both there, and a message has one of them at most");
}

TEST(ProtoValue, ConstantsAreFields) {
  EncodeOptions options = Proto("string a = 1; int64 n = 2; string at = 3; R within = 4;");
  options.constants = {{"n", "7"}, {"at", "\"{row}\""}, {"within.a", "\"y\""}};
  options.templates = {"at"};
  RowEncoder encoder({"a"}, options);
  EXPECT_EQ(Written(encoder, Row({"x"})), "\x0a\1x\x10\7\x1a\1\x31\x22\3\x0a\1y");
  options.constants[0].second = "\"many\"";
  EXPECT_NE(WhyRefused({"a"}, options).find("\"many\" of --set is no int64"), std::string::npos);
}

TEST(ProtoValue, WhatDoesNotFitIsToldAtTheStart) {
  EncodeOptions options = Proto("int64 id = 1; repeated string tags = 2;");
  EXPECT_NE(WhyRefused({"idd"}, options).find("no field for column \"idd\", there are id, tags"),
            std::string::npos);
  EXPECT_NE(WhyRefused({"tags"}, options).find("a list of string, cannot hold"), std::string::npos);
  options.types["id"] = ColumnType::kBoolean;
  EXPECT_NE(WhyRefused({"id"}, options).find("is of type boolean, which field \"id\", a int64"),
            std::string::npos);
  options = Proto("");
  options.value_schema->text = "message R { required string a = 1; optional string b = 2; }";
  EXPECT_NE(WhyRefused({"b"}, options).find("field \"a\", a string, which is required"),
            std::string::npos);
}

TEST(ProtoValue, TheSchemaOfHeaderAndTypesHoldsThem) {
  EncodeOptions options = Options("");
  options.types = {{"n", ColumnType::kInteger}, {"t", ColumnType::kTimestamp}};
  options.renames = {{"a b", "p.a b"}};
  options.nested = true;
  const std::string text =
      DerivedSchema(SchemaType::kProtobuf, {{"a b", "n", "t"}, "my-topic", false}, options);
  EXPECT_EQ(text,
            "syntax = \"proto3\";\n\nimport \"google/protobuf/timestamp.proto\";\n\n"
            "message my_topic {\n  message p_message {\n    string a_b = 1;  // \"a b\"\n  }\n"
            "  p_message p = 1;\n  optional int64 n = 2;\n  google.protobuf.Timestamp t = 3;\n}\n");
  options.format = MessageFormat::kProtobuf;
  options.framing = SchemaFraming::kHeader;
  options.value_schema = MessageSchema{SchemaType::kProtobuf, 7, "", text};
  RowEncoder encoder({"a b", "n", "t"}, options);
  EXPECT_EQ(Written(encoder, Row({"x", "", ""})), "\x0a\3\x0a\1x");
}

TEST(ProtoValue, FieldsHaveNoNumbersThatTheFormatKeeps) {
  std::vector<std::string> columns;
  for (int i = 0; i < 20'000; ++i) columns.push_back("c" + std::to_string(i));
  const std::string text =
      DerivedSchema(SchemaType::kProtobuf, {columns, "t", false}, EncodeOptions());
  EXPECT_EQ(ParseProtoSchema(text, "", "").message->fields.back().number, 21'000U);
}

// By cells that are as short as they can be for what they become.
TEST(ProtoValue, NothingIsWrittenBehindTheRoom) {
  std::string fields = "R r = 536870911; string s = 536870910; ";
  std::vector<std::string> columns{"r.r.s"};
  EncodeOptions options;
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(536'870'000 + i);
    fields += "google.protobuf.DoubleValue d" + number + " = " + number + "; ";
    columns.push_back("r.d" + number);
  }
  options = Proto(fields);
  const auto value =
      MakeProtoValue(columns, RowLayout::Identity(columns.size()), options, *options.value_schema);
  for (const std::size_t size : {0, 1, 127, 128, 17'000}) {
    std::vector<std::string> cells(columns.size(), "1");
    cells[0] = std::string(size, 'x');
    const Row row(cells);
    const std::size_t room = value->RoomFor(row.record());
    std::string bytes(room + 4096, '#');
    const char* const end = value->Append(row.record(), bytes.data());
    ASSERT_NE(end, nullptr) << value->bad().detail;
    EXPECT_LE(static_cast<std::size_t>(end - bytes.data()), room);
    EXPECT_EQ(bytes.substr(room), std::string(4096, '#'));
  }
}

TEST(ProtoValue, TellsTheSpanOfItsTimes) {
  const EncodeOptions options = Proto("google.protobuf.Timestamp a = 1; string b = 2;");
  RowEncoder encoder({"a", "b"}, options);
  Written(encoder, Row({"1970-01-01T00:00:01Z", ""}));
  Written(encoder, Row({"1970-01-01T00:00:03Z", ""}));
  ASSERT_EQ(encoder.spans().size(), 1U);
  EXPECT_EQ(encoder.spans()[0].first, "a");
  EXPECT_EQ(encoder.spans()[0].second.least, 1'000);
  EXPECT_EQ(encoder.spans()[0].second.most, 3'000);
}

}  // namespace
}  // namespace onceload
