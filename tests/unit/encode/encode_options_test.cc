// The mapping file and the frozen form of the options.
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/encode/row_encoder.h"

namespace onceload {
namespace {

nlohmann::ordered_json Mappings() {
  std::ifstream file(ONCELOAD_SOURCE_DIR "/tests/data/mappings.json");
  return nlohmann::ordered_json::parse(file);
}

std::string ErrorOf(const std::string& text) {
  try {
    ParseMapping(text, "m.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(error.Line().find("m.json"), std::string::npos) << error.Line();
    return error.where() + " " + error.advice();
  }
  return "none";
}

// The same table is put to docs/mapping.schema.json by tests/tidy/test_mapping.py.
TEST(MappingTest, GoodOnesAreReadAndBadOnesPointedAt) {
  const auto mappings = Mappings();
  for (const auto& good : mappings["good"]) EXPECT_EQ(ErrorOf(good.dump()), "none") << good.dump();
  for (const auto& bad : mappings["bad"]) {
    const std::string error = ErrorOf(bad["mapping"].dump());
    EXPECT_NE(error.find(bad["at"].get<std::string>()), std::string::npos) << bad.dump() << "\n"
                                                                           << error;
  }
  EXPECT_EQ(ErrorOf("{\"format\": }"), "m.json, byte 12 correct the mapping file");
}

TEST(MappingTest, RefusesWhatTheJsonLibraryWouldTakeOrDieOf) {
  EXPECT_EQ(ErrorOf(R"({"columns": {"a": {"drop": true}, "a": {"type": "json"}}})"),
            "m.json correct the mapping file");
  EXPECT_EQ(ErrorOf(R"({"columns": {"a": {"drop": true}}, "set": {"a": {"b": 1}, "b": 2}})"),
            "none");
  EXPECT_EQ(ErrorOf(R"({"set": {"x": 1e999}})"), "m.json give it as a string");
  const auto nested = [](std::size_t depth) {
    return R"({"set": {"x": )" + std::string(depth, '[') + std::string(depth, ']') + "}}";
  };
  EXPECT_EQ(ErrorOf(nested(98)), "none");
  EXPECT_EQ(ErrorOf(nested(200'000)), "m.json correct the mapping file");
}

TEST(MappingTest, SaysWhatTheOptionsAre) {
  const EncodeOptions options = ParseMapping(R"({
    "columns": {"ts": {"type": "timestamp", "pattern": "epoch-s", "output": "iso"},
                "p": {"type": "decimal", "rename": "price"}, "z": {"drop": true},
                "y": {"drop": true}},
    "set": {"source": "web", "a": {"b": [1]}}, "nested": true,
    "key": {"columns": ["u", "v"], "separator": "|", "on_empty": "error"},
    "partition_by": "u", "timestamp": "ts", "headers": true})",
                                             "m.json");
  EncodeOptions expected;
  expected.types = {{"p", ColumnType::kDecimal}, {"ts", ColumnType::kTimestamp}};
  expected.timestamps = {{"ts", {"epoch-s", "UTC", true}}};
  expected.renames = {{"p", "price"}};
  expected.drops = {"y", "z"};
  expected.constants = {{"source", "\"web\""}, {"a", R"({"b":[1]})"}};
  expected.nested = true;
  expected.key_columns = {"u", "v"};
  expected.key_separator = "|";
  expected.on_empty_key = EmptyKey::kError;
  expected.partition_by = "u";
  expected.timestamp_column = "ts";
  expected.headers = true;
  EXPECT_EQ(options, expected);
}

TEST(FrozenFormTest, LeadsBackToTheOptionsAndSaysOnlyWhatIsNotTheDefault) {
  EXPECT_EQ(EncodeMessageOptions({}), "{}");
  const auto mappings = Mappings();  // outlives the loop
  for (const auto& good : mappings["good"]) {
    const EncodeOptions options = ParseMapping(good.dump(), "m.json");
    const std::string frozen = EncodeMessageOptions(options);
    EXPECT_EQ(DecodeMessageOptions(frozen), options) << frozen;
    EXPECT_EQ(EncodeMessageOptions(DecodeMessageOptions(frozen)), frozen);
  }
}

// Frozen options are compared byte by byte, by later versions too.
TEST(FrozenFormTest, HasItsOrderWhateverTheMappingsIs) {
  const EncodeOptions options = ParseMapping(
      R"({"headers": true, "key": {"on_empty": "null", "columns": ["k"]}, "format": "json",
          "set": {"z": "1", "a": 2}, "nested": false,
          "columns": {"t": {"output": "ms", "zone": "+01:00", "type": "timestamp"},
                      "b": {"rename": "x", "type": "json"}, "s": {"type": "string"}}})",
      "m.json");
  EXPECT_EQ(EncodeMessageOptions(options),
            R"({"columns":{"b":{"type":"json","grammar":"rfc8259","rename":"x"},)"
            R"("t":{"type":"timestamp","zone":"+01:00"}},"set":{"z":"1","a":2},)"
            R"("key":{"columns":["k"],"on_empty":"null"},"headers":true})");
}

TEST(FrozenFormTest, WhatItDoesNotKnowIsADisagreement) {
  for (const char* text : {"", "{", "[]", R"({"later":1})", R"({"format":"parquet"})"}) {
    try {
      DecodeMessageOptions(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kDisagreement);
    }
  }
}

}  // namespace
}  // namespace onceload
