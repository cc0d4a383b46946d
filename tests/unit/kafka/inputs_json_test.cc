// The list of inputs is written by hand; the library is whom it must agree with.
#include "kafka/inputs_json.h"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace onceload {
namespace {

using nlohmann::ordered_json;

std::string WithAllBytes(int from, int to) {
  std::string bytes;
  for (int c = from; c < to; ++c) bytes += static_cast<char>(c);
  return bytes;
}

InputPosition Largest() {
  const Digest most{std::numeric_limits<std::uint64_t>::max()};
  return {std::numeric_limits<std::uint32_t>::max(),
          ByteOffset{most.value},
          RowNumber{most.value},
          most.value,
          {most, Digest{0x0123456789abcdef}}};
}

TEST(InputsJson, IsWhatTheLibraryWouldWrite) {
  std::vector<InputFile> inputs;
  for (const std::string& name :
       {std::string("/data/a.csv"), std::string(), WithAllBytes(0, 128), std::string("a \"b\""),
        std::string("c\\d"), std::string("\xc3\xa4\xe4\xb8\xad\xf0\x9f\x98\x80"),
        WithAllBytes(120, 256)}) {
    InputFile input{name, std::numeric_limits<std::uint64_t>::max(),
                    std::numeric_limits<std::int64_t>::min(), 0, 1};
    inputs.push_back(input);
    input.name = name;
    input.coding = "gzip";
    input.head = HeadKey{Digest{1}};
    input.begin = InputPosition{};
    input.end = Largest();
    inputs.push_back(input);
    input.head = HeadKey{Digest{2}, 7};
    inputs.push_back(input);
  }
  const std::string text = InputsJson(inputs);
  EXPECT_EQ(ordered_json::parse(text).dump(), text);
  EXPECT_EQ(InputsJson({}), "[]");
}

TEST(InputsJson, BytesThatAreNoUtf8StandThereTwice) {
  const std::string text = InputsJson(std::vector<InputFile>{{"/a\xff"}});
  EXPECT_NE(text.find("{\"path\":\"/a\xef\xbf\xbd\",\"path_bytes\":\"2f61ff\",\"size\":0,"),
            std::string::npos)
      << text;
}

TEST(InputsJson, PositionHasFiveMembers) {
  EXPECT_EQ(PositionJson({2, ByteOffset{1}, RowNumber{3}, 4, {Digest{5}, Digest{0xab}}}),
            R"({"file":2,"byte":1,"row":3,"empty_lines":4,)"
            R"("fingerprint":["0000000000000005","00000000000000ab"]})");
}

}  // namespace
}  // namespace onceload
