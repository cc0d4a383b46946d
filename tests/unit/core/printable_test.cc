#include "onceload/core/printable.h"

#include <sstream>

#include <gtest/gtest.h>

namespace onceload {
namespace {

TEST(Printable, TextStaysAsItIs) {
  const std::string text = "Ångström – 北京 🛒 \\n ~";
  EXPECT_EQ(Printable(text), text);
  EXPECT_EQ(Printable(""), "");
}

TEST(Printable, ControlsAreShown) {
  EXPECT_EQ(Printable("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(Printable("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
  EXPECT_EQ(Printable(std::string(1, '\0')), "\\x00");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m \xc2\x80\xc2\x9f"),
            "\\u009b31m \\u0080\\u009f");
}

TEST(Printable, WhatIsNoUtf8IsShownByteByByte) {
  EXPECT_EQ(Printable("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(Printable("\x9b"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(Printable("\xe2\x82"), "\\xe2\\x82");           // cut
  EXPECT_EQ(Printable("\xe2\x82\xc3\xa9"), "\\xe2\\x82é");  // what follows is well
  EXPECT_EQ(Printable("\xc0\x9b"), "\\xc0\\x9b");           // overlong
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
}

TEST(Printable, NothingTurnsTheWritingRoundOrEndsTheLine) {
  EXPECT_EQ(Printable("a\xe2\x80\xae"
                      "b"),
            "a\\u202eb");
  EXPECT_EQ(Printable("\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xa8\xe2\x80\xa9\xe2\x81\xa6\xe2\x81\xa9"),
            "\\u200e\\u200f\\u2028\\u2029\\u2066\\u2069");
}

TEST(Printable, WhatCannotBeSeenIsShown) {
  EXPECT_EQ(Printable("\xc2\xa0id"), "\\u00a0id");
  EXPECT_EQ(Printable("a\xe2\x80\x8b\xe2\x80\x8d"), "a\\u200b\\u200d");
  EXPECT_EQ(Printable("\xef\xbb\xbf\xe3\x80\x80\xc2\xad"), "\\ufeff\\u3000\\u00ad");
  EXPECT_EQ(PrintableJson("{\"\xc2\xa0\":1}"), "{\"\\u00a0\":1}");
}

// Whatever comes in, a terminal gets one line of characters it shows.
TEST(Printable, NoByteGetsThrough) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const std::string shown = Printable(text);
      for (std::size_t i = 0; i < shown.size(); ++i) {
        const auto byte = static_cast<unsigned char>(shown[i]);
        ASSERT_TRUE(byte >= 0x20 && byte != 0x7f) << first << " " << second;
        ASSERT_FALSE(byte == 0xc2 && static_cast<unsigned char>(shown[i + 1]) < 0xa0)
            << first << " " << second;
      }
      ASSERT_EQ(Printable(shown), shown);
    }
  }
}

TEST(PrintableJson, EscapesAsJsonDoes) {
  EXPECT_EQ(PrintableJson("{\"a\":\"\\n\x7f\xc2\x9b\xe2\x80\xae é\"}"),
            "{\"a\":\"\\n\\u007f\\u009b\\u202e é\"}");
}

TEST(PrintableStream, LiteralsAreOursAndTheRestIsNot) {
  std::ostringstream text;
  PrintableStream out(text);
  const std::string name = "a\x1b[2J\n";
  out << "name\t" << name << ": " << 7 << " rows, " << 0.5 << "\n";
  EXPECT_EQ(text.str(), "name\ta\\x1b[2J\\n: 7 rows, 0.5\n");
}

}  // namespace
}  // namespace onceload
