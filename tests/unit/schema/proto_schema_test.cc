#include "onceload/schema/proto_schema.h"

#include <string>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/schema/message_schema.h"

namespace onceload {
namespace {

using namespace std::string_literals;

constexpr char kShop[] = R"(syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
enum Color { RED = 0; BLUE = 7; }
message Order {
  message Line { uint32 count = 1; }
  message Tax { double rate = 1; }
  string name = 9;
  optional int64 order_id = 2;
  Color color = 3;
  google.protobuf.Timestamp at = 4;
  repeated Line lines = 5;
  oneof paid { bool cash = 6; string card = 7; }
  Order before = 8;
}
message Item { bytes code = 1; }
)";

std::string WhyRefused(const std::string& text, const std::string& name = "") {
  try {
    ParseProtoSchema(text, name, "the file");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.what();
  }
  return "";
}

TEST(ProtoSchema, FieldsAreInTheOrderOfTheirNumbers) {
  const ProtoSchema schema = ParseProtoSchema(kShop, "", "");
  EXPECT_EQ(schema.message->name, "shop.Order");
  std::string fields;
  for (const ProtoField& field : schema.message->fields) fields += field.name + " ";
  EXPECT_EQ(fields, "order_id color at lines cash card before name ");
}

TEST(ProtoSchema, AFieldKnowsWhatReadersSeeOfIt) {
  const ProtoSchema schema = ParseProtoSchema(kShop, "Order", "");
  const std::vector<ProtoField>& fields = schema.message->fields;
  EXPECT_EQ(fields[0].json_name, "orderId");
  EXPECT_TRUE(fields[0].presence);
  EXPECT_FALSE(fields[0].alternative);  // "optional" is no oneof
  EXPECT_EQ(fields[1].symbols.at("BLUE"), 7);
  EXPECT_FALSE(fields[1].presence);
  EXPECT_TRUE(fields[2].message->timestamp);
  EXPECT_EQ(fields[3].kind, ProtoKind::kOther);
  EXPECT_EQ(fields[3].type, "list of shop.Order.Line");
  EXPECT_EQ(fields[4].alternative, fields[5].alternative);
  EXPECT_EQ(fields[6].message, schema.message);  // it contains itself
}

TEST(ProtoSchema, AMessageIsFoundByItsNameAndKnowsItsPlace) {
  EXPECT_EQ(ParseProtoSchema(kShop, "", "").indexes, std::vector<int>{0});
  EXPECT_EQ(ParseProtoSchema(kShop, "Item", "").indexes, std::vector<int>{1});
  EXPECT_EQ(ParseProtoSchema(kShop, "shop.Order.Tax", "").indexes, (std::vector<int>{0, 1}));
  const std::string why = WhyRefused(kShop, "Lines");
  EXPECT_NE(why.find("no message Lines, there are shop.Order, shop.Order.Line"), std::string::npos)
      << why;
}

TEST(ProtoSchema, IndexesAreZigzagVarints) {
  EXPECT_EQ(ProtoIndexes({0}), "\0"s);
  EXPECT_EQ(ProtoIndexes({1}), "\2\2");
  EXPECT_EQ(ProtoIndexes({0, 100}), "\4\0\xc8\1"s);
}

TEST(ProtoSchema, WhatIsNoneIsToldByItsLine) {
  EXPECT_NE(WhyRefused("syntax = \"proto3\";\nmessage A {\n  int64 = 1;\n}").find("line 3: "),
            std::string::npos);
  EXPECT_NE(WhyRefused("syntax = \"proto3\"; message A { B b = 1; }").find("\"B\" is not defined"),
            std::string::npos);
  EXPECT_NE(WhyRefused("syntax = \"proto3\"; import \"a.proto\"; message A {}").find("a.proto"),
            std::string::npos);
  EXPECT_NE(WhyRefused("syntax = \"proto3\";").find("it has no message"), std::string::npos);
  EXPECT_EQ(WhyRefused("// " + std::string(200, '{') + "\nmessage A { /* {{ */ }"), "");
  const std::string deep(200, '{');
  EXPECT_NE(WhyRefused("message A " + deep).find("100 levels"), std::string::npos);
}

TEST(ProtoSchema, AChainOfMessagesMayBeLong) {
  std::string text = "syntax = \"proto3\";";
  constexpr int kMessages = 20'000;
  for (int i = 0; i < kMessages; ++i) {
    const std::string next = std::to_string((i + 1) % kMessages);
    text += "message M" + std::to_string(i) + " { M" + next + " m = 1; }";
  }
  EXPECT_EQ(ParseProtoSchema(text, "", "").messages.size(), std::size_t{kMessages});
}

TEST(ProtoSchema, TextsThatSayTheSameAreTheSame) {
  const std::string a = "syntax = \"proto3\"; message A { int64 a = 1; B b = 2; } message B {}";
  EXPECT_TRUE(SameSchemaText(SchemaType::kProtobuf, a,
                             "// A\nsyntax = \"proto3\";\nmessage A {\n  int64 a = 1;\n"
                             "  .B b = 2;\n}\n\nmessage B {\n}\n"));
  EXPECT_FALSE(SameSchemaText(SchemaType::kProtobuf, a,
                              "syntax = \"proto3\"; message A { int64 a = 2; B b = 1; } "
                              "message B {}"));
  EXPECT_FALSE(SameSchemaText(SchemaType::kProtobuf, a, "no schema"));
  const std::string imports[] = {"import \"google/protobuf/any.proto\";",
                                 "import \"google/protobuf/timestamp.proto\";"};
  const std::string proto3 = "syntax = \"proto3\";";
  EXPECT_TRUE(SameSchemaText(SchemaType::kProtobuf, proto3 + imports[0] + imports[1] + a.substr(18),
                             proto3 + imports[1] + imports[0] + a.substr(18)));
}

TEST(ProtoSchema, ASizeOfSeveralBytesMovesWhatIsWithin) {
  std::string bytes = "?" + std::string(300, 'x') + std::string(9, ' ');
  char* const end = EndNested(bytes.data(), bytes.data() + 301);
  bytes.resize(static_cast<std::size_t>(end - bytes.data()));
  EXPECT_EQ(bytes, "\xac\2" + std::string(300, 'x'));
}

}  // namespace
}  // namespace onceload
