#include "onceload/recover/finished_texts.h"

#include <atomic>
#include <fstream>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/source/prefix_hasher.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

class FinishedTextsTest : public testing::Test {
 protected:
  InputFile Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name, std::ios::binary) << text;
    const SourceFile file(directory_ / name);
    InputFile input = file.identity();
    input.head = HeadOf(file);
    return input;
  }
  static std::string Text(int rows) {
    std::string text = "x\n";
    for (int row = 1; row <= rows; ++row) text += std::to_string(row) + "\n";
    return text;
  }

  // A page of others, and these.
  void Know(const std::vector<InputFile>& files) {
    FinishedPage page;
    for (const InputFile& file : files) {
      const PrefixFingerprint text =
          FingerprintOfPrefix(SourceFile(file.path), ByteOffset{file.size});
      page.push_back({file.size, 5, text.blocks, text.tail,
                      file.head && file.head->full() ? file.head->digest : Digest{},
                      DigestOf(file.path), HintOf(file)});
    }
    for (std::uint64_t i = page.size(); i < kKeysOfAPage; ++i) {
      page.push_back({i, 1, Digest{}, Digest{i}, Digest{}, Digest{i}, i});
    }
    known_.pages.push_back(std::make_shared<const FinishedPage>(std::move(page)));
    known_.count += kKeysOfAPage;
    texts_.Add(known_);
  }
  bool IsNew(InputFile& file) { return texts_.IsNew(file, rules_, context_); }

  TempDir directory_;
  FinishedInputs known_;
  FinishedTexts texts_;
  MatchRules rules_;
  Failpoints none_;
  SystemClock clock_;
  std::atomic<bool> stop_{false};
  RunContext context_{clock_, none_, stop_};
};

TEST_F(FinishedTextsTest, ATextIsFoundUnderAnotherName) {
  Know({Write("short", Text(3))});
  Know({Write("long", Text(30'000))});
  for (const char* name : {"short", "long"}) {
    InputFile same = Write("copy", Text(name[0] == 's' ? 3 : 30'000));
    EXPECT_FALSE(IsNew(same)) << name;
  }
  InputFile other = Write("other", "x\n7\n8\n9\n");
  EXPECT_TRUE(IsNew(other));
  EXPECT_FALSE(other.begin);
}

TEST_F(FinishedTextsTest, AnUntouchedFileIsKnownByItsHints) {
  InputFile file = Write("a", Text(3));
  Know({file});
  EXPECT_TRUE(texts_.HasHint(file));
  ++file.mtime_ns;
  EXPECT_FALSE(texts_.HasHint(file));
  EXPECT_TRUE(texts_.HasPath(file));
}

TEST_F(FinishedTextsTest, AFileThatHasGrownIsAPieceBehindTheLongestKnownText) {
  Know({Write("a", Text(3)), Write("b", Text(5)), Write("c", Text(20'000))});
  InputFile grown = Write("b", Text(9));
  EXPECT_TRUE(IsNew(grown));
  ASSERT_TRUE(grown.begin);
  EXPECT_EQ(grown.begin->byte.value, Text(5).size());
  EXPECT_EQ(grown.begin->row.value, 5U);
  EXPECT_EQ(grown.begin->file, kKeptAsKey);
  InputFile longer = Write("c", Text(20'001));
  EXPECT_TRUE(IsNew(longer));
  EXPECT_EQ(longer.begin->byte.value, Text(20'000).size());
}

TEST_F(FinishedTextsTest, ARowThatWasContinuedIsRefused) {
  Know({Write("a", "x\n1\n2")});
  InputFile grown = Write("a", "x\n1\n23\n");
  EXPECT_THROW(IsNew(grown), Error);
}

TEST_F(FinishedTextsTest, AnEditedFileIsRefusedUnlessItsNameMayComeAgain) {
  Know({Write("a", Text(3))});
  InputFile edited = Write("a", "x\n1\n2\n4\n");
  EXPECT_THROW(IsNew(edited), Error);
  rules_.same_name = SameName::kNew;
  EXPECT_TRUE(IsNew(edited));
  rules_.same_name = SameName::kRefuse;
  rules_.rotated = true;
  EXPECT_TRUE(IsNew(edited));
}

}  // namespace
}  // namespace onceload
