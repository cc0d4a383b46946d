#include "watch/ready_files.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

using Kind = ReadyRule::Kind;

InputFile File(const std::string& path, std::uint64_t size = 1, std::int64_t mtime_ns = 1) {
  InputFile file;
  file.path = path;
  file.size = size;
  file.mtime_ns = mtime_ns;
  return file;
}

std::vector<std::string> Names(const std::vector<InputFile>& files) {
  std::vector<std::string> names;
  for (const InputFile& file : files) names.push_back(file.path);
  return names;
}

TEST(ReadyFiles, NamesThatAreWrittenToAreNeverTaken) {
  ReadyFiles ready{ReadyRule{}};
  std::vector<InputFile> files{File("a.csv"), File("b.csv.tmp"), File("c.part"),
                               File("d.filepart")};
  ready.Note(files, Duration{0});
  EXPECT_EQ(Names(files), std::vector<std::string>{"a.csv"});
  EXPECT_TRUE(ready.IsReady(files[0]));
}

TEST(ReadyFiles, AMarkerMakesItsFileReadyAndIsNoFileItself) {
  ReadyFiles ready({Kind::kMarker, Duration{0}, ".done"});
  std::vector<InputFile> files{File("a.csv"), File("a.csv.done"), File("b.csv")};
  ready.Note(files, Duration{0});
  ASSERT_EQ(Names(files), (std::vector<std::string>{"a.csv", "b.csv"}));
  EXPECT_TRUE(ready.IsReady(files[0]));
  EXPECT_FALSE(ready.IsReady(files[1]));
  EXPECT_EQ(ready.MarkerOf("a.csv"), "a.csv.done");
  EXPECT_EQ(ready.MarkerOf("b.csv"), "");
}

TEST(ReadyFiles, AgeCountsFromTheLastChange) {
  ReadyFiles ready({Kind::kAge, Duration{60'000}, ""});
  const auto look = [&](const InputFile& file, std::int64_t seconds) {
    std::vector<InputFile> files{file};
    ready.Note(files, Duration{seconds * 1000});
    return ready.IsReady(files[0]);
  };
  EXPECT_FALSE(look(File("a"), 1'000'000)) << "one look tells nothing";
  EXPECT_FALSE(look(File("a"), 1'000'059));
  EXPECT_FALSE(look(File("a", 2), 1'000'060)) << "its size";
  EXPECT_FALSE(look(File("a", 2, 2), 1'000'119)) << "its time";
  EXPECT_FALSE(look(File("a", 2, 2), 1'000'178));
  EXPECT_TRUE(look(File("a", 2, 2), 1'000'179));
}

}  // namespace
}  // namespace onceload
