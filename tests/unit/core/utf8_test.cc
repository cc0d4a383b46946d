#include "onceload/core/utf8.h"

#include <array>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace onceload {
namespace {

std::string Encode(std::uint32_t c) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  const auto tail = [&](unsigned shift) { return byte(0x80U | ((c >> shift) & 0x3fU)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0U | c >> 6U), tail(0)};
  if (c < 0x10000) return {byte(0xe0U | c >> 12U), tail(6), tail(0)};
  return {byte(0xf0U | c >> 18U), tail(12), tail(6), tail(0)};
}

bool IsScalarValue(std::uint32_t c) { return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff); }

// By the definition: text is what some scalar values encode to. Returns where that stops.
std::size_t ValidBytes(const std::string& text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    std::uint32_t c = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length && at + i < text.size(); ++i) {
      c = c << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    }
    if (!IsScalarValue(c) || text.compare(at, length, Encode(c)) != 0) return at;
    at += length;
  }
  return at;
}

std::size_t FoundAt(const std::string& text) {
  const auto fault = FindUtf8Fault(text);
  return fault ? fault->at : text.size();
}

TEST(Utf8, EveryScalarValueIsValid) {
  for (std::uint32_t c = 0; c <= 0x10ffff; ++c) {
    if (!IsScalarValue(c)) continue;
    ASSERT_FALSE(FindUtf8Fault(Encode(c))) << std::hex << c;
  }
}

TEST(Utf8, EverySurrogateAndEveryValueAboveTheLastIsInvalid) {
  for (std::uint32_t c = 0xd800; c <= 0xdfff; ++c) ASSERT_EQ(FoundAt(Encode(c)), 0U) << c;
  for (std::uint32_t c = 0x110000; c <= 0x1fffff; c += 0x101) {
    ASSERT_EQ(FoundAt(Encode(c)), 0U) << c;
  }
}

TEST(Utf8, EveryPairOfBytesIsJudgedAsTheDefinitionSays) {
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      const std::string text{static_cast<char>(a), static_cast<char>(b)};
      ASSERT_EQ(FoundAt(text), ValidBytes(text)) << a << ' ' << b;
    }
  }
}

TEST(Utf8, FourBytesFromBothSidesOfEveryBoundAreJudgedAsTheDefinitionSays) {
  constexpr std::array<unsigned char, 22> kEdges = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                                    0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed,
                                                    0xee, 0xef, 0xf0, 0xf3, 0xf4, 0xf5};
  std::string text(4, '\0');
  for (std::size_t i = 0; i < kEdges.size() * kEdges.size() * kEdges.size() * kEdges.size(); ++i) {
    std::size_t rest = i;
    for (char& c : text) {
      c = static_cast<char>(kEdges[rest % kEdges.size()]);
      rest /= kEdges.size();
    }
    ASSERT_EQ(FoundAt(text), ValidBytes(text)) << i;
  }
}

TEST(Utf8, AFaultIsFoundAtEveryDistanceFromTheBegin) {
  for (std::size_t before = 0; before < 40; ++before) {
    for (std::size_t after = 0; after < 20; ++after) {
      const std::string text = std::string(before, 'x') + "\xff" + std::string(after, 'x');
      ASSERT_EQ(FoundAt(text), before) << after;
    }
  }
}

TEST(Utf8, TheReasonIsNamed) {
  const auto reason = [](const std::string& text) { return FindUtf8Fault(text)->reason; };
  EXPECT_EQ(reason("\xc0\xaf"), "overlong form");
  EXPECT_EQ(reason("\xe0\x9f\xbf"), "overlong form");
  EXPECT_EQ(reason("\xf0\x8f\xbf\xbf"), "overlong form");
  EXPECT_EQ(reason("\xed\xa0\x80"), "surrogate");
  EXPECT_EQ(reason("\xf4\x90\x80\x80"), "above U+10FFFF");
  EXPECT_EQ(reason("\xf5\x80\x80\x80"), "above U+10FFFF");
  EXPECT_EQ(reason("\x80"), "continuation byte without a lead byte");
  EXPECT_EQ(reason("\xe9 "), "truncated character");
}

TEST(Utf8, OnlyATextThatEndsInsideACharacterIsCut) {
  const std::string text = "x\xf0\x9f\x9b\x92";
  for (std::size_t n = 2; n < text.size(); ++n) EXPECT_TRUE(FindUtf8Fault(text.substr(0, n))->cut);
  EXPECT_FALSE(FindUtf8Fault("\xf0\x9f\x9b,")->cut);
  EXPECT_FALSE(FindUtf8Fault("\xed\xa0")->cut);  // no third byte makes it right
}

TEST(Utf8Test, AppendedCharactersHaveTheirShortestForm) {
  const std::pair<std::uint32_t, std::string> kForms[] = {{0x00, std::string(1, '\0')},
                                                          {0x7f, "\x7f"},
                                                          {0x80, "\xc2\x80"},
                                                          {0x7ff, "\xdf\xbf"},
                                                          {0x800, "\xe0\xa0\x80"},
                                                          {0xffff, "\xef\xbf\xbf"},
                                                          {0x10000, "\xf0\x90\x80\x80"},
                                                          {0x10ffff, "\xf4\x8f\xbf\xbf"}};
  for (const auto& [point, form] : kForms) {
    std::string text = "a";
    AppendUtf8(point, text);
    EXPECT_EQ(text, "a" + form) << point;
    EXPECT_TRUE(IsUtf8(text)) << point;
  }
}

TEST(Utf8Test, ALoneSurrogateIsAppendedAsTheFaultItIs) {
  std::string text;
  AppendUtf8(0xd83d, text);
  EXPECT_EQ(text, "\xed\xa0\xbd");
  EXPECT_FALSE(IsUtf8(text));
}

}  // namespace
}  // namespace onceload
