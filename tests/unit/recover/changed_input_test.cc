// Which files a load of several goes on with.
#include <atomic>
#include <fstream>

#include <gtest/gtest.h>

#include "onceload/csv/prefix_hasher.h"
#include "onceload/recover/recover.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

InputFile File(const std::string& path, std::uint64_t size = 1) { return {path, size, 2, 3, 4}; }

InputFile Ended(const std::string& path) {
  InputFile file = File(path);
  file.end = InputPosition{0, ByteOffset{1}, RowNumber{1}, 0, {}};
  return file;
}

std::vector<std::string> Paths(const std::vector<InputFile>& files) {
  std::vector<std::string> paths;
  for (const InputFile& file : files) paths.push_back(file.path);
  return paths;
}

ProgressRecord LoadOf(std::vector<InputFile> inputs) {
  ProgressRecord record;
  record.load_name = "load";
  record.inputs = std::move(inputs);
  return record;
}

using List = std::vector<std::string>;

TEST(MatchInputsTest, OrderIsTheLoadsWhateverIsGivenFirst) {
  const ProgressRecord was = LoadOf({Ended("b"), File("a")});
  EXPECT_EQ(Paths(MatchInputs(was, {File("a"), File("b")})), (List{"b", "a"}));
}

TEST(MatchInputsTest, NewFilesComeLast) {
  const ProgressRecord was = LoadOf({Ended("b")});
  EXPECT_EQ(Paths(MatchInputs(was, {File("a"), File("b"), File("c")})), (List{"b", "a", "c"}));
}

TEST(MatchInputsTest, FinishedFileMayBeGoneAndKeepsItsEnd) {
  const ProgressRecord was = LoadOf({Ended("a"), File("b")});
  const auto inputs = MatchInputs(was, {File("b", 7)});
  EXPECT_EQ(Paths(inputs), (List{"a", "b"}));
  EXPECT_TRUE(inputs[0].end.has_value());
  EXPECT_EQ(inputs[1].size, 7U) << "what is known of a file is what it is now";
}

TEST(MatchInputsTest, UnfinishedFileMayNotBeGone) {
  const ProgressRecord was = LoadOf({Ended("a"), File("b")});
  try {
    MatchInputs(was, {File("a"), File("c")});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kInput);
    EXPECT_NE(error.Line().find(": b"), std::string::npos) << error.Line();
  }
}

TEST(MatchInputsTest, MovedDirectoryIsKnownByItsFileNames) {
  const ProgressRecord was = LoadOf({Ended("/old/a"), File("/old/b")});
  EXPECT_EQ(Paths(MatchInputs(was, {File("/new/b"), File("/new/a")})), (List{"/new/a", "/new/b"}));
}

TEST(MatchInputsTest, SingleFileMayHaveAnotherName) {
  EXPECT_EQ(Paths(MatchInputs(LoadOf({File("/old/a")}), {File("/new/b")})), (List{"/new/b"}));
}

// By path first: of two files of one name, each is itself.
TEST(MatchInputsTest, EqualNamesInTwoDirectoriesStayApart) {
  const ProgressRecord was = LoadOf({Ended("/x/a"), File("/y/a")});
  EXPECT_EQ(Paths(MatchInputs(was, {File("/y/a"), File("/x/a")})), (List{"/x/a", "/y/a"}));
  EXPECT_THROW(MatchInputs(was, {File("/z/a"), File("/w/a")}), Error);
}

// A load that has finished `a` and read row 1 of `b`.
class ChangedInputTest : public testing::Test {
 protected:
  ChangedInputTest() {
    Write("a", "x\n1\n2\n");
    Write("b", "x\n3\n4\n");
    was_.load_name = "load";
    was_.inputs = {Identity("a"), Identity("b")};
    was_.inputs[0].end = PositionIn("a", 0, 6, 2);
    was_.position = PositionIn("b", 1, 4, 1);
  }

  std::string Path(const std::string& name) { return directory_ / name; }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name), std::ios::binary) << text;
  }
  InputFile Identity(const std::string& name) { return SourceFile(Path(name)).identity(); }
  InputPosition PositionIn(const std::string& name, std::uint32_t file, std::uint64_t byte,
                           std::uint64_t row) {
    return {file, ByteOffset{byte}, RowNumber{row}, 0,
            FingerprintOfPrefix(SourceFile(Path(name)), ByteOffset{byte})};
  }
  // What refuses to go on; empty: nothing.
  std::string Check(bool check_prefix = false) {
    Here here;
    here.check_prefix = check_prefix;
    here.blank.inputs = {Identity("a"), Identity("b")};
    inputs_ = MatchInputs(was_, here.blank.inputs);
    const auto error = ChangedInput(
        here, was_, [this] { return chunks_; }, context_, inputs_);
    return error ? error->Line() : "";
  }

  TempDir directory_;
  Failpoints failpoints_;
  SystemClock clock_;
  std::atomic<bool> stop_{false};
  RunContext context_{clock_, failpoints_, stop_};
  ProgressRecord was_;
  std::vector<LedgerChunk> chunks_;
  std::vector<InputFile> inputs_;
};

TEST_F(ChangedInputTest, UntouchedFilesAreTrusted) {
  EXPECT_EQ(Check(), "");
  was_.inputs[0].end->prefix.tail = Digest{1};  // would differ if it were compared
  EXPECT_EQ(Check(), "");
  EXPECT_NE(Check(true), "") << "--check-prefix";
}

TEST_F(ChangedInputTest, ChangedRowOfAFinishedFileIsRefusedByItsName) {
  Write("a", "x\n1\n9\n");
  EXPECT_NE(Check().find("the file has changed"), std::string::npos);
  EXPECT_NE(Check().find(Path("a")), std::string::npos);
}

TEST_F(ChangedInputTest, FinishedFileMayNotGrowOnceLaterOnesAreRead) {
  Write("a", "x\n1\n2\n3\n");
  EXPECT_NE(Check().find("has grown after"), std::string::npos);
}

TEST_F(ChangedInputTest, RowsBehindThePositionMayChange) {
  Write("b", "x\n3\n5\n6\n");
  EXPECT_EQ(Check(), "");
}

TEST_F(ChangedInputTest, LastFileMayGrowAfterItsEnd) {
  was_.inputs[1].end = was_.position = PositionIn("b", 1, 6, 2);
  Write("b", "x\n3\n4\n5\n");
  EXPECT_EQ(Check(), "");
  EXPECT_FALSE(inputs_[1].end.has_value()) << "there is more of it to load";
}

TEST_F(ChangedInputTest, FirstChunkThatDiffersIsNamed) {
  was_.position = PositionIn("b", 1, 6, 2);
  const InputPosition begin{1, ByteOffset{2}, RowNumber{0}, 0, {}};
  chunks_ = {{ChunkNumber{4}, begin, PositionIn("b", 1, 4, 1), {}, 0},
             {ChunkNumber{5}, PositionIn("b", 1, 4, 1), was_.position, {}, 0}};
  Write("b", "x\n3\n7\n");
  EXPECT_NE(Check().find("in chunk 5, bytes 4 to 6"), std::string::npos) << Check();
}

}  // namespace
}  // namespace onceload
