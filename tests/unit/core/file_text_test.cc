#include "onceload/core/file_text.h"

#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace onceload {
namespace {

TEST(FileTextTest, AllBytesAreRead) {
  const TempDir dir;
  const std::string path = dir.path() / "f";
  for (const std::size_t size : {0UL, 1UL, 65535UL, 65536UL, 65537UL, 200'000UL}) {
    std::string text(size, 'x');
    if (size > 2) text[size / 2] = '\0';
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(TextOfFile(path), text) << size;
  }
}

TEST(FileTextTest, WhatCannotBeReadHasNone) {
  const TempDir dir;
  EXPECT_EQ(TextOfFile(dir.path()), std::nullopt) << "a directory";
  EXPECT_EQ(TextOfFile(dir.path() / "none"), std::nullopt);
}

}  // namespace
}  // namespace onceload
