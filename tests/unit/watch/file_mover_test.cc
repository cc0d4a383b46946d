#include "watch/file_mover.h"

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "onceload/core/durable_file.h"
#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/source/source_file.h"
#include "support/power_cut.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

class FileMoverTest : public testing::Test {
 protected:
  FileMoverTest() { fs::create_directory(done_); }

  InputFile Write(const std::string& path, const std::string& text) const {
    std::ofstream(path, std::ios::binary) << text;
    return *SourceFile::IdentityOf(path);
  }
  static std::string TextOf(const std::string& path) { return TextOfFile(path).value_or("none"); }
  std::string Move(const InputFile& file) { return MoveInto(file, done_, none_); }

  TempDir directory_;
  const std::string file_ = directory_ / "a.csv";
  const std::string done_ = directory_ / "done";
  Failpoints none_;
};

TEST_F(FileMoverTest, MovesUnderTheSameName) {
  const InputFile file = Write(file_, "text");
  EXPECT_EQ(Move(file), done_ + "/a.csv");
  EXPECT_FALSE(fs::exists(file_));
  EXPECT_EQ(TextOf(done_ + "/a.csv"), "text");
}

TEST_F(FileMoverTest, AnotherTextIsNeverWrittenOver) {
  Write(done_ + "/a.csv", "first");
  Write(done_ + "/a.1.csv", "second");
  EXPECT_EQ(Move(Write(file_, "third")), done_ + "/a.2.csv");
  EXPECT_EQ(TextOf(done_ + "/a.csv"), "first");
  EXPECT_EQ(TextOf(done_ + "/a.1.csv"), "second");
  EXPECT_EQ(TextOf(done_ + "/a.2.csv"), "third");
}

// As after a kill between the copy and the removal of the file itself.
TEST_F(FileMoverTest, WhatIsThereAlreadyIsRemoved) {
  Write(done_ + "/a.csv", "text");
  EXPECT_EQ(Move(Write(file_, "text")), done_ + "/a.csv");
  EXPECT_FALSE(fs::exists(file_));
  EXPECT_FALSE(fs::exists(done_ + "/a.1.csv"));
}

TEST_F(FileMoverTest, AFileThatHasChangedStays) {
  const InputFile file = Write(file_, "text");
  Write(file_, "longer text");
  EXPECT_THROW(Move(file), Error);
  EXPECT_THROW(Delete(file), Error);
  EXPECT_EQ(TextOf(file_), "longer text");
  EXPECT_TRUE(fs::is_empty(done_));
}

TEST_F(FileMoverTest, AFolderThatIsGoneIsAnErrorAndTheFileStays) {
  const InputFile file = Write(file_, "text");
  EXPECT_THROW(MoveInto(file, directory_ / "missing", none_), Error);
  EXPECT_TRUE(fs::exists(file_));
}

TEST_F(FileMoverTest, DeletesWhatWasLoaded) {
  Delete(Write(file_, "text"));
  EXPECT_FALSE(fs::exists(file_));
}

// Whatever way it goes, and however far: a power cut leaves all of the file by one of its names.
class PowerCutTest : public FileMoverTest {
 protected:
  PowerCutTest() : moved_(done_ + "/a.csv") {}

  // The file and both folders are on the disk.
  InputFile Keep(const std::string& text) const {
    const InputFile file = Write(file_, text);
    EXPECT_TRUE(SyncFile(file_) && SyncFolder(directory_.path()));
    return file;
  }

  void MoveLooking(const InputFile& file) {
    int gone = 0;
    const AtEachSync looks([&] {
      if (fs::exists(file_)) return;
      ++gone;
      EXPECT_EQ(BytesAfterPowerCut(moved_, directory_.path()),
                static_cast<std::int64_t>(file.size));
    });
    EXPECT_EQ(Move(file), moved_);
    EXPECT_GT(gone, 0);
  }

  const std::string moved_;
};

TEST_F(PowerCutTest, LeavesACopy) {
  const InputFile file = Keep("text");
  const NoMoves other_file_system(EXDEV);
  MoveLooking(file);
}

TEST_F(PowerCutTest, LeavesASecondName) {
  const InputFile file = Keep("text");
  const NoMoves no_such_call(ENOSYS);
  MoveLooking(file);
}

// As after a kill behind the renaming, and before the names were synced.
TEST_F(PowerCutTest, LeavesWhatARunBeforeHasCopied) {
  // Longer than those of other tests, which may have synced a file of the same inode.
  const std::string text(100, 'x');
  const InputFile file = Keep(text);
  Write(moved_, text);
  MoveLooking(file);
}

TEST(NumberedName, KeepsTheEnding) {
  EXPECT_EQ(NumberedName("a.csv", 0), "a.csv");
  EXPECT_EQ(NumberedName("a.csv.gz", 12), "a.12.csv.gz");
  EXPECT_EQ(NumberedName("a", 1), "a.1");
}

}  // namespace
}  // namespace onceload
