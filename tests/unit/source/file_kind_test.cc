// BinaryKindOf(): what is no text, told by how it begins.
#include "onceload/source/file_kind.h"

#include <string>

#include <gtest/gtest.h>

#include "onceload/source/source_file.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using namespace std::string_literals;  // strings with a NUL inside

std::string Kind(const std::string& begin, Encoding encoding = Encoding::kUtf8) {
  const std::optional<FileKind> kind = BinaryKindOf(begin, encoding);
  return kind ? std::string(kind->name) : "text";
}

// `text` of ASCII, each character with `before` NULs before it and `after` behind it.
std::string Wide(const std::string& text, std::size_t before, std::size_t after) {
  std::string wide;
  for (const char c : text) wide += std::string(before, '\0') + c + std::string(after, '\0');
  return wide;
}

TEST(FileKindTest, MarksThatNoTextBeginsWith) {
  EXPECT_EQ(Kind("PK\x03\x04"), "a zip archive");
  EXPECT_EQ(Kind("PAR1\x15\x04"), "a Parquet file");
  EXPECT_EQ(Kind("Obj\x01\x04"), "an Avro file");
  EXPECT_EQ(Kind("\x04\x22\x4d\x18"), "compressed by lz4");
  EXPECT_EQ(Kind("SQLite format 3\0"s), "an SQLite database");
  EXPECT_EQ(Kind("\x1f\x8b\x08"), "gzip inside of compressed data");
  EXPECT_EQ(Kind("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "a file of an older Office (.xls, .doc)");
  EXPECT_TRUE(Kind(std::string(512, '\0')).starts_with("nothing but NUL bytes"));
}

TEST(FileKindTest, WhatMayBeTheNameOfAColumnIsOne) {
  EXPECT_EQ(Kind("PAR1,PAR2\n1,2\n"), "text");
  EXPECT_EQ(Kind("ORC,ELF\n1,2\n"), "text");
  EXPECT_EQ(Kind("PK,name\n1,2\n"), "text");
  EXPECT_EQ(Kind(""), "text");
}

TEST(FileKindTest, ATarArchiveByItsSum) {
  std::string header(512, '\0');
  header.replace(0, 7, "may.csv");
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  header.replace(148, 6, digits);
  EXPECT_EQ(Kind(header), "a tar archive");
  header[0] = 'M';
  EXPECT_NE(Kind(header), "a tar archive");
}

TEST(FileKindTest, TextOfSeveralBytesACharacter) {
  const std::string text = "id,name\n1,x\n2,y\n";
  EXPECT_EQ(Kind(Wide(text, 0, 1)), "UTF-16 without a byte order mark");
  EXPECT_EQ(Kind(Wide(text, 1, 0)), "UTF-16 without a byte order mark");
  EXPECT_EQ(Kind(Wide(text, 0, 3)), "UTF-32");
  EXPECT_EQ(Kind(Wide(text, 3, 0)), "UTF-32");
  EXPECT_EQ(Kind("\xff\xfe\0\0i\0\0\0"s), "UTF-32");
  EXPECT_EQ(Kind(Wide(text, 0, 1), Encoding::kUtf16Le), "text");
  // A damaged byte makes no other encoding of a text.
  EXPECT_EQ(Kind(text + "\0"s + std::string(300, 'x')), "text");
  std::string holes;
  for (int i = 0; i < 16; ++i) holes += "1,x\0y,zz\n"s + std::string(i % 2, ' ');
  EXPECT_EQ(Kind("id,a,b\n" + holes), "text");
  EXPECT_EQ(Kind("id,ab\n1,\0\n2,\0\n3,\0\n4,\0\n"s), "text");
  EXPECT_NE(BinaryKindOf(Wide(text, 1, 0), Encoding::kUtf8)->advice.find("utf-16be"),
            std::string::npos);
}

TEST(FileKindTest, AMarkOfUtf32IsNoneOfUtf16) {
  const csv_testing::TempFile temp("\xff\xfe\0\0i\0\0\0"s);
  ASSERT_TRUE(SourceFile(temp.path()).kind());
  EXPECT_EQ(SourceFile(temp.path()).kind()->name, "UTF-32");
  const csv_testing::TempFile utf16("\xff\xfei\0d\0\n\0"s);
  EXPECT_FALSE(SourceFile(utf16.path()).kind());
}

}  // namespace
}  // namespace onceload
