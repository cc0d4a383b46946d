// Rows as Avro, byte by byte: docs/formats.md and the specification's encodings.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/encode/derived_schema.h"
#include "onceload/encode/row_encoder.h"
#include "onceload/schema/avro_schema.h"
#include "unit/encode/rows.h"

namespace onceload {
namespace {

using namespace std::string_literals;

// Of a message without its five bytes, or why there is none.
std::string Written(RowEncoder& encoder, const Row& row) {
  const std::optional<Encoded> encoded = EncodeRow(encoder, row);
  return encoded ? encoded->value.substr(kSchemaPrefixBytes) : encoder.bad().detail;
}

EncodeOptions Avro(const std::string& fields) {
  EncodeOptions options;
  options.format = MessageFormat::kAvro;
  options.value_schema = MessageSchema{
      SchemaType::kAvro, 7, "", R"({"type": "record", "name": "R", "fields": [)" + fields + "]}"};
  return options;
}

// One column "a" of this type.
std::string Cell(const std::string& type, const std::string& cell,
                 ColumnType declared = ColumnType::kString, const TimestampFormat& format = {}) {
  EncodeOptions options = Avro(R"({"name": "a", "type": )" + type + "}");
  options.types["a"] = declared;
  options.timestamps["a"] = format;
  RowEncoder encoder({"a"}, options);
  return Written(encoder, Row({cell}));
}

constexpr char kRefused[] = "column \"a\": ";

void ExpectRefused(const std::string& type, const std::string& cell) {
  EXPECT_TRUE(Cell(type, cell).starts_with(kRefused)) << type << " " << cell;
}

std::string Logical(const std::string& type, const std::string& logical) {
  return R"({"type": ")" + type + R"(", "logicalType": ")" + logical + "\"}";
}

TEST(AvroValue, StandsBehindTheSchemasId) {
  const EncodeOptions options =
      Avro(R"({"name": "id", "type": "long"}, {"name": "name", "type": "string"})");
  RowEncoder encoder({"id", "name"}, options);
  EXPECT_EQ(EncodeRow(encoder, Row({"7", "Ada"}))->value, "\0\0\0\0\7\x0e\6Ada"s);
}

TEST(AvroValue, PartsOfANameAreWrittenAsAvroCan) {
  const EncodeOptions options = Avro(
      R"({"name": "a_b", "type": {"type": "record", "name": "I", "fields": [
          {"name": "c_d", "type": "long"}]}})");
  RowEncoder encoder({"a b.c-d"}, options);
  EXPECT_EQ(Written(encoder, Row({"1"})), "\2");
}

TEST(AvroValue, IntegersAreWithinTheirBounds) {
  EXPECT_EQ(Cell("\"int\"", "-2147483648"), "\xff\xff\xff\xff\x0f");
  ExpectRefused("\"int\"", "2147483648");
  EXPECT_EQ(Cell("\"long\"", "-1"), "\1");
  for (const char* cell : {"9223372036854775808", "1.0", "007", "+1", "-", " 1", "0x1"}) {
    ExpectRefused("\"long\"", cell);
  }
}

TEST(AvroValue, FloatsAreRounded) {
  EXPECT_EQ(Cell("\"float\"", "1.5"), "\0\0\xc0\x3f"s);
  EXPECT_EQ(Cell("\"double\"", "-2e1"), "\0\0\0\0\0\0\x34\xc0"s);
  EXPECT_EQ(Cell("\"double\"", "-Infinity"), "\0\0\0\0\0\0\xf0\xff"s);
  for (const char* cell : {"1e400", ".5", "nan", "1,5"}) ExpectRefused("\"double\"", cell);
  ExpectRefused("\"float\"", "1e39");
}

TEST(AvroValue, BooleansTextsAndBytes) {
  EXPECT_EQ(Cell("\"boolean\"", "TRUE"), "\1");
  EXPECT_EQ(Cell("\"boolean\"", "0"), "\0"s);
  ExpectRefused("\"boolean\"", "yes");
  EXPECT_EQ(Cell("\"string\"", ""), "\0"s);
  EXPECT_EQ(Cell("\"bytes\"", "xy"), "\4xy");
  EXPECT_EQ(Cell(R"({"type": "fixed", "name": "F", "size": 2})", "xy"), "xy");
  ExpectRefused(R"({"type": "fixed", "name": "F", "size": 3})", "xy");
}

TEST(AvroValue, EnumsAreSymbols) {
  const std::string type = R"({"type": "enum", "name": "E", "symbols": ["view", "cart"]})";
  EXPECT_EQ(Cell(type, "cart"), "\2");
  ExpectRefused(type, "Cart");
}

TEST(AvroValue, DecimalsAreTwosComplement) {
  const std::string type = R"({"type": "bytes", "logicalType": "decimal", "precision": 30,)";
  const std::string two = type + R"("scale": 2})";
  EXPECT_EQ(Cell(two, "12.34"), "\4\x04\xd2");
  EXPECT_EQ(Cell(two, "0"), "\2\0"s);
  EXPECT_EQ(Cell(two, "-0.00"), "\2\0"s);
  EXPECT_EQ(Cell(two, "1.27"), "\2\x7f");
  EXPECT_EQ(Cell(two, "1.28"), "\4\0\x80"s);
  EXPECT_EQ(Cell(two, "-1.28"), "\2\x80");
  EXPECT_EQ(Cell(two, "-1.29"), "\4\xff\x7f");
  EXPECT_EQ(Cell(two, "-2.56"), "\4\xff\0"s);
  EXPECT_EQ(Cell(two, "1.500"), Cell(two, "1.5"));
  // 2^64 * 100
  EXPECT_EQ(Cell(two, "18446744073709551616"), "\x12\x64\0\0\0\0\0\0\0\0"s);
  for (const char* cell : {"1.234", "1e3", "12345678901234567890123456789", ""}) {
    EXPECT_FALSE(Cell(two, cell).starts_with("\2")) << cell;
    EXPECT_TRUE(Cell(two, cell).starts_with("column")) << cell;
  }
  const std::string fixed =
      R"({"type": "fixed", "name": "F", "size": 4, "logicalType": "decimal", "precision": 9,
          "scale": 2})";
  EXPECT_EQ(Cell(fixed, "-0.01"), "\xff\xff\xff\xff");
  EXPECT_EQ(Cell(fixed, "12.34"), "\0\0\x04\xd2"s);
}

TEST(AvroValue, DatesAndTimes) {
  EXPECT_EQ(Cell(Logical("int", "date"), "1970-01-02"), "\2");
  EXPECT_EQ(Cell(Logical("int", "date"), "1969-12-31"), "\1");
  EXPECT_EQ(Cell(Logical("int", "date"), "1969-12-31T23:00:00Z", ColumnType::kTimestamp), "\1");
  EXPECT_EQ(Cell(Logical("int", "date"), "3", ColumnType::kInteger), "\6");
  for (const char* cell : {"2021-02-29", "2021-2-1", "19000", "2021-01-01T00:00:00"}) {
    ExpectRefused(Logical("int", "date"), cell);
  }
  EXPECT_EQ(Cell(Logical("int", "time-millis"), "00:00:01.0019"), AvroLong(1001));
  EXPECT_EQ(Cell(Logical("long", "time-micros"), "00:01:00.000001"), AvroLong(60'000'001));
  EXPECT_EQ(Cell(Logical("long", "time-micros"), "23:59"), AvroLong(86'340'000'000));
  for (const char* cell : {"24:00:00", "1:00", "12:00:61", "12:00:00."}) {
    ExpectRefused(Logical("long", "time-micros"), cell);
  }
}

TEST(AvroValue, TimestampsKeepWhatTheirUnitHolds) {
  const std::string cell = "2019-10-01T00:00:01.234567891Z";
  constexpr std::int64_t kNanos = 1'569'888'001'234'567'891;
  EXPECT_EQ(Cell(Logical("long", "timestamp-millis"), cell), AvroLong(kNanos / 1'000'000));
  EXPECT_EQ(Cell(Logical("long", "timestamp-micros"), cell), AvroLong(kNanos / 1'000));
  EXPECT_EQ(Cell(Logical("long", "timestamp-nanos"), cell), AvroLong(kNanos));
  EXPECT_EQ(Cell(Logical("long", "timestamp-micros"), "1969-12-31T23:59:59.9999995Z"),
            AvroLong(-1));
  EXPECT_EQ(Cell(Logical("long", "timestamp-micros"), "-0.000002", ColumnType::kTimestamp,
                 {"epoch-s", "UTC", false}),
            AvroLong(-2));
  EXPECT_EQ(
      Cell("\"long\"", "1970-01-01 02:00:00", ColumnType::kTimestamp, {"iso", "+02:00", false}),
      AvroLong(0));
  EXPECT_EQ(Cell("\"string\"", "1", ColumnType::kTimestamp, {"epoch-s", "UTC", true}),
            "\x30"
            "1970-01-01T00:00:01.000Z");
  ExpectRefused(Logical("long", "timestamp-nanos"), "2500-01-01T00:00:00Z");
}

TEST(AvroValue, ALocalTimeHasNoOffset) {
  const std::string type = Logical("long", "local-timestamp-millis");
  EXPECT_EQ(Cell(type, "1970-01-01T01:00:00", ColumnType::kTimestamp, {"iso", "+05:00", false}),
            AvroLong(3'600'000));
  ExpectRefused(type, "1970-01-01T01:00:00Z");
}

TEST(AvroValue, Uuids) {
  const std::string uuid = "89791762-2336-4186-9674-299b90a802E2";
  EXPECT_EQ(Cell(Logical("string", "uuid"), uuid), "\x48" + uuid);
  EXPECT_EQ(Cell(R"({"type": "fixed", "name": "U", "size": 16, "logicalType": "uuid"})", uuid),
            "\x89\x79\x17\x62\x23\x36\x41\x86\x96\x74\x29\x9b\x90\xa8\2\xe2");
  ExpectRefused(Logical("string", "uuid"), "89791762233641869674299b90a802e2");
}

TEST(AvroValue, UnionsAreTheFirstTypeThatFits) {
  EXPECT_EQ(Cell(R"(["null", "long"])", "3"), "\2\6");
  EXPECT_EQ(Cell(R"(["null", "long"])", ""), "\0"s);
  EXPECT_EQ(Cell(R"(["long", "null"])", ""), "\2");
  EXPECT_EQ(Cell(R"(["null", "string"])", ""), "\2\0"s);
  EXPECT_EQ(Cell(R"(["null", "long", "boolean", "string"])", "true"), "\4\1");
  EXPECT_EQ(Cell(R"(["null", "long", "boolean", "string"])", "x"), "\6\2x");
  EXPECT_EQ(Cell("\"long\"", ""), "column \"a\" is null, and its long cannot be");
  EXPECT_EQ(Cell("\"null\"", ""), "");
}

TEST(AvroValue, NullsAreTheDialects) {
  RowEncoder encoder({"a"}, Avro(R"({"name": "a", "type": ["null", "string"]})"));
  EXPECT_EQ(Written(encoder, Row({"NULL"}, "NULL", {1})), "\0"s);
  RowEncoder strict({"a"}, Avro(R"({"name": "a", "type": "string"})"));
  EXPECT_EQ(Written(strict, Row({"NULL"}, "NULL", {1})),
            "column \"a\" is null, and its string cannot be");
}

TEST(AvroValue, FieldsFindTheirColumns) {
  EncodeOptions options = Avro(
      R"({"name": "c", "type": "string", "aliases": ["old c"]},
         {"name": "Event_Time", "type": "string"},
         {"name": "b", "type": {"type": "record", "name": "B", "fields": [
             {"name": "x", "type": "int"}, {"name": "y", "type": "int", "default": 9}]}},
         {"name": "d", "type": ["null", {"type": "record", "name": "D", "fields": [
             {"name": "z", "type": ["null", "int"]}]}], "default": null},
         {"name": "e", "type": "string"})");
  options.renames["E"] = "e";
  options.drops = {"f"};
  RowEncoder encoder({"Event Time", "b.x", "E", "f", "d.z", "old c"}, options);
  EXPECT_EQ(Written(encoder, Row({"t", "1", "e", "f", "2", "c"})), "\2c\2t\2\x12\2\2\4\2e");
  EXPECT_EQ(Written(encoder, Row({"t", "1", "e", "f", "", "c"})), "\2c\2t\2\x12\0\2e"s);
}

TEST(AvroValue, WhatNoColumnFillsHasADefaultOrIsNull) {
  EncodeOptions options = Avro(
      R"({"name": "a", "type": "int"}, {"name": "b", "type": "string", "default": "x"},
         {"name": "c", "type": ["null", "int"]}, {"name": "d", "type": "long"})");
  options.constants.emplace_back("d", "\"5\"");
  RowEncoder encoder({"a"}, options);
  EXPECT_EQ(Written(encoder, Row({"1"})), "\2\2x\0\x0a"s);
}

TEST(AvroValue, ColumnsThatDoNotFitAreToldAtOnce) {
  EXPECT_EQ(WhyRefused({"a", "usr"}, Avro(R"({"name": "a", "type": "int"},
                                            {"name": "user", "type": "int"})")),
            "the columns do not fit the schema: no column fills field \"user\", a int without a "
            "default; there is no field for column \"usr\", there are a, user; did you mean user?");
  EncodeOptions number = Avro(R"({"name": "a", "type": ["null", "long"]})");
  number.types["a"] = ColumnType::kNumber;
  EXPECT_EQ(WhyRefused({"a"}, number),
            "the columns do not fit the schema: column \"a\" is of type number, which field \"a\", "
            "a null or long, cannot hold");
  EXPECT_NE(WhyRefused({"a"}, Avro(R"({"name": "a", "type": {"type": "array", "items": "int"}})")),
            "");
}

TEST(AvroValue, KeysHaveSchemasToo) {
  EncodeOptions options;
  options.key_columns = {"id"};
  options.key_format = KeyFormat::kAvro;
  options.key_schema = MessageSchema{SchemaType::kAvro, 3, "", "\"long\""};
  RowEncoder encoder({"name", "id"}, options);
  EXPECT_EQ(EncodeRow(encoder, Row({"Ada", "7"}))->key, "\0\0\0\0\3\x0e"s);
  EXPECT_FALSE(EncodeRow(encoder, Row({"Ada", "x"})));
  EXPECT_EQ(encoder.bad().column, 1U);
  EXPECT_FALSE(EncodeRow(encoder, Row({"Ada", ""})));
  options.on_empty_key = EmptyKey::kNull;
  RowEncoder nulls({"name", "id"}, options);
  EXPECT_EQ(EncodeRow(nulls, Row({"Ada", ""}))->key, std::nullopt);
  options.key_columns = {};
  options.key_row = true;
  RowEncoder row({"name", "id"}, options);
  EXPECT_EQ(EncodeRow(row, Row({"Ada", "x"}))->key, "\0\0\0\0\3\2"s);
}

TEST(AvroValue, AHeaderMayTellTheSchema) {
  EncodeOptions options = Avro(R"({"name": "a", "type": "int"})");
  options.framing = SchemaFraming::kHeader;
  options.value_schema->guid = "89791762-2336-4186-9674-299b90a802e2";
  RowEncoder encoder({"a"}, options);
  MessageBatch batch;
  const Row row({"1"});
  const auto message = encoder.Encode(row.record(), batch);
  EXPECT_EQ(batch.value(*message), "\2");
  std::string seen;
  ForEachHeader(batch.headers(*message), [&](std::string_view name, std::string_view value) {
    seen.append(name).append("=").append(value);
  });
  EXPECT_EQ(seen,
            "__value_schema_id=\1\x89\x79\x17\x62\x23\x36\x41\x86\x96\x74\x29\x9b\x90\xa8\2\xe2");
}

TEST(DerivedSchema, SaysWhatHeaderAndTypesSay) {
  EncodeOptions options;
  options.types = {
      {"n", ColumnType::kInteger}, {"t", ColumnType::kTimestamp}, {"price", ColumnType::kDecimal}};
  options.drops = {"gone"};
  const DerivedFrom from{{"Event Time", "n", "t", "price", "gone"}, "my.topic", false};
  EXPECT_EQ(DerivedSchema(SchemaType::kAvro, from, options),
            R"({"type":"record","name":"my_topic","fields":[)"
            R"({"name":"Event_Time","doc":"Event Time","type":"string"},)"
            R"({"name":"n","type":["null","long"],"default":null},)"
            R"({"name":"t","type":["null",{"type":"long","logicalType":"timestamp-millis"}],)"
            R"("default":null},)"
            R"({"name":"price","type":["null","string"],"default":null}]})");
  options.format = MessageFormat::kAvro;
  options.value_schema =
      MessageSchema{SchemaType::kAvro, 1, "", DerivedSchema(SchemaType::kAvro, from, options)};
  EXPECT_EQ(WhyRefused(from.columns, options), "");
  options.key_columns = {"n"};
  EXPECT_EQ(DerivedKeySchema(SchemaType::kAvro, from, options), "\"long\"");
  options.renames["n"] = "Event_Time";
  EXPECT_THROW(DerivedSchema(SchemaType::kAvro, from, options), Error);
}

}  // namespace
}  // namespace onceload
