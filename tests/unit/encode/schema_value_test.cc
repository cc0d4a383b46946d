// What an option means in JSON it means in every format that has a schema.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/encode/derived_schema.h"
#include "onceload/encode/row_encoder.h"
#include "unit/encode/rows.h"

namespace onceload {
namespace {

using namespace std::string_literals;

EncodeOptions By(MessageFormat format, EncodeOptions options) {
  options.format = format;
  options.framing = SchemaFraming::kHeader;  // no bytes before the value
  const SchemaType type = *SchemaTypeOf(format);
  options.value_schema =
      MessageSchema{type, 7, "", DerivedSchema(type, DerivedFrom{{"a"}, "topic", false}, options)};
  return options;
}

// Of the row's only column, "a"; the fault, if it has no value.
std::string ValueBy(const EncodeOptions& options, const std::string& cell) {
  RowEncoder encoder({"a"}, options);
  encoder.SetOrigin({"load", "rows.csv"});
  const std::optional<Encoded> encoded = EncodeRow(encoder, Row({cell}));
  return encoded ? encoded->value : encoder.bad().detail;
}

struct Meaning {
  ColumnType type;
  std::string written;
  std::string pattern;
  std::string cell;
  std::string json;
  std::string avro;  // behind the union's branch
};

EncodeOptions OptionsOf(const Meaning& meaning) {
  EncodeOptions options = Options("", {{"a", meaning.type}});
  if (!meaning.written.empty()) options.written["a"] = meaning.written;
  if (!meaning.pattern.empty()) options.timestamps["a"].pattern = meaning.pattern;
  return options;
}

// A thousand, not one: read as its text stands it would be another number, and no one would know.
const std::vector<Meaning> kMeanings{
    {ColumnType::kNumber, "1.234,56", "", "1.234", "1234", "\0\0\0\0\0\x48\x93\x40"s},
    {ColumnType::kNumber, "1.234,56", "", "-0,5", "-0.5", "\0\0\0\0\0\0\xe0\xbf"s},
    {ColumnType::kInteger, "1.234", "", "1.234", "1234", "\xa4\x13"},
    {ColumnType::kBoolean, "t|f", "", "f", "false", "\0"s},
    {ColumnType::kInt32, "", "", "-7", "-7", "\x0d"},
    {ColumnType::kInt64, "", "", "64", "64", "\x80\x01"},
    {ColumnType::kDate, "", "%d/%m/%Y", "02/01/1970", "\"1970-01-02\"", "\2"},
    {ColumnType::kTime, "", "%H.%M", "00.01", "\"00:01:00\"", "\xc0\xa9\x07"},
    {ColumnType::kUuid, "", "", "{0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0}",
     "\"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0\"", "H0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"},
    {ColumnType::kBase64, "", "", "aGk", "\"aGk=\"",
     "\x08"
     "aGk="},
};

TEST(SchemaValue, AColumnsTypeMeansWhatItMeansInJson) {
  for (const Meaning& meaning : kMeanings) {
    const EncodeOptions options = OptionsOf(meaning);
    const std::string object = "{\"a\":" + meaning.json + "}";
    EXPECT_EQ(ValueBy(options, meaning.cell), object);
    EXPECT_EQ(ValueBy(By(MessageFormat::kJsonSchema, options), meaning.cell), object);
    EXPECT_EQ(ValueBy(By(MessageFormat::kAvro, options), meaning.cell), "\2" + meaning.avro)
        << meaning.json;
  }
}

TEST(SchemaValue, WhatIsNoValueInJsonIsNoneInAvro) {
  for (const Meaning& meaning : kMeanings) {
    const EncodeOptions options = OptionsOf(meaning);
    for (const char* cell : {"x", "1,2,3", "1.23", "99/99/9999"}) {
      if (ValueBy(options, cell).starts_with("{")) continue;
      EXPECT_TRUE(ValueBy(By(MessageFormat::kAvro, options), cell).starts_with("column \"a\": "))
          << meaning.json << " " << cell;
    }
  }
}

TEST(SchemaValue, FileAndRowAreFilledInBehindAnyFraming) {
  EncodeOptions options = Options("");
  options.constants = {{"from", "\"{file}:{row}\""}};
  options.templates = {"from"};
  const std::string json = "{\"a\":\"x\",\"from\":\"rows.csv:1\"}";
  EXPECT_EQ(ValueBy(options, "x"), json);
  EXPECT_EQ(ValueBy(By(MessageFormat::kJsonSchema, options), "x"), json);
  EXPECT_EQ(ValueBy(By(MessageFormat::kAvro, options), "x"), "\2x\x14rows.csv:1");
  EncodeOptions led = By(MessageFormat::kJsonSchema, options);
  led.framing = SchemaFraming::kPrefix;
  EXPECT_EQ(ValueBy(led, "x"), "\0\0\0\0\7"s + json);
}

TEST(SchemaValue, ATextOfFileAndRowMustFitItsField) {
  EncodeOptions options = Options("");
  options.constants = {{"from", "\"{row}\""}};
  options.templates = {"from"};
  options.format = MessageFormat::kAvro;
  options.framing = SchemaFraming::kHeader;
  const std::string head = R"({"type": "record", "name": "R", "fields": [
      {"name": "a", "type": "string"}, {"name": "from", "type": )";
  options.value_schema = MessageSchema{SchemaType::kAvro, 7, "", head + "\"long\"}]}"};
  EXPECT_EQ(ValueBy(options, "x"), "\2x\2");
  options.value_schema->text = head + "\"boolean\"}]}";
  options.constants[0].second = "\"row {row}\"";
  EXPECT_EQ(ValueBy(options, "x"), "the text of --set: \"row 1\" is no boolean");
}

TEST(SchemaValue, AFieldThatCannotHoldTheTypeIsToldAtTheStart) {
  for (const auto& [type, field] :
       std::vector<std::pair<ColumnType, std::string>>{{ColumnType::kDate, "\"long\""},
                                                       {ColumnType::kTime, "\"int\""},
                                                       {ColumnType::kUuid, "\"bytes\""},
                                                       {ColumnType::kBase64, "\"bytes\""},
                                                       {ColumnType::kInt32, "\"boolean\""}}) {
    EncodeOptions options = Options("", {{"a", type}});
    options.format = MessageFormat::kAvro;
    options.value_schema = MessageSchema{
        SchemaType::kAvro, 7, "",
        R"({"type": "record", "name": "R", "fields": [{"name": "a", "type": )" + field + "}]}"};
    EXPECT_THROW(RowEncoder({"a"}, options), Error) << field;
  }
}

// The key of a row that is written by the schema of header and --type.
std::string KeyBy(SchemaType type, EncodeOptions options, const std::vector<std::string>& cells) {
  options.framing = SchemaFraming::kHeader;
  options.key_format = type == SchemaType::kJson ? KeyFormat::kJsonSchema : KeyFormat::kProtobuf;
  options.key_schema =
      MessageSchema{type, 7, "", DerivedKeySchema(type, {{}, "topic", false}, options)};
  RowEncoder encoder({"a", "b", "c"}, options);
  const std::optional<Encoded> encoded = EncodeRow(encoder, Row(cells));
  return encoded ? *encoded->key : encoder.bad().detail;
}

TEST(SchemaValue, AKeyOfOneColumnIsItsCellInJson) {
  EncodeOptions options = Options("b", {{"b", ColumnType::kInteger}, {"c", ColumnType::kBoolean}});
  EXPECT_EQ(KeyBy(SchemaType::kJson, options, {"x", "7", "1"}), "7");
  EXPECT_EQ(KeyBy(SchemaType::kProtobuf, options, {"x", "7", "1"}), "\x08\7");
  EXPECT_EQ(KeyBy(SchemaType::kJson, options, {"x", "y", "1"}),
            "column \"b\": \"y\" is no integer");
  options.key_columns = {"a"};
  EXPECT_EQ(KeyBy(SchemaType::kJson, options, {"x\"", "7", "1"}), "\"x\\\"\"");
}

TEST(SchemaValue, AKeyOfSeveralColumnsHasTheirNames) {
  EncodeOptions options = Options("b", {{"b", ColumnType::kInteger}, {"c", ColumnType::kBoolean}});
  options.key_columns = {"b", "a"};
  options.renames = {{"a", "name"}};
  EXPECT_EQ(KeyBy(SchemaType::kJson, options, {"x", "7", "1"}), "{\"b\":7,\"name\":\"x\"}");
  EXPECT_EQ(KeyBy(SchemaType::kProtobuf, options, {"x", "7", "1"}), "\x08\7\x12\1x");
}

TEST(SchemaValue, AKeyOfNoColumnIsItsText) {
  EncodeOptions options = Options("");
  options.key_row = true;
  EXPECT_EQ(KeyBy(SchemaType::kJson, options, {"x", "7", "1"}), "1");
  EXPECT_EQ(KeyBy(SchemaType::kProtobuf, options, {"x", "7", "1"}), "\x08\1");
  options.key_row = false;
  options.key_constant = "k";
  EXPECT_EQ(KeyBy(SchemaType::kJson, options, {"x", "7", "1"}), "\"k\"");
  EXPECT_EQ(KeyBy(SchemaType::kProtobuf, options, {"x", "7", "1"}), "\x0a\1k");
}

TEST(SchemaValue, JsonIsNotHeldAgainstItsSchemaIfNobodyWantsIt) {
  EncodeOptions options = By(MessageFormat::kJsonSchema, Options(""));
  options.value_schema->text = R"({"properties": {"a": {"type": "string", "pattern": "^b"}}})";
  EXPECT_THROW(RowEncoder({"a"}, options), Error);  // a pattern, which cannot be checked safely
  options.no_schema_check = true;
  EXPECT_EQ(ValueBy(options, "x"), R"({"a":"x"})");
  EXPECT_EQ(DecodeMessageOptions(EncodeMessageOptions(options)).no_schema_check, true);
}

TEST(SchemaValue, TimesInAvroAreToldAsInJson) {
  for (const MessageFormat format : {MessageFormat::kAvro, MessageFormat::kJsonSchema}) {
    const EncodeOptions options = By(format, Options("", {{"a", ColumnType::kTimestamp}}));
    RowEncoder encoder({"a"}, options);
    EncodeRow(encoder, Row({"1970-01-01T00:00:01Z"}));
    ASSERT_EQ(encoder.spans().size(), 1U);
    EXPECT_EQ(encoder.spans()[0].second.most, 1'000);
  }
}

}  // namespace
}  // namespace onceload
