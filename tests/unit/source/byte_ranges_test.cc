// Parts of a file as inputs, and which of the files a shard takes.
#include "onceload/source/byte_ranges.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/digest.h"
#include "onceload/core/error.h"
#include "onceload/source/input_list.h"
#include "onceload/source/source_file.h"
#include "support/temp_dir.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::TempFile;

std::string TextOf(const std::string& name, std::uint64_t at = 0) {
  const SourceFile file(name);
  std::string text(100, '\0');
  text.resize(file.ReadAt(ByteOffset{at}, text));
  return text;
}

std::string UsageErrorOf(const std::vector<std::string>& words) {
  InputWishes wishes;
  wishes.words = words;
  try {
    ListInputs(wishes);
  } catch (const Error& error) {
    return error.Line();
  }
  return "";
}

TEST(ByteRanges, NamesAreReadAsTheyAreWritten) {
  const FileRanges parts{"/data/big.csv", {{0, 57}, {1000, 2000}}};
  EXPECT_EQ(parts.Name(), "/data/big.csv#bytes=0-56,1000-1999");
  EXPECT_EQ(RangesOf(parts.Name()), parts);
  for (const char* name :
       {"big.csv", "big.csv#bytes=", "big.csv#bytes=5", "big.csv#bytes=5-4", "b#bytes=0-1,",
        "b#bytes=0-18446744073709551615", "b#bytes=0-1x", "b#bytes=-1"}) {
    EXPECT_FALSE(RangesOf(name)) << name;
  }
}

TEST(ByteRanges, AFileOfThatVeryNameIsThatFile) {
  const TempDir folder;
  const TempFile big("0123456789");
  const std::string odd = folder / "a#bytes=0-1";
  std::filesystem::copy(big.path(), odd);
  EXPECT_EQ(TextOf(odd), "0123456789");
}

TEST(ByteRanges, TheTextIsThatOfTheRangesAlone) {
  const TempFile big("0123456789");
  const std::string name = big.path() + "#bytes=0-1,5-7";
  EXPECT_EQ(TextOf(name), "01567");
  EXPECT_EQ(TextOf(name, 1), "1567");
  EXPECT_EQ(TextOf(name, 4), "7");
  EXPECT_EQ(TextOf(name, 5), "");
  const SourceFile file(name);
  EXPECT_EQ(file.identity().size, 5U);
  EXPECT_EQ(file.identity().path, name);
  EXPECT_TRUE(SameFile(*SourceFile::IdentityOf(name), file.identity()));
}

TEST(ByteRanges, TwoPartsOfAFileAreTwoInputs) {
  const TempFile big("0123456789");
  const auto a = SourceFile::IdentityOf(big.path() + "#bytes=0-1,2-3");
  const auto b = SourceFile::IdentityOf(big.path() + "#bytes=0-1,4-5");
  ASSERT_TRUE(a && b);
  EXPECT_FALSE(SameFile(*a, *b));
}

TEST(ByteRanges, AFileThatEndsBeforeIsRefused) {
  const TempFile big("0123456789");
  const std::string name = big.path() + "#bytes=0-1,5-10";
  EXPECT_THROW(SourceFile{name}, Error);
  EXPECT_FALSE(SourceFile::IdentityOf(name));
}

TEST(ByteRanges, RowsThatTwoPartsHaveAreRefused) {
  const TempFile big("0123456789");
  const std::string first = big.path() + "#bytes=0-4";
  EXPECT_EQ(UsageErrorOf({first, big.path() + "#bytes=0-1,5-9"}), "");
  EXPECT_NE(UsageErrorOf({first, big.path() + "#bytes=0-1,4-9"}).find("overlap"),
            std::string::npos);
  EXPECT_NE(UsageErrorOf({first, first}).find("overlap"), std::string::npos);
  EXPECT_NE(UsageErrorOf({big.path(), first}).find("parts of it"), std::string::npos);
}

// What each of `count` shards has of these words.
std::vector<std::vector<std::string>> Deal(const std::vector<std::string>& words,
                                           std::uint32_t count) {
  std::vector<std::vector<std::string>> dealt;
  for (std::uint32_t index = 0; index < count; ++index) {
    InputWishes wishes;
    wishes.words = words;
    wishes.recursive = true;
    wishes.shard = {index, count};
    dealt.push_back(ListInputs(wishes).files);
  }
  return dealt;
}

class ShardsTest : public ::testing::Test {
 protected:
  std::string Add(const std::string& name) {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "id\n1\n";
    return path.string();
  }

  TempDir folder_;
};

TEST_F(ShardsTest, EachFileIsInOneAndStaysThereWhenOthersCome) {
  for (int i = 0; i < 40; ++i) Add("day=" + std::to_string(i) + "/part-0.csv");
  const auto before = Deal({folder_.path().string()}, 4);
  std::set<std::string> all;
  std::size_t sum = 0;
  for (const auto& files : before) {
    EXPECT_GT(files.size(), 3U);
    all.insert(files.begin(), files.end());
    sum += files.size();
  }
  EXPECT_EQ(sum, 40U);
  EXPECT_EQ(all.size(), 40U);
  for (int i = 40; i < 80; ++i) Add("day=" + std::to_string(i) + "/part-0.csv");
  const auto after = Deal({folder_.path().string()}, 4);
  for (std::size_t shard = 0; shard < 4; ++shard) {
    const std::set<std::string> now(after[shard].begin(), after[shard].end());
    for (const std::string& file : before[shard]) EXPECT_TRUE(now.count(file)) << file;
  }
}

// A mount point or a relative path says nothing of the file; nor does its packing.
TEST_F(ShardsTest, AFileGoesByItsNameWithinTheFolder) {
  const TempDir elsewhere;
  std::filesystem::create_directories(elsewhere.path() / "x" / "a");
  for (const char* name : {"a/1.csv", "a/2.csv", "3.csv", "4.csv"}) {
    Add(name);
    std::ofstream(elsewhere / ("x/" + std::string(name) + ".gz")) << "id\n1\n";
  }
  const auto here = Deal({folder_.path().string() + "//"}, 3);
  const auto there = Deal({elsewhere / "x"}, 3);
  for (std::size_t shard = 0; shard < 3; ++shard) {
    ASSERT_EQ(here[shard].size(), there[shard].size());
    for (std::size_t i = 0; i < here[shard].size(); ++i) {
      EXPECT_EQ(std::filesystem::path(here[shard][i]).filename().string() + ".gz",
                std::filesystem::path(there[shard][i]).filename().string());
    }
  }
}

TEST_F(ShardsTest, PartsOfAFileAreDealtInTurn) {
  const TempFile big("0123456789");
  std::vector<std::string> parts;
  for (const char* range : {"0-1", "2-3", "4-5", "6-7", "8-9"}) {
    parts.push_back(big.path() + "#bytes=" + range);
  }
  const auto dealt = Deal(parts, 5);
  for (const auto& files : dealt) EXPECT_EQ(files.size(), 1U);
}

TEST_F(ShardsTest, TheDealIsThatOfTheDocuments) {
  const std::string file = Add("clicks.csv");
  const auto dealt = Deal({file}, 8);
  const std::uint64_t shard = DigestOf("clicks.csv").value % 8;
  EXPECT_EQ(dealt[shard], std::vector<std::string>{file});
}

TEST_F(ShardsTest, ALoadIsCalledByItsShard) {
  InputWishes wishes;
  wishes.words = {"a.csv"};
  wishes.shard = {2, 8};
  EXPECT_EQ(LoadNameOf(wishes, std::nullopt, "clicks"), "clicks/a.csv.2-of-8");
  EXPECT_EQ(LoadNameOf(wishes, "n", "clicks"), "n.2-of-8");
}

}  // namespace
}  // namespace onceload
