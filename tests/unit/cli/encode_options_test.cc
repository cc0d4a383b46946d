// Flags that say how rows become messages.
#include "cli/encode_options.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

EncodeOptions OptionsOf(const Arguments& arguments, const EncodeOptions& base = {}) {
  cxxopts::Options options("test");
  AddEncodeOptions(options);
  return EncodeOptionsOf(Parse(options, arguments).value(), base);
}

// The frozen form is the readable one.
std::string TextOf(const Arguments& arguments, const EncodeOptions& base = {}) {
  return EncodeMessageOptions(OptionsOf(arguments, base));
}

TEST(EncodeOptionsTest, FlagsSayWhatTheMappingSays) {
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

TEST(EncodeOptionsTest, TimestampsHaveAPatternAZoneAndAnOutput) {
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

TEST(EncodeOptionsTest, FlagsWinOverTheMapping) {
  const TempDir dir;
  const std::string path = dir.path() / "m.json";
  std::ofstream(path) << R"({"columns":{"a":{"type":"number"},"b":{"type":"json"}},
                             "key":{"row":true},"set":{"s":1,"t":2},"headers":true})";
  EXPECT_EQ(TextOf({"--mapping", path, "--type", "a=integer", "--type", "b=string", "--key", "k",
                    "--set", "s=x"}),
            R"({"columns":{"a":{"type":"integer"}},"set":{"s":"x","t":2},)"
            R"("key":{"columns":["k"]},"headers":true})");
  EXPECT_THROW(OptionsOf({"--mapping", path + ".not"}), Error);
}

TEST(EncodeOptionsTest, FlagsThatMakeNoSenseAreRefused) {
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
                                     {"--key-row", "--key-separator", "|"}}) {
    EXPECT_THROW(OptionsOf(arguments), Error) << arguments.back();
  }
}

TEST(EncodeOptionsTest, AFlagThatDiffersFromWhatWasFrozenIsNamed) {
  const EncodeOptions frozen = OptionsOf({"--key", "k", "--type", "a=number", "--type", "b=json"});
  const auto differing = [&](const Arguments& arguments) {
    return DifferingFlag(OptionsOf(arguments, frozen), frozen);
  };
  EXPECT_EQ(differing({}), "");
  EXPECT_EQ(differing({"--key", "k", "--type", "a=number", "--format", "json"}), "");
  EXPECT_EQ(differing({"--key", "x"}), "key");
  EXPECT_EQ(differing({"--format", "raw"}), "format");
  EXPECT_EQ(differing({"--type", "a=integer"}), "type");
  EXPECT_EQ(differing({"--type", "c=integer"}), "type");
  EXPECT_EQ(differing({"--headers"}), "headers");
}

TEST(EncodeOptionsTest, AZoneByItsOtherNameDoesNotDiffer) {
  const EncodeOptions frozen = OptionsOf({"--type", "a=timestamp@US/Pacific"});
  const auto differing = [&](const char* type) {
    return DifferingFlag(OptionsOf({"--type", type}, frozen), frozen);
  };
  EXPECT_EQ(differing("a=timestamp@America/Los_Angeles"), "");
  EXPECT_EQ(differing("a=timestamp@America/New_York"), "type");
  EXPECT_EQ(differing("a=timestamp@America/Los_Angeles->iso"), "type");
}

}  // namespace
}  // namespace onceload
