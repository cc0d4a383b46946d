// Other encodings than UTF-8, as the text that SourceFile makes of them.
#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/csv/record_reader.h"
#include "onceload/source/source_file.h"
#include "unit/csv/csv_testing.h"
#include "unit/source/compression.h"

namespace onceload {
namespace {

using csv_testing::ErrorOf;
using csv_testing::Gzip;
using csv_testing::TempFile;
using namespace std::string_literals;

std::string TextOf(const SourceFile& file, std::size_t block = 1000, std::uint64_t at = 0) {
  std::string text;
  std::string into(block, '#');
  while (const std::size_t n = file.ReadAt(ByteOffset{at + text.size()}, into)) {
    text.append(into, 0, n);
  }
  return text;
}

std::string TextOf(std::string_view bytes, Encoding encoding, std::size_t block = 1000) {
  const TempFile temp(bytes);
  return TextOf(SourceFile(temp.path(), encoding), block);
}

// What iconv(1) makes of it.
std::string Iconv(const std::string& bytes, const std::string& from) {
  const TempFile temp(bytes);
  const std::string command = "iconv -f " + from + " -t UTF-8 " + temp.path();
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  std::string text;
  std::array<char, 4096> block{};
  while (const std::size_t n = std::fread(block.data(), 1, block.size(), pipe)) {
    text.append(block.data(), n);
  }
  if (::pclose(pipe) != 0) throw std::runtime_error(command);
  return text;
}

// Each unit, low byte first.
std::string Utf16Le(std::u16string_view units) {
  std::string bytes;
  for (const char16_t unit : units) {
    bytes += static_cast<char>(unit & 0xffU);
    bytes += static_cast<char>(unit >> 8U);
  }
  return bytes;
}

std::string Swapped(std::string bytes) {
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) std::swap(bytes[i], bytes[i + 1]);
  return bytes;
}

TEST(Encodings, HaveNamesInAnyCase) {
  for (const Encoding encoding : {Encoding::kUtf8, Encoding::kUtf16Le, Encoding::kUtf16Be,
                                  Encoding::kLatin1, Encoding::kWindows1252}) {
    EXPECT_EQ(EncodingFromName(NameOf(encoding)), encoding);
  }
  EXPECT_EQ(EncodingFromName("UTF8"), Encoding::kUtf8);
  EXPECT_EQ(EncodingFromName("Cp1252"), Encoding::kWindows1252);
  EXPECT_EQ(EncodingFromName("ISO-8859-1"), Encoding::kLatin1);
}

TEST(Encodings, UnknownNamesAndUtf16WithoutAByteOrderAreRefused) {
  for (const char* name : {"", "ebcdic", "utf-16", "UTF16"}) {
    const Error error = ErrorOf([&] { static_cast<void>(EncodingFromName(name)); });
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(error.advice().find("utf-16le"), std::string::npos);
  }
}

TEST(Encodings, EachByteOfLatin1IsWhatIconvSays) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  EXPECT_EQ(TextOf(bytes, Encoding::kLatin1), Iconv(bytes, "ISO-8859-1"));
}

TEST(Encodings, EachByteOfWindows1252IsWhatIconvSaysAndUndefinedOnesAreThemselves) {
  const std::string undefined = "\x81\x8d\x8f\x90\x9d";
  std::string defined;
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (undefined.find(c) == std::string::npos) defined += c;
  }
  EXPECT_EQ(defined.size(), 251U);
  EXPECT_EQ(TextOf(defined, Encoding::kWindows1252), Iconv(defined, "CP1252"));
  EXPECT_EQ(TextOf(undefined, Encoding::kWindows1252), undefined);
}

TEST(Encodings, EachCharacterOfUtf16IsWhatIconvSays) {
  std::u16string units;
  for (std::uint32_t point = 0; point < 0x110000; point += point < 0x3000 ? 1 : 0x1f) {
    if (point >= 0xd800 && point < 0xe000) continue;
    if (point < 0x10000) {
      units += static_cast<char16_t>(point);
    } else {
      units += static_cast<char16_t>(0xd800U + ((point - 0x10000U) >> 10U));
      units += static_cast<char16_t>(0xdc00U + (point & 0x3ffU));
    }
  }
  const std::string bytes = Utf16Le(units);
  const std::string text = Iconv(bytes, "UTF-16LE");
  ASSERT_GT(text.size(), 100'000U);  // longer than a block, and surrogate pairs at any place
  for (const std::size_t block : {1U, 7U, 65536U}) {
    EXPECT_TRUE(TextOf(bytes, Encoding::kUtf16Le, block) == text);
    EXPECT_TRUE(TextOf(Swapped(bytes), Encoding::kUtf16Be, block) == text);
  }
}

TEST(Encodings, ASurrogatePairMayLieOverTheEndOfABlock) {
  for (std::size_t before = 32760; before < 32772; ++before) {  // a block is 32768 units
    const std::u16string units =
        std::u16string(before, u'x') + u"\U0001f6d2" + std::u16string(40'000, u'y');
    EXPECT_TRUE(TextOf(Utf16Le(units), Encoding::kUtf16Le) ==
                std::string(before, 'x') + "\xf0\x9f\x9b\x92" + std::string(40'000, 'y'))
        << before;
  }
}

TEST(Encodings, WhatIsInvalidInUtf16StaysRecognisable) {
  const std::u16string high{char16_t{0xd83d}};
  const std::u16string low{char16_t{0xded2}};
  const auto text = [](const std::u16string& units, const std::string& more = "") {
    return TextOf(Utf16Le(units) + more, Encoding::kUtf16Le);
  };
  EXPECT_EQ(text(high), "\xed\xa0\xbd");
  EXPECT_EQ(text(low), "\xed\xbb\x92");
  EXPECT_EQ(text(low + high), "\xed\xbb\x92\xed\xa0\xbd");
  EXPECT_EQ(text(high + u"a"),
            "\xed\xa0\xbd"
            "a");
  EXPECT_EQ(text(high + high + low), "\xed\xa0\xbd\xf0\x9f\x9b\x92");
  EXPECT_EQ(text(u"a", "b"), "a\xff");
  EXPECT_EQ(text(high, "b"), "\xed\xa0\xbd\xff");
}

TEST(Encodings, OnlyTheRowWithTheInvalidByteIsRejected) {
  const TempFile temp("a\ncaf\xe9\nx\x81y\n\x80\n");
  const SourceFile file(temp.path(), Encoding::kWindows1252);
  const auto parsed = csv_testing::ReadAll(file, {});
  ASSERT_EQ(parsed.rows.size(), 4U);
  EXPECT_EQ(parsed.rows[1].fields[0], "café");
  EXPECT_EQ(parsed.rows[2].fault, RowFault::kInvalidUtf8);
  EXPECT_EQ(parsed.rows[2].raw, "x\x81y");
  EXPECT_EQ(parsed.rows[3].fields[0], "€");
}

TEST(Encodings, AByteOrderMarkDecides) {
  const std::string le = Utf16Le(u"ä\n");
  struct Case {
    std::string bytes;
    Encoding asked;
    std::string coding;
    std::string text;
  };
  for (const Case& c :
       std::vector<Case>{{"\xff\xfe" + le, Encoding::kUtf8, "utf-16le", "ä\n"},
                         {"\xff\xfe" + le, Encoding::kUtf16Be, "utf-16le", "ä\n"},
                         {"\xfe\xff" + Swapped(le), Encoding::kLatin1, "utf-16be", "ä\n"},
                         {"\xff\xfe", Encoding::kUtf8, "utf-16le", ""},
                         {"\xef\xbb\xbfä", Encoding::kWindows1252, "", "\xef\xbb\xbfä"},
                         {le, Encoding::kUtf16Le, "utf-16le", "ä\n"},
                         {"\xe4", Encoding::kLatin1, "latin1", "ä"},
                         {"ä", Encoding::kUtf8, "", "ä"}}) {
    for (const bool packed : {false, true}) {
      const TempFile temp(packed ? Gzip(c.bytes) : c.bytes);
      const SourceFile file(temp.path(), c.asked);
      const std::string coding = c.coding.empty() ? "gzip" : "gzip, " + c.coding;
      EXPECT_EQ(file.coding(), packed ? coding : c.coding);
      EXPECT_EQ(file.plain(), !packed && c.coding.empty());
      EXPECT_EQ(TextOf(file), c.text);
      EXPECT_EQ(TextOf(file), c.text);  // from the begin again
      EXPECT_EQ(file.consumed(), file.identity().size);
    }
  }
}

TEST(Encodings, FromEachOffsetOfTheTextTheRestIsRead) {
  const TempFile temp("\xff\xfe" + Utf16Le(u"aä€\U0001f6d2\n"));
  const SourceFile file(temp.path());
  const std::string text = "aä€🛒\n";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    EXPECT_EQ(TextOf(file, 2, at), text.substr(at));
  }
}

TEST(Encodings, ATruncatedArchiveEndsTheTextAtAWholeCharacter) {
  const std::string bytes = Gzip("\xff\xfe" + Utf16Le(std::u16string(3000, u'€')));
  for (std::size_t size = 20; size < bytes.size(); ++size) {
    const TempFile temp(std::string_view(bytes).substr(0, size));
    const SourceFile file(temp.path());
    std::string into(10'000, '#');
    std::size_t got = 0;
    const Error error = ErrorOf([&] {
      while (const std::size_t n = file.ReadAt(ByteOffset{got}, into)) got += n;
    });
    EXPECT_EQ(got % 3, 0U) << size;
    EXPECT_NE(std::string(error.what()).find("in the middle of its gzip data"), std::string::npos);
  }
}

}  // namespace
}  // namespace onceload
