// Which of a load's inputs each given file is.
#include "onceload/recover/input_match.h"

#include <atomic>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <zlib.h>

#include "onceload/core/error.h"
#include "onceload/source/prefix_hasher.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

using List = std::vector<std::string>;

// Files in a directory, and a load that knows some of them.
class InputMatchTest : public testing::Test {
 protected:
  InputMatchTest() { was_.load_name = "load"; }

  std::string Path(const std::string& name) { return directory_ / name; }
  void Write(const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(Path(name)).parent_path());
    std::ofstream(Path(name), std::ios::binary) << text;
  }
  void WritePacked(const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(Path(name)).parent_path());
    gzFile file = gzopen(Path(name).c_str(), "wb");
    ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
              static_cast<int>(text.size()));
    gzclose(file);
  }
  static std::string Text(int rows, int first = 1) {
    std::string text = "x\n";
    for (int row = first; row < first + rows; ++row) text += std::to_string(row) + "\n";
    return text;
  }
  InputFile Identity(const std::string& name) {
    const SourceFile file(Path(name));
    InputFile input = file.identity();
    input.head = HeadOf(file, ByteOffset{2});  // behind the header
    return input;
  }
  InputPosition At(const std::string& name, std::uint64_t byte, std::uint64_t row) {
    return {static_cast<std::uint32_t>(was_.inputs.size()), ByteOffset{byte}, RowNumber{row}, 0,
            FingerprintOfPrefix(SourceFile(Path(name)), ByteOffset{byte})};
  }

  // The load has finished with the file of so many rows, and is at its end.
  void Finished(const std::string& name, std::uint64_t rows) {
    InputFile input = Identity(name);
    was_.position = At(name, fs::file_size(Path(name)), rows);
    input.end = was_.position;
    was_.inputs.push_back(input);
  }
  // It has come to that byte of it.
  void Unfinished(const std::string& name, std::uint64_t byte, std::uint64_t rows) {
    was_.position = At(name, byte, rows);
    was_.inputs.push_back(Identity(name));
  }

  // Paths of the load's inputs now, relative to the directory; a piece with the row it begins
  // behind.
  List Match(const List& names) {
    std::vector<InputFile> given;
    for (const std::string& name : names) given.push_back(Identity(name));
    matched_ = MatchInputs(
        rules_, was_, given, [this] { return chunks_; }, context_);
    List paths;
    for (const InputFile& input : matched_.inputs) {
      paths.push_back(fs::path(input.path).lexically_relative(Path("")).string());
      if (input.begin) paths.back() += "+" + std::to_string(input.begin->row.value);
    }
    return paths;
  }
  // The sentence that refuses.
  std::string Refusal(const List& names, ExitCode code) {
    try {
      const List paths = Match(names);
      ADD_FAILURE() << "not refused: " << testing::PrintToString(paths);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.Line();
      return error.Line();
    }
    return "";
  }
  std::string Remarks() const {
    std::string all;
    for (const MatchRemark& remark : matched_.remarks) all += remark.text + "\n";
    return all;
  }

  TempDir directory_;
  Failpoints failpoints_;
  SystemClock clock_;
  std::atomic<bool> stop_{false};
  RunContext context_{clock_, failpoints_, stop_};
  MatchRules rules_;
  ProgressRecord was_;
  std::vector<LedgerChunk> chunks_;
  MatchedInputs matched_;
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(InputMatchTest, UntouchedFilesAreTrusted) {
  Write("a", Text(2));
  Finished("a", 2);
  was_.inputs[0].end->prefix.tail = Digest{1};  // would differ if it were compared
  EXPECT_EQ(Match({"a"}), (List{"a"}));
  EXPECT_TRUE(matched_.inputs[0].end);
  rules_.check_prefix = true;
  EXPECT_TRUE(Has(Refusal({"a"}, ExitCode::kInput), "has changed"));
}

TEST_F(InputMatchTest, OrderIsTheLoadsAndNewFilesComeLast) {
  Write("a", Text(2));
  Write("b", Text(2, 10));
  Write("c", Text(2, 20));
  Finished("b", 2);
  Unfinished("a", 4, 1);
  EXPECT_EQ(Match({"a", "c", "b"}), (List{"b", "a", "c"}));
  EXPECT_EQ(matched_.first_new, 2U);
  EXPECT_EQ(Remarks(), "");
}

TEST_F(InputMatchTest, AFinishedFileMayBeGone) {
  Write("a", Text(2));
  Write("b", Text(2, 10));
  Finished("a", 2);
  Unfinished("b", 4, 1);
  EXPECT_EQ(Match({"b"}), (List{"a", "b"}));
  EXPECT_EQ(matched_.given, (std::vector<bool>{false, true}));
}

TEST_F(InputMatchTest, AnUnfinishedFileMayNotBeGone) {
  Write("a", Text(2));
  Write("b", Text(2, 10));
  Finished("a", 2);
  Unfinished("b", 4, 1);
  EXPECT_TRUE(Has(Refusal({"a"}, ExitCode::kInput), "not among those given"));
}

// logrotate's and every spool's habit: what was loaded lies there under another name.
TEST_F(InputMatchTest, ARenamedFileIsItself) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Finished("a", 50);
  Finished("b", 50);
  fs::rename(Path("a"), Path("a.done"));
  EXPECT_EQ(Match({"a.done", "b"}), (List{"a.done", "b"}));
  EXPECT_EQ(matched_.known_elsewhere, 1U);
  EXPECT_TRUE(Has(Remarks(), "a.done is " + Path("a") + ", loaded before (50 rows)"));
  EXPECT_EQ(matched_.inputs[0].name, "a") << "its messages go on to call it so";
}

TEST_F(InputMatchTest, APackedFileIsItself) {
  for (const int rows : {50, 200'000}) {
    was_ = ProgressRecord{};
    Write("a", Text(rows));
    Finished("a", static_cast<std::uint64_t>(rows));
    fs::remove(Path("a"));
    WritePacked("a.gz", Text(rows));
    EXPECT_EQ(Match({"a.gz"}), (List{"a.gz"})) << rows;
    EXPECT_TRUE(matched_.inputs[0].end);
    EXPECT_EQ(matched_.known_elsewhere, 1U);
  }
}

TEST_F(InputMatchTest, ADirectoryUnderAnotherPathIsTheSame) {
  Write("x/1/part", Text(50));
  Write("x/2/part", Text(50, 100));
  Finished("x/1/part", 50);
  Finished("x/2/part", 50);
  fs::rename(Path("x"), Path("y"));
  EXPECT_EQ(Match({"y/1/part", "y/2/part"}), (List{"y/1/part", "y/2/part"}));
  EXPECT_EQ(matched_.known_elsewhere, 2U);
}

TEST_F(InputMatchTest, NamesThatWereSwappedMoveNothing) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Finished("a", 50);
  Finished("b", 50);
  fs::rename(Path("a"), Path("c"));
  fs::rename(Path("b"), Path("a"));
  fs::rename(Path("c"), Path("b"));
  EXPECT_EQ(Match({"a", "b"}), (List{"b", "a"}));
  EXPECT_EQ(matched_.first_new, 2U);
}

TEST_F(InputMatchTest, AnUnfinishedFileGoesOnWhereverItLies) {
  Write("a", Text(50));
  Unfinished("a", 22, 10);
  fs::remove(Path("a"));
  WritePacked("elsewhere/other.gz", Text(50));
  EXPECT_EQ(Match({"elsewhere/other.gz"}), (List{"elsewhere/other.gz"}));
  EXPECT_FALSE(matched_.inputs[0].end);
  EXPECT_TRUE(Has(Remarks(), "of which 10 rows were loaded"));
}

TEST_F(InputMatchTest, AFileThatIsRenamedBeforeItsTurnIsItself) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Unfinished("a", 22, 10);
  was_.inputs.push_back(Identity("b"));
  fs::rename(Path("b"), Path("c"));
  EXPECT_EQ(Match({"a", "c"}), (List{"a", "c"}));
}

TEST_F(InputMatchTest, AFileThatIsPackedBeforeItsTurnIsItself) {
  Write("a", Text(50));
  Write("1/b", Text(50, 100));
  Write("2/b", Text(50, 200));
  Unfinished("a", 22, 10);
  was_.inputs.push_back(Identity("1/b"));
  was_.inputs.push_back(Identity("2/b"));
  for (const char* name : {"1/b", "2/b"}) fs::remove(Path(name));
  WritePacked("1/b.gz", Text(50, 100));
  WritePacked("2/b.gz", Text(50, 200));
  EXPECT_EQ(Match({"2/b.gz", "1/b.gz", "a"}), (List{"a", "1/b.gz", "2/b.gz"}));
  Refusal({"a", "1/b.gz"}, ExitCode::kInput);
}

// Whatever became of its names: what it began with when the load first saw it tells it.
TEST_F(InputMatchTest, AnUnreadFileIsFoundByWhatItBeginsWith) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Write("long", Text(200'000, 1'000));
  Unfinished("a", 22, 10);
  was_.inputs.push_back(Identity("b"));
  was_.inputs.push_back(Identity("long"));
  for (const char* name : {"b", "long"}) fs::remove(Path(name));

  WritePacked("renamed-and-packed.gz", Text(50, 100));
  WritePacked("elsewhere/other.gz", Text(200'000, 1'000));
  EXPECT_EQ(Match({"a", "elsewhere/other.gz", "renamed-and-packed.gz"}),
            (List{"a", "renamed-and-packed.gz", "elsewhere/other.gz"}));

  Write("renamed-and-grown", Text(60, 100));
  Write("long-and-grown", Text(200'001, 1'000));
  EXPECT_EQ(Match({"renamed-and-grown", "long-and-grown", "a"}),
            (List{"a", "renamed-and-grown", "long-and-grown"}));
  EXPECT_EQ(matched_.first_new, 3U);
}

TEST_F(InputMatchTest, AnUnreadFileOfAnotherTextIsNotFound) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Unfinished("a", 22, 10);
  was_.inputs.push_back(Identity("b"));
  fs::remove(Path("b"));
  Write("c", Text(49, 100));
  EXPECT_TRUE(Has(Refusal({"a", "c"}, ExitCode::kInput), Path("b")));
}

// Else the first new file would hide that it is missing, and be called by its name.
TEST_F(InputMatchTest, AnUnreadFileOfNothingButAHeaderIsNotFoundInAnother) {
  Write("a", Text(50));
  Write("b", "x\n");
  Unfinished("a", 22, 10);
  was_.inputs.push_back(Identity("b"));
  fs::remove(Path("b"));
  Write("c", Text(50, 100));
  EXPECT_TRUE(Has(Refusal({"a", "c"}, ExitCode::kInput), Path("b")));
}

// The rotated text is the unread input; what lies under its name now is new.
TEST_F(InputMatchTest, AnUnreadFilesTextGoesBeforeItsName) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Unfinished("a", 22, 10);
  was_.inputs.push_back(Identity("b"));
  fs::remove(Path("b"));
  Write("b", Text(50, 300));
  Write("b.1", Text(70, 100));
  EXPECT_EQ(Match({"a", "b", "b.1"}), (List{"a", "b.1", "b"}));
}

TEST_F(InputMatchTest, OfCopiesOfAnUnreadFileTheOneUnderItsNameIsIt) {
  Write("a", Text(50));
  Write("m/b", Text(50, 100));
  Unfinished("a", 22, 10);
  was_.inputs.push_back(Identity("m/b"));
  // Not after it is removed: the first of them would get its inode.
  for (const char* name : {"c", "n/b", "z"}) Write(name, Text(50, 100));
  fs::remove(Path("m/b"));
  EXPECT_EQ(Match({"a", "c", "n/b", "z"}), (List{"a", "n/b", "c", "z"}));
  Write("m/b", Text(51, 100));
  EXPECT_EQ(Match({"a", "c", "m/b", "n/b", "z"}), (List{"a", "m/b", "c", "n/b", "z"}));
  EXPECT_EQ(Match({"a", "c", "n/b", "m/b", "z"}), (List{"a", "m/b", "c", "n/b", "z"}));
}

// A record of an old version has no heads; an audit reads all texts, and still finds it.
TEST_F(InputMatchTest, AnUnreadFileWithoutAHeadIsFoundByItsInodeInAnAuditToo) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Unfinished("a", 22, 10);
  was_.inputs.push_back(Identity("b"));
  was_.inputs.back().head.reset();
  fs::rename(Path("b"), Path("c"));
  rules_.check_prefix = true;
  EXPECT_EQ(Match({"a", "c"}), (List{"a", "c"}));
}

TEST_F(InputMatchTest, OfUnreadFilesTheOneWithMoreInCommonIsMeant) {
  Write("a", Text(50));
  Write("short", Text(20, 100));
  Write("longer", Text(40, 100));
  Unfinished("a", 22, 10);
  for (const char* name : {"short", "longer"}) {
    was_.inputs.push_back(Identity(name));
    fs::remove(Path(name));
  }
  Write("1", Text(30, 100));
  Write("2", Text(50, 100));
  EXPECT_EQ(Match({"1", "2", "a"}), (List{"a", "1", "2"}));
  EXPECT_EQ(Match({"2", "1", "a"}), (List{"a", "1", "2"}));
}

// What it is by its inode goes before what its text may have in common with a file that is gone.
TEST_F(InputMatchTest, AnUnreadFileThatBeginsAsAFinishedOneIsItself) {
  Write("export", Text(50));
  Write("next", Text(60));
  Finished("export", 50);
  was_.inputs.push_back(Identity("next"));
  fs::remove(Path("export"));
  fs::rename(Path("next"), Path("renamed"));
  EXPECT_EQ(Match({"renamed"}), (List{"export", "renamed"}));
  EXPECT_TRUE(matched_.inputs[0].end);
  EXPECT_FALSE(matched_.inputs[1].end);
}

// Else it would be looked for by what lies nowhere any more.
TEST_F(InputMatchTest, AnUnreadFileThatWasEmptiedHasNoHead) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Unfinished("a", 22, 10);
  was_.inputs.push_back(Identity("b"));
  Write("b", "x\n");
  EXPECT_EQ(Match({"a", "b"}), (List{"a", "b"}));
  EXPECT_FALSE(matched_.inputs[1].head);
}

// Its fingerprint says more, and a record of thousands has to stay short.
TEST_F(InputMatchTest, AShortHeadIsKeptUntilTheEndOnly) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Finished("a", 50);
  was_.inputs.push_back(Identity("b"));
  Match({"a", "b"});
  EXPECT_FALSE(matched_.inputs[0].head);
  EXPECT_TRUE(matched_.inputs[1].head);
}

// The unread file is given under another of its names, so its own path is not among those given.
TEST_F(InputMatchTest, AnEditedFileIsNotTakenForAnUnreadOneOfItsName) {
  Write("1/part", Text(50));
  Finished("1/part", 50);
  Write("2/part", Text(50, 100));
  was_.inputs.push_back(Identity("2/part"));
  Write("1/part", "x\n0\n" + Text(49, 2).substr(2));
  fs::create_hard_link(Path("2/part"), Path("2/other"));
  EXPECT_TRUE(Has(Refusal({"1/part", "2/other"}, ExitCode::kInput), "1/part"));
  rules_.same_name = SameName::kNew;
  EXPECT_EQ(Match({"1/part", "2/other"}), (List{"1/part", "2/other", "1/part"}));
}

TEST_F(InputMatchTest, ANewFolderDoesNotHideAnUnreadFileThatIsMissing) {
  Write("1/part", Text(50));
  Finished("1/part", 50);
  Write("2/part", Text(50, 100));
  was_.inputs.push_back(Identity("2/part"));
  fs::remove(Path("2/part"));
  Write("3/part", Text(50, 200));
  WritePacked("4/part.gz", Text(50, 300));
  EXPECT_TRUE(Has(Refusal({"1/part", "3/part"}, ExitCode::kInput), "2/part"));
  EXPECT_TRUE(Has(Refusal({"1/part", "4/part.gz"}, ExitCode::kInput), "2/part"));
}

TEST_F(InputMatchTest, OneFileADayUnderNamesOfItsOwnIsNew) {
  Write("day1", Text(50));
  Finished("day1", 50);
  fs::remove(Path("day1"));
  Write("day2", Text(50, 100));
  EXPECT_EQ(Match({"day2"}), (List{"day1", "day2"}));
  EXPECT_EQ(Remarks(), "");
}

TEST_F(InputMatchTest, AnotherFileOfThatNameElsewhereIsNewAndTold) {
  Write("1/export", Text(50));
  Finished("1/export", 50);
  fs::remove(Path("1/export"));
  Write("2/export", Text(50, 100));
  EXPECT_EQ(Match({"2/export"}), (List{"1/export", "2/export"}));
  EXPECT_TRUE(Has(Remarks(), "another text: loading it as a new file"));
}

// Nobody can tell an edited file from the next one under its name.
TEST_F(InputMatchTest, AnotherTextUnderAFinishedFilesPathIsRefusedUnlessItIsSaidToBeNew) {
  Write("export", Text(50));
  Finished("export", 50);
  Write("export", Text(50, 100));
  const std::string refusal = Refusal({"export"}, ExitCode::kInput);
  EXPECT_TRUE(Has(refusal, "--same-name new")) << refusal;
  EXPECT_TRUE(Has(refusal, "restore it")) << refusal;
  rules_.same_name = SameName::kNew;
  EXPECT_EQ(Match({"export"}), (List{"export", "export"}));
  EXPECT_TRUE(matched_.inputs[0].end);
  EXPECT_FALSE(matched_.inputs[1].end);
  EXPECT_FALSE(Has(Remarks(), "loaded before"));
  EXPECT_TRUE(Has(Remarks(), "has the name of a file that was loaded, and another text"));
}

TEST_F(InputMatchTest, OfSeveralFilesUnderOnePathTheOneThatLiesThereIsMeant) {
  Write("export", Text(50));
  Finished("export", 50);
  fs::remove(Path("export"));
  Write("export", Text(60, 100));
  Finished("export", 60);
  EXPECT_EQ(Match({"export"}), (List{"export", "export"}));
  EXPECT_EQ(matched_.first_new, 2U);
  fs::remove(Path("export"));
  Write("export", Text(50));  // the first one again: known
  EXPECT_EQ(Match({"export"}).size(), 2U);
}

TEST_F(InputMatchTest, TheLastFileGoesOnBehindItsEnd) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Finished("a", 50);
  Finished("b", 50);
  std::ofstream(Path("b"), std::ios::app) << "150\n";
  EXPECT_EQ(Match({"a", "b"}), (List{"a", "b"}));
  EXPECT_FALSE(matched_.inputs[1].end) << "there is more of it to load";
}

TEST_F(InputMatchTest, AnEarlierFileGoesOnAsAPieceAtTheEnd) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Finished("a", 50);
  Finished("b", 50);
  std::ofstream(Path("a"), std::ios::app) << "51\n";
  EXPECT_EQ(Match({"a", "b"}), (List{"a", "b", "a+50"}));
  EXPECT_TRUE(matched_.inputs[0].end);
  EXPECT_EQ(matched_.inputs[2].begin->file, 0U);
  EXPECT_EQ(matched_.inputs[2].begin->byte, was_.inputs[0].end->byte);
  EXPECT_FALSE(matched_.inputs[2].end);
  EXPECT_EQ(matched_.input_of, (std::vector<std::size_t>{2, 1}));

  // And again, behind the piece, moved meanwhile.
  was_.inputs = matched_.inputs;
  was_.inputs[2].end = At("a", fs::file_size(Path("a")), 51);
  was_.inputs[2].end->file = 2;
  was_.position = *was_.inputs[2].end;
  Write("c", Text(3, 500));
  Finished("c", 3);
  fs::rename(Path("a"), Path("d"));
  std::ofstream(Path("d"), std::ios::app) << "52\n";
  EXPECT_EQ(Match({"b", "c", "d"}), (List{"d", "b", "d+50", "c", "d+51"}));
  EXPECT_EQ(matched_.inputs[4].begin->file, 2U);
}

TEST_F(InputMatchTest, TwoFilesMayGrow) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Finished("a", 50);
  Finished("b", 50);
  std::ofstream(Path("a"), std::ios::app) << "51\n";
  std::ofstream(Path("b"), std::ios::app) << "150\n";
  EXPECT_EQ(Match({"a", "b"}), (List{"a", "b", "a+50"}));
  EXPECT_FALSE(matched_.inputs[1].end);
}

TEST_F(InputMatchTest, ALastRowThatWasContinuedIsRefused) {
  Write("a", "x\n1\n2");
  Finished("a", 2);
  std::ofstream(Path("a"), std::ios::app) << "3\n4\n";
  EXPECT_TRUE(Has(Refusal({"a"}, ExitCode::kInput), "part of a row"));
}

TEST_F(InputMatchTest, ATwinIsRefusedNamingBoth) {
  Write("a", Text(50));
  Finished("a", 50);
  fs::copy_file(Path("a"), Path("b"));
  const std::string refusal = Refusal({"a", "b"}, ExitCode::kUsage);
  EXPECT_TRUE(Has(refusal, Path("a")) && Has(refusal, Path("b")) && Has(refusal, "--again"))
      << refusal;
  WritePacked("b", Text(50));
  Refusal({"a", "b"}, ExitCode::kUsage);
  Write("b", Text(60));  // a copy that has grown
  Refusal({"a", "b"}, ExitCode::kUsage);
  rules_.again = true;
  EXPECT_EQ(Match({"a", "b"}), (List{"a", "b"}));
}

TEST_F(InputMatchTest, FilesOfNothingButAHeaderAreNoTwins) {
  Write("a", "x\n");
  Finished("a", 0);
  Write("b", "x\n");
  EXPECT_EQ(Match({"a", "b"}), (List{"a", "b"}));
  Write("c", Text(50));  // begins as they do
  EXPECT_EQ(Match({"c"}), (List{"a", "c"}));
  EXPECT_FALSE(matched_.inputs[1].end);
}

TEST_F(InputMatchTest, AHeaderThatGetsRowsGoesOn) {
  Write("a", "x\n");
  Write("b", Text(5));
  Finished("a", 0);
  Finished("b", 5);
  Write("a", "x\n77\n");
  EXPECT_EQ(Match({"a", "b"}), (List{"a", "b", "a"}));
  EXPECT_FALSE(matched_.inputs[2].end);
  EXPECT_EQ(Remarks(), "");
}

TEST_F(InputMatchTest, AgainLoadsARenamedFile) {
  Write("a", Text(50));
  Finished("a", 50);
  fs::rename(Path("a"), Path("b"));
  rules_.again = true;
  EXPECT_EQ(Match({"b"}), (List{"a", "b"}));
  EXPECT_FALSE(matched_.inputs[1].end);
}

TEST_F(InputMatchTest, ATouchedFileIsItself) {
  Write("a", Text(50));
  Finished("a", 50);
  fs::last_write_time(Path("a"), fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_EQ(Match({"a"}), (List{"a"}));
  EXPECT_EQ(Remarks(), "");
  EXPECT_EQ(matched_.known_elsewhere, 0U);
}

TEST_F(InputMatchTest, AnUnfinishedFileThatHasChangedNamesTheFirstChunk) {
  Write("b", "x\n3\n4\n");
  const InputPosition begin{0, ByteOffset{2}, RowNumber{0}, 0, {}};
  chunks_ = {{ChunkNumber{4}, begin, At("b", 4, 1), {}, 0},
             {ChunkNumber{5}, At("b", 4, 1), At("b", 6, 2), {}, 0}};
  Unfinished("b", 6, 2);
  Write("b", "x\n3\n7\n5\n");
  const std::string refusal = Refusal({"b"}, ExitCode::kInput);
  EXPECT_TRUE(Has(refusal, "in chunk 5, bytes 4 to 6")) << refusal;
}

TEST_F(InputMatchTest, AnUnfinishedFileThatIsShorterIsRefused) {
  Write("b", Text(50));
  Unfinished("b", 22, 10);
  Write("b", Text(3));
  EXPECT_TRUE(Has(Refusal({"b"}, ExitCode::kInput), "shorter"));
}

TEST_F(InputMatchTest, RowsBehindThePositionMayChange) {
  Write("b", "x\n3\n4\n");
  Unfinished("b", 4, 1);
  Write("b", "x\n3\n5\n6\n");
  EXPECT_EQ(Match({"b"}), (List{"b"}));
}

// A restart within a run has the sizes of the run's begin; a chunk committed since may tell of
// more.
TEST_F(InputMatchTest, AFileThatHasGrownSinceItWasLookedAtIsNotCalledShorter) {
  Write("a", Text(3));
  const InputFile looked_at = Identity("a");
  std::ofstream(Path("a"), std::ios::app) << "4\n5\n";
  Unfinished("a", 12, 5);
  const MatchedInputs matched = MatchInputs(
      rules_, was_, {looked_at}, [this] { return chunks_; }, context_);
  EXPECT_EQ(matched.inputs.size(), 1U);
}

// Loads of version 0.1.0 have no head keys.
TEST_F(InputMatchTest, AnOldLoadsLongFilesAreFoundByReadingThem) {
  Write("a", Text(200'000));
  Finished("a", 200'000);
  was_.inputs[0].head.reset();
  fs::rename(Path("a"), Path("b"));
  EXPECT_EQ(Match({"b"}), (List{"b"}));
  EXPECT_TRUE(matched_.inputs[0].end);
}

TEST_F(InputMatchTest, ALongFileOfAnotherTextIsReadNoFurtherThanItsHead) {
  Write("a", Text(200'000));
  Finished("a", 200'000);
  Write("b", Text(200'000, 7));
  bool told = false;
  rules_.notice = [&told](const std::string&) { told = true; };
  EXPECT_EQ(Match({"a", "b"}), (List{"a", "b"}));
  EXPECT_FALSE(matched_.inputs[1].end);
  EXPECT_FALSE(told);
}

// An audit compares whatever it is given.
TEST_F(InputMatchTest, AnAuditRefusesNothing) {
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Finished("a", 50);
  Finished("b", 50);
  rules_.audit = true;
  Write("b", Text(50, 300));
  fs::rename(Path("a"), Path("c"));
  EXPECT_EQ(Match({"b", "c"}), (List{"c", "b"}));
  Match({"b"});
  EXPECT_EQ(matched_.given, (std::vector<bool>{false, true}));
}

TEST_F(InputMatchTest, AnAuditOfOneFileTakesIt) {
  Write("a", Text(50));
  Finished("a", 50);
  rules_.audit = true;
  Write("z", Text(50, 300));
  EXPECT_EQ(Match({"z"}), (List{"z"}));
}

// Of a watched folder.
TEST_F(InputMatchTest, WatchedACopyIsKnownAndTheFileItselfStays) {
  Write("a", Text(2));
  Finished("a", 2);
  Write("b", Text(2));
  Write("c", Text(2));
  rules_.watched = true;
  EXPECT_EQ(Match({"a", "b", "c"}), (List{"a"}));
  EXPECT_EQ(matched_.input_of, (std::vector<std::size_t>{0, 0, 0}));
  EXPECT_TRUE(Has(Remarks(), "b is " + Path("a") + ", loaded before (2 rows)")) << Remarks();
  EXPECT_EQ(matched_.known_elsewhere, 2U);
}

TEST_F(InputMatchTest, WatchedAnUnreadFileMayGoAgain) {
  Write("a", Text(2));
  Finished("a", 2);
  Write("b", Text(2, 10));
  was_.inputs.push_back(Identity("b"));
  rules_.watched = true;
  EXPECT_EQ(Match({}), (List{"a", "b"}));
  ASSERT_TRUE(matched_.inputs[1].end);
  EXPECT_EQ(matched_.inputs[1].end->row.value, 0U);
  EXPECT_EQ(matched_.inputs[1].end->file, 1U);
  EXPECT_TRUE(Has(Remarks(), "is gone"));
}

TEST_F(InputMatchTest, RotatedANameComesAgainWithoutAWord) {
  Write("a", Text(2));
  Finished("a", 2);
  Write("a", Text(3, 10));
  rules_.watched = rules_.rotated = true;
  EXPECT_EQ(Match({"a"}), (List{"a", "a"}));
  EXPECT_EQ(Remarks(), "");
}

TEST_F(InputMatchTest, OneThatIsRefusedIsToldAndTheOthersGoOn) {
  Write("a", Text(2));
  Finished("a", 2);
  Write("a", Text(3, 10));
  Write("b", Text(2, 20));
  std::vector<std::size_t> refused;
  rules_.refused = [&](std::size_t g, const Error&) { refused.push_back(g); };
  EXPECT_EQ(Match({"a", "b"}), (List{"a", "b"}));
  EXPECT_EQ(refused, std::vector<std::size_t>{0});
  EXPECT_EQ(matched_.input_of, (std::vector<std::size_t>{kNoInput, 1}));
}

// Its text is known, its seam is not one: asked again as a new file it would be refused as a twin.
TEST_F(InputMatchTest, OneThatIsRefusedIsToldOnce) {
  Write("a", "x\n1\n2");
  Finished("a", 2);
  std::ofstream(Path("a"), std::ios::app) << "3\n";
  std::vector<std::size_t> refused;
  rules_.refused = [&](std::size_t g, const Error&) { refused.push_back(g); };
  Match({"a"});
  EXPECT_EQ(refused, std::vector<std::size_t>{0});
  EXPECT_EQ(matched_.input_of, std::vector<std::size_t>{kNoInput});
}

// Where there are more files than inputs the text says more than a name, else the name does.
TEST_F(InputMatchTest, AnAuditGoesByTextsWhereThereAreMoreFiles) {
  rules_.audit = true;
  Write("a", Text(50));
  Finished("a", 50);
  Write("b", Text(50));
  Write("a", Text(50, 300));
  EXPECT_EQ(Match({"a", "b"}), (List{"b", "a"}));
  EXPECT_EQ(matched_.input_of, (std::vector<std::size_t>{1, 0}));
  Write("a", Text(50));
  Match({"a", "b"});
  EXPECT_EQ(matched_.input_of, (std::vector<std::size_t>{0, 0}));
  EXPECT_EQ(Remarks(), Path("b") + " has rows of " + Path("a") + ", which count once\n");
}

TEST_F(InputMatchTest, AnAuditOfAsManyFilesGoesByNames) {
  rules_.audit = true;
  Write("a", Text(50));
  Write("b", Text(50, 100));
  Finished("a", 50);
  Finished("b", 50);
  Write("a", Text(50, 100));
  Write("b", Text(50));
  EXPECT_EQ(Match({"b", "a"}), (List{"a", "b"}));
  EXPECT_EQ(matched_.input_of, (std::vector<std::size_t>{1, 0}));
}

// A path is one file's; the last part of it may be several's.
TEST_F(InputMatchTest, AnAuditTakesANameWhereItIsTheOnlyOne) {
  rules_.audit = true;
  for (const char* name : {"1/x", "2/x", "y"}) {
    Write(name, Text(50));
    Finished(name, 50);
    was_.inputs.back().head = HeadKey{Digest{was_.inputs.size()}};
    was_.inputs.back().end->prefix.tail = Digest{was_.inputs.size()};
  }
  for (const char* name : {"1/x", "2/x", "3/y", "4/x"}) Write(name, Text(40, 300));
  Match({"3/y", "2/x", "1/x"});
  EXPECT_EQ(matched_.input_of, (std::vector<std::size_t>{2, 1, 0}));
  fs::remove(Path("4/x"));
  Write("4/x", Text(40, 400));
  Match({"1/x", "4/x"});
  EXPECT_EQ(matched_.input_of, (std::vector<std::size_t>{0, 3})) << "two files are called so";
}

// Nothing of it is in Kafka, and no other file has the name.
TEST_F(InputMatchTest, AnUnreadFileThatIsWrittenAnewElsewhereIsKnownByItsName) {
  Write("a", Text(50));
  Write("in/b.csv", Text(50, 100));
  Unfinished("a", 22, 10);
  was_.inputs.push_back(Identity("in/b.csv"));
  Write("out/b.csv", Text(50, 300));
  fs::remove(Path("in/b.csv"));
  EXPECT_EQ(Match({"a", "out/b.csv"}), (List{"a", "out/b.csv"}));
  EXPECT_EQ(matched_.first_new, 2U);
}

// Any order would do; but each start has to find the same.
TEST_F(InputMatchTest, OfInputsThatAreAlikeTheFirstIsMeant) {
  Write("a", Text(50));
  Write("b", Text(50));
  Write("c", Text(50, 100));
  Write("d", Text(50, 100));
  Finished("a", 50);
  Finished("b", 50);
  was_.inputs.push_back(Identity("c"));
  was_.inputs.push_back(Identity("d"));
  for (const char* name : {"1", "2"}) Write(name, Text(50));
  for (const char* name : {"3", "4"}) Write(name, Text(50, 100));
  for (const char* name : {"a", "b", "c", "d"}) fs::remove(Path(name));
  EXPECT_EQ(Match({"1", "2", "3", "4"}), (List{"1", "2", "3", "4"}));
}

TEST_F(InputMatchTest, WatchedACopyStandsForAFileThatIsGone) {
  Write("a", Text(2));
  Finished("a", 2);
  Write("b", Text(2));
  fs::remove(Path("a"));
  rules_.watched = true;
  EXPECT_EQ(Match({"b"}), (List{"a"}));
  EXPECT_EQ(matched_.given, std::vector<bool>{true});
  EXPECT_EQ(matched_.input_of, std::vector<std::size_t>{0});
  EXPECT_EQ(matched_.known_elsewhere, 1U);
  EXPECT_EQ(matched_.remarks.size(), 1U);
}

TEST_F(InputMatchTest, AFileWhoseHeadWasNotLookedAtKeepsTheOneThatIsKnown) {
  Write("a", Text(50));
  Unfinished("a", 22, 10);
  InputFile given = Identity("a");
  given.head.reset();
  const auto match = [&] {
    return MatchInputs(
        rules_, was_, {given}, [this] { return chunks_; }, context_);
  };
  EXPECT_EQ(match().inputs[0].head, was_.inputs[0].head);
  was_.position.row = RowNumber{0};
  EXPECT_FALSE(match().inputs[0].head) << "of an unread one it may be another text's";
}

TEST_F(InputMatchTest, AnUnfinishedFilesNameElsewhereIsNotTakenForIt) {
  Write("in/a", Text(50));
  Unfinished("in/a", 22, 10);
  Write("out/a", Text(50, 300));
  fs::remove(Path("in/a"));
  EXPECT_TRUE(Has(Refusal({"out/a"}, ExitCode::kInput), "the file has changed: its first 22"));
}

TEST_F(InputMatchTest, AChangedFileOfTheSameSizeIsNotCalledShorter) {
  Write("b", "x\n3\n4\n");
  Unfinished("b", 6, 2);
  Write("b", "x\n7\n8\n");
  EXPECT_TRUE(Has(Refusal({"b"}, ExitCode::kInput), "the file has changed: its first 6 bytes"));
}

}  // namespace
}  // namespace onceload
