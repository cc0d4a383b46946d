// Flags that say how rows become messages.
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "unit/options/options_testing.h"

namespace onceload {
namespace {

using options_testing::DifferingOption;
using options_testing::RefusalOf;
using options_testing::RequestOf;

// The frozen form is the readable one.
std::string TextOf(const Arguments& arguments) {
  return EncodeMessageOptions(RequestOf(arguments).load.rows.encode);
}

FrozenEncoding FrozenAs(const Arguments& arguments) { return RequestOf(arguments).load.rows; }

TEST(MessageOptionsTest, FlagsSayWhatTheMappingSays) {
  EXPECT_EQ(TextOf({}), "{}");
  EXPECT_EQ(TextOf({"--format", "raw"}), R"({"format":"raw"})");
  EXPECT_EQ(TextOf({"--type", "a=number", "--type", "b=string", "--rename", "a=x=y", "--drop",
                    "b,c", "--set", "s=1, \"2\""}),
            R"({"columns":{"a":{"type":"number","rename":"x=y"},"b,c":{"drop":true}},)"
            R"("set":{"s":"1, \"2\""}})");
  EXPECT_EQ(TextOf({"--key", "a,b", "--key-separator", "|", "--on-empty-key", "null"}),
            R"({"key":{"columns":["a","b"],"separator":"|","on_empty":"null"}})");
  EXPECT_EQ(TextOf({"--key", R"("user, name",b)"}), R"({"key":{"columns":["user, name","b"]}})");
  EXPECT_EQ(TextOf({"--key-row"}), R"({"key":{"row":true}})");
  EXPECT_EQ(TextOf({"--key-constant", "k"}), R"({"key":{"constant":"k"}})");
  EXPECT_EQ(TextOf({"--nested", "--headers", "--timestamp", "t", "--partition-by", "p"}),
            R"({"nested":true,"partition_by":"p","timestamp":"t","headers":true})");
}

TEST(MessageOptionsTest, TimestampsHaveAPatternAZoneAndAnOutput) {
  const auto type = [](const std::string& text) {
    return TextOf({"--type", "t=timestamp" + text});
  };
  EXPECT_EQ(type(""), R"({"columns":{"t":{"type":"timestamp"}}})");
  EXPECT_EQ(type("->iso"), R"({"columns":{"t":{"type":"timestamp","output":"iso"}}})");
  EXPECT_EQ(type(":epoch-s->ms"), R"({"columns":{"t":{"type":"timestamp","pattern":"epoch-s"}}})");
  EXPECT_EQ(type(":%b %d, %Y %H:%M@Europe/Berlin->iso"),
            R"({"columns":{"t":{"type":"timestamp","pattern":"%b %d, %Y %H:%M",)"
            R"("zone":"Europe/Berlin","output":"iso"}}})");
}

TEST(MessageOptionsTest, FlagsWinOverTheMapping) {
  const TempDir dir;
  const std::string path = dir.path() / "m.json";
  std::ofstream(path) << R"({"columns":{"a":{"type":"number"},"b":{"type":"json"}},
                             "key":{"row":true},"set":{"s":1,"t":2},"headers":true})";
  EXPECT_EQ(TextOf({"--mapping", path, "--type", "a=integer", "--type", "b=string", "--key", "k",
                    "--set", "s=x"}),
            R"({"columns":{"a":{"type":"integer"}},"set":{"s":"x","t":2},)"
            R"("key":{"columns":["k"]},"headers":true})");
  EXPECT_EQ(RefusalOf({"--mapping", path + ".not"}), "the mapping file cannot be read");
  EXPECT_EQ(RefusalOf({"--mapping", dir.path()}), "the mapping file cannot be read");
}

TEST(MessageOptionsTest, FlagsThatMakeNoSenseAreRefused) {
  for (const Arguments& arguments : {Arguments{"--format", "xml"},
                                     {"--type", "a"},
                                     {"--type", "a=float"},
                                     {"--type", "a=timestamp->s"},
                                     {"--type", "a=timestamps"},
                                     {"--rename", "a"},
                                     {"--set", "=x"},
                                     {"--on-empty-key", "null"},
                                     {"--key", "a", "--on-empty-key", "skip"},
                                     {"--key-separator", "|"},
                                     {"--key", ""},
                                     {"--key", "id,"},
                                     {"--key-row", "--key-separator", "|"}}) {
    EXPECT_NE(RefusalOf(arguments), "") << arguments.back();
  }
}

TEST(MessageOptionsTest, AFlagThatDiffersFromWhatWasFrozenIsNamed) {
  const FrozenEncoding frozen = FrozenAs({"--key", "k", "--type", "a=number", "--type", "b=json"});
  const auto differing = [&](const Arguments& arguments) {
    return DifferingOption(arguments, frozen);
  };
  EXPECT_EQ(differing({}), "");
  EXPECT_EQ(differing({"--key", "k", "--type", "a=number", "--format", "json"}), "");
  EXPECT_EQ(differing({"--key", "x"}), "key");
  EXPECT_EQ(differing({"--format", "raw"}), "format");
  EXPECT_EQ(differing({"--type", "a=integer"}), "type");
  EXPECT_EQ(differing({"--type", "c=integer"}), "type");
  EXPECT_EQ(differing({"--headers"}), "headers");
}

TEST(MessageOptionsTest, AZoneByItsOtherNameDoesNotDiffer) {
  const FrozenEncoding frozen = FrozenAs({"--type", "a=timestamp@US/Pacific"});
  const auto differing = [&](const char* type) {
    return DifferingOption({"--type", type}, frozen);
  };
  EXPECT_EQ(differing("a=timestamp@America/Los_Angeles"), "");
  EXPECT_EQ(differing("a=timestamp@America/New_York"), "type");
  EXPECT_EQ(differing("a=timestamp@America/Los_Angeles->iso"), "type");
}

}  // namespace
}  // namespace onceload
