#include "encode/json_escape.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace onceload {
namespace {

struct Variant {
  const char* name;
  CopyPlain* copy_plain;
  char* (*append_escaped)(std::string_view text, char* to);
};

// Every way of copying, whichever this machine's build would choose.
std::vector<Variant> Variants() {
  return {
    {"bytes", CopyPlainBytes, AppendEscaped<CopyPlainBytes>},
        {"swar", CopyPlainSwar, AppendEscaped<CopyPlainSwar>},
#if defined(__SSE2__)
        {"sse2", CopyPlainSse2, AppendEscaped<CopyPlainSse2>},
#endif
  };
}

// Input and output in allocations of exactly their size: the address sanitizer sees a byte more.
std::string Escape(const Variant& variant, std::string_view text) {
  const std::vector<char> exact(text.begin(), text.end());
  std::vector<char> room(kEscapedBytesMax * text.size());
  const char* const end =
      variant.append_escaped(std::string_view(exact.data(), exact.size()), room.data());
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

std::string Filler(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

TEST(JsonEscapeTest, OnlyQuoteBackslashAndControlsNeedIt) {
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(NeedsEscape(static_cast<char>(byte)), byte < 0x20 || byte == '"' || byte == '\\');
  }
}

TEST(JsonEscapeTest, FormsAreTheShortOnesElseLowerCaseHex) {
  for (const Variant& variant : Variants()) {
    EXPECT_EQ(Escape(variant, "\b\f\n\r\t\"\\"), R"(\b\f\n\r\t\"\\)") << variant.name;
    EXPECT_EQ(Escape(variant, "\x01\x0b\x0e\x1a\x1f"), R"(\u0001\u000b\u000e\u001a\u001f)");
    EXPECT_EQ(Escape(variant, std::string_view("\0", 1)), R"(\u0000)");
  }
}

TEST(JsonEscapeTest, AllElseGoesAsItIs) {
  const std::string text = "/'<>&\x7f é ÿ 北京 🛒 \u2028\u2029\ufeff\U0010ffff";
  for (const Variant& variant : Variants()) EXPECT_EQ(Escape(variant, text), text) << variant.name;
}

// Every byte at every place of every length: crosses each lane and each overlap of each block.
TEST(JsonEscapeTest, CopyStopsAtTheFirstByteThatNeedsAnEscape) {
  for (const Variant& variant : Variants()) {
    for (std::size_t size = 0; size <= 70; ++size) {
      const std::string filler = Filler(size);
      std::string room(size, '\0');
      ASSERT_EQ(variant.copy_plain(filler, room.data()), size) << variant.name;
      ASSERT_EQ(room, filler) << variant.name;
      for (std::size_t at = 0; at < size; ++at) {
        for (int byte = 0; byte < 256; ++byte) {
          std::string text = filler;
          text[at] = static_cast<char>(byte);
          const std::size_t expected = NeedsEscape(text[at]) ? at : size;
          const std::size_t copied = variant.copy_plain(text, room.data());
          ASSERT_EQ(copied, expected)
              << variant.name << " size " << size << " at " << at << " byte " << byte;
          ASSERT_EQ(room.compare(0, copied, text, 0, copied), 0);
        }
      }
    }
  }
}

// Two bytes: a mark of the second may not hide or move that of the first.
TEST(JsonEscapeTest, TheFirstOfTwoCounts) {
  const std::string bytes("\0\x1f \"#\\!\x80\xff", 9);
  for (const Variant& variant : Variants()) {
    for (const std::size_t size : {7U, 8U, 9U, 15U, 16U, 17U, 33U}) {
      std::string room(size, '\0');
      for (std::size_t first = 0; first < size; ++first) {
        for (std::size_t second = first + 1; second < size; ++second) {
          for (const char a : bytes) {
            for (const char b : bytes) {
              std::string text = Filler(size);
              text[first] = a;
              text[second] = b;
              const std::size_t expected = NeedsEscape(a) ? first : NeedsEscape(b) ? second : size;
              ASSERT_EQ(variant.copy_plain(text, room.data()), expected) << variant.name;
            }
          }
        }
      }
    }
  }
}

TEST(JsonEscapeTest, RandomTextIsReadBackByAnotherParser) {
  std::mt19937 random(20240601);
  const std::vector<std::string> pieces{"a",
                                        "\"",
                                        "\\",
                                        "\n",
                                        "\x1f",
                                        "\x7f",
                                        "é",
                                        "北",
                                        "🛒",
                                        "\u2028",
                                        "plain text of some length",
                                        "\x01",
                                        "\t"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto count = random() % 40; count > 0; --count) text += pieces[random() % pieces.size()];
    for (const Variant& variant : Variants()) {
      const std::string json = '"' + Escape(variant, text) + '"';
      ASSERT_EQ(nlohmann::json::parse(json).get<std::string>(), text) << variant.name << json;
    }
  }
}

TEST(JsonEscapeTest, TheWorstCaseFitsTheRoomPromised) {
  const std::string text(1000, '\x01');
  for (const Variant& variant : Variants()) {
    EXPECT_EQ(Escape(variant, text).size(), kEscapedBytesMax * text.size()) << variant.name;
  }
}

}  // namespace
}  // namespace onceload
