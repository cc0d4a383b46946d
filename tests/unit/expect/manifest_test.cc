#include "expect/manifest.h"

#include <fstream>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

const std::string kHash(64, 'a');

class ManifestTest : public testing::Test {
 protected:
  std::vector<ManifestEntry> Read(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return ReadManifest(path_);
  }
  void Refused(const std::string& text, const std::string& why) {
    try {
      Read(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
    }
  }

  TempDir dir_;
  std::string path_ = dir_ / "manifest";
};

TEST_F(ManifestTest, LinesOfSha256sum) {
  const auto entries = Read(kHash + "  a b.csv\n" + kHash + " *data/c.csv\r\n\n\\" +
                            std::string(64, 'B') + "  line\\nend\\\\.csv\n");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].path, "a b.csv");
  EXPECT_EQ(entries[0].sha256, kHash);
  EXPECT_EQ(entries[1].path, "data/c.csv");
  EXPECT_EQ(entries[2].path, "line\nend\\.csv");
  EXPECT_EQ(entries[2].sha256, std::string(64, 'b'));
}

TEST_F(ManifestTest, ADataPackage) {
  const auto entries = Read(R"({"resources": [
      {"path": "a.csv", "bytes": 12, "hash": "sha256:)" +
                            kHash + R"(", "rows": 3},
      {"path": "b.csv", "stats": {"bytes": 7, "rows": 1, "sha256": ")" +
                            kHash + R"("}}, {"path": "c.csv"}]})");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].bytes, 12U);
  EXPECT_EQ(entries[0].sha256, kHash);
  EXPECT_EQ(entries[0].rows, 3U);
  EXPECT_EQ(entries[1].bytes, 7U);
  EXPECT_EQ(entries[1].sha256, kHash);
  EXPECT_FALSE(entries[2].rows);
}

TEST_F(ManifestTest, WhatCannotBeCheckedIsRefused) {
  Refused("", "it names no file");
  Refused("no hash  a.csv\n", "line 1");
  Refused(kHash + "\n", "line 1");
  Refused("{\"resources\": {}}", "no resources");
  Refused("{\"resources\": [{\"path\": [\"a\", \"b\"]}]}", "no path, or several");
  Refused("{\"resources\": [{\"path\": \"a\", \"hash\": \"d41d8cd98f00b204e9800998ecf8427e\"}]}",
          "hash of a");
  path_ = dir_ / "none";
  EXPECT_THROW(ReadManifest(path_), Error);
}

}  // namespace
}  // namespace onceload
