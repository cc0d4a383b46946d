#include "onceload/core/error.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

TEST(ErrorTest, LineHasThreeParts) {
  const Error error(ExitCode::kInput, "cannot read", "clicks.csv, byte 17", "check the disk");
  EXPECT_EQ(error.Line(), "cannot read: clicks.csv, byte 17; check the disk");
  EXPECT_EQ(error.code(), ExitCode::kInput);
  EXPECT_STREQ(error.what(), "cannot read");
}

TEST(ErrorTest, EmptyPartsLeaveNoPunctuation) {
  EXPECT_EQ(Error(ExitCode::kBug, "what", "", "").Line(), "what");
  EXPECT_EQ(Error(ExitCode::kBug, "what", "where", "").Line(), "what: where");
  EXPECT_EQ(Error(ExitCode::kBug, "what", "", "advice").Line(), "what; advice");
}

TEST(ErrorTest, ControlCharactersAreEscapedInEveryPart) {
  const Error error(ExitCode::kInput, "a\nb", "c\r\td\x1b[2J", "e\x7f");
  EXPECT_EQ(error.Line(), "a\\nb: c\\r\\td\\x1b[2J; e\\x7f");
}

TEST(ErrorTest, LineNeverHasAControlCharacter) {
  for (int byte = 1; byte < 256; ++byte) {
    const std::string text(3, static_cast<char>(byte));
    for (const char c : Error(ExitCode::kBug, text, text, text).Line()) {
      EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << "from byte " << byte;
    }
  }
}

TEST(ErrorTest, TextBeyondAsciiIsKept) {
  EXPECT_EQ(Error(ExitCode::kUsage, "no file \"Ångström – 北京 🛒.csv\"", "", "").Line(),
            "no file \"Ångström – 北京 🛒.csv\"");
}

// A contract with every script that calls onceload.
TEST(ErrorTest, ExitCodesAreFixed) {
  EXPECT_EQ(static_cast<int>(ExitCode::kDone), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::kDifferences), 1);
  EXPECT_EQ(static_cast<int>(ExitCode::kUsage), 2);
  EXPECT_EQ(static_cast<int>(ExitCode::kInput), 3);
  EXPECT_EQ(static_cast<int>(ExitCode::kStopped), 4);
  EXPECT_EQ(static_cast<int>(ExitCode::kKafka), 5);
  EXPECT_EQ(static_cast<int>(ExitCode::kHeld), 6);
  EXPECT_EQ(static_cast<int>(ExitCode::kDisagreement), 7);
  EXPECT_EQ(static_cast<int>(ExitCode::kBug), 70);
}

}  // namespace
}  // namespace onceload
