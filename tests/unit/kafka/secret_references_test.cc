// References to secrets, and texts that nothing may show, at their edges.
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/kafka/secrets.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

class SecretReferencesTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }
  // What becomes of it; the directory is "D/".
  std::string Value(const std::string& text) const {
    std::string line;
    try {
      return ExpandedValue(text, "-X");
    } catch (const Error& error) {
      line = error.Line();
    }
    const std::string path = directory_ / "";
    for (std::size_t at = line.find(path); at != std::string::npos; at = line.find(path)) {
      line.replace(at, path.size(), "D/");
    }
    return line;
  }

  TempDir directory_;
};

TEST_F(SecretReferencesTest, OneLineEndIsNoPartOfASecret) {
  EXPECT_EQ(Value("@" + Write("unix", "s\n")), "s");
  EXPECT_EQ(Value("@" + Write("windows", "s\r\n")), "s");
  EXPECT_EQ(Value("@" + Write("none", "s")), "s");
  EXPECT_EQ(Value("@" + Write("two", "s\n\n")), "s\n");
}

TEST_F(SecretReferencesTest, WhatLeadsNowhereIsRefused) {
  Write("keys", "a=1\n");
  EXPECT_EQ(Value("${file:" + (directory_ / "keys") + ":a}"), "1");
  EXPECT_EQ(Value("${file:" + (directory_ / "keys") + ":b}"),
            "the file D/keys has no b: -X; correct its name");
  EXPECT_EQ(Value("${file:" + (directory_ / "none") + "}"),
            "the file D/none cannot be read: -X; check its path and permissions");
  EXPECT_EQ(Value("@"), "@ names no file: -X; write @PATH; @@ begins a value with '@'");
  EXPECT_EQ(Value("@" + (directory_ / "none")),
            "the file D/none cannot be read: -X; check its path and permissions; a value that "
            "begins with '@' itself is written with @@");
  EXPECT_EQ(Value("${env:ONCELOAD_TEST_NONE}"),
            "the variable ONCELOAD_TEST_NONE is not set: -X; set it");
  EXPECT_EQ(Value("${vault:x}"),
            "${vault:x} is neither ${env:NAME} nor ${file:PATH}: -X; correct it; $${ stands for "
            "a ${ of the text");
  EXPECT_EQ(Value("${env}"),
            "${env} is neither ${env:NAME} nor ${file:PATH}: -X; correct it; $${ stands for a ${ "
            "of the text");
  EXPECT_EQ(Value("${directory:x}"),
            "${directory:x} is neither ${env:NAME} nor ${file:PATH}: -X; correct it; $${ stands "
            "for a ${ of the text");
  EXPECT_EQ(Value("a ${env:X"), "a ${ is not closed: -X; close it");
  EXPECT_EQ(Value("a $${env:X"), "a ${env:X");
}

TEST_F(SecretReferencesTest, APathMayHaveColons) {
  EXPECT_EQ(Value("${file:" + Write("a:b", "s") + "}"), "s");
}

TEST(IsReferenceTest, ItIsAllOfTheValue) {
  EXPECT_TRUE(IsReference("@f"));
  EXPECT_FALSE(IsReference("@"));
  EXPECT_FALSE(IsReference("@@f"));
  EXPECT_TRUE(IsReference("${env:X}"));
  EXPECT_FALSE(IsReference("${env:X}x"));
  EXPECT_FALSE(IsReference("x${env:X}"));
  EXPECT_FALSE(IsReference("${env:X}${env:Y}"));
}

// Names may have letters of both cases, digits, and ".", "_" and "-".
TEST(MaskedNameTest, EndsAtWhatIsNoPartOfOne) {
  EXPECT_EQ(MaskedProperty("azAZ09._-password=S"), "azAZ09._-password=...");
  EXPECT_EQ(MaskedProperty("password9=S"), "password9=...");
  EXPECT_EQ(MaskedProperty("passwordZ=S"), "passwordZ=...");
  EXPECT_EQ(MaskedProperty("passwordz=S"), "passwordz=...");
  EXPECT_EQ(MaskedProperty("z=password"), "z=password");
  EXPECT_EQ(MaskedProperty("0=password"), "0=password");
  EXPECT_EQ(MaskedProperty("9=password"), "9=password");
  EXPECT_EQ(MaskedProperty("A=password"), "A=password");
  EXPECT_EQ(MaskedProperty("Z=password"), "Z=password");
}

TEST(WithoutSecretsTest, ShortOnesWouldBeFoundInWords) {
  EXPECT_EQ(WithoutSecrets("a four and fou", {"four"}), "a ... and fou");
  EXPECT_EQ(WithoutSecrets("a fou", {"fou"}), "a fou");
  EXPECT_EQ(WithoutSecrets("fourfour", {"four"}), "......");
}

}  // namespace
}  // namespace onceload
