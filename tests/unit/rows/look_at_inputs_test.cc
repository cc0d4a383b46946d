// What a start reads of files that the load has finished with.
#include "onceload/rows/look_at_inputs.h"

#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "onceload/core/error.h"
#include "onceload/source/source_file.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

class LookAtInputsTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) { return directory_ / name; }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name), std::ios::binary) << text;
  }
  // As many bytes of another text, as old as before: the file system tells no difference.
  void Forge(const std::string& name, const std::string& text) {
    struct stat before {};
    ASSERT_EQ(stat(Path(name).c_str(), &before), 0);
    Write(name, text);
    const timespec times[] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(utimensat(AT_FDCWD, Path(name).c_str(), times, 0), 0);
  }
  void Finished(const std::string& name, std::uint64_t rows) {
    InputFile file = SourceFile(Path(name)).identity();
    file.end = InputPosition{.byte = ByteOffset{file.size}, .row = RowNumber{rows}};
    files_.push_back(file);
  }
  Inputs Look(const std::vector<std::string>& names, const std::vector<std::string>& columns) {
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back(Path(name));
    const KnownInputs known{files_, columns};
    return LookAtInputs(paths, Encoding::kUtf8, Dialect(), false, kRecordBytesMax, &known);
  }

  TempDir directory_;
  std::vector<InputFile> files_;
};

TEST_F(LookAtInputsTest, AFileThatIsAsTheLoadHasLeftItIsNotOpened) {
  Write("a", "x,y\n1,2\n");
  Finished("a", 1);
  Forge("a", "p,q\n1,2\n");
  const Inputs inputs = Look({"a"}, {"y", "x"});
  EXPECT_EQ(inputs.columns, (std::vector<std::string>{"y", "x"}));
  ASSERT_EQ(inputs.files.size(), 1U);
  EXPECT_TRUE(SameFile(inputs.files[0], files_[0]));
  EXPECT_EQ(inputs.text_bytes, 8U);
}

TEST_F(LookAtInputsTest, AFileThatWasTouchedIsOpened) {
  Write("a", "x,y\n1,2\n");
  Finished("a", 1);
  files_[0].mtime_ns -= 1;
  Write("a", "p,q\n1,2\n");
  EXPECT_EQ(Look({"a"}, {"x", "y"}).columns, (std::vector<std::string>{"p", "q"}));
}

TEST_F(LookAtInputsTest, ANewFileIsHeldAgainstTheLoadsColumns) {
  Write("a", "x,y\n1,2\n");
  Write("b", "p,q\n1,2\n");
  Finished("a", 1);
  EXPECT_THROW(Look({"a", "b"}, {"x", "y"}), Error);
  EXPECT_THROW(Look({"b", "a"}, {"x", "y"}), Error);
}

// A file without a row keeps none: it is told by its name, and not by what many begin with.
TEST_F(LookAtInputsTest, OnlyRowsMakeAHead) {
  Write("a", "x,y\n");
  Write("b", "x,y\n1,2\n");
  const Inputs inputs = Look({"a", "b"}, {});
  EXPECT_FALSE(inputs.files[0].head);
  EXPECT_EQ(inputs.files[1].head, (HeadKey{DigestOf("x,y\n1,2\n"), 8}));
  const Inputs plan = LookAtInputs({Path("b")}, Encoding::kUtf8, Dialect(), false, kRecordBytesMax);
  EXPECT_FALSE(plan.files[0].head) << "a plan needs none";
}

}  // namespace
}  // namespace onceload
