#include "source/standard_input.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "onceload/core/error.h"
#include "support/power_cut.h"
#include "support/temp_dir.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::ErrorOf;
using csv_testing::ReadFile;

// A pipe that somebody writes `bytes` into.
class Pipe {
 public:
  explicit Pipe(std::string bytes) {
    if (::pipe(ends_.data()) != 0) throw std::runtime_error("pipe");
    writer_ = std::thread([this, bytes = std::move(bytes)] {
      for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t n = ::write(ends_[1], bytes.data() + at, bytes.size() - at);
        if (n <= 0) break;
        at += static_cast<std::size_t>(n);
      }
      ::close(ends_[1]);
    });
  }
  ~Pipe() {
    writer_.join();
    ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int descriptor() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{};
  std::thread writer_;
};

std::size_t FilesIn(const std::filesystem::path& directory) {
  const auto begin = std::filesystem::directory_iterator(directory);
  return static_cast<std::size_t>(std::distance(begin, {}));
}

TEST(SpoolStandardInput, KeepsAllBytesUnderTheName) {
  const TempDir dir;
  std::string bytes(3'000'000, 'x');
  bytes[1'500'000] = '\0';
  const Pipe pipe(bytes);
  const SpooledInput spooled = SpoolStandardInput(dir / "a/b", "load", pipe.descriptor());
  EXPECT_EQ(spooled.path, dir / "a/b/load");
  EXPECT_FALSE(spooled.reused);
  EXPECT_TRUE(ReadFile(spooled.path) == bytes);
  EXPECT_EQ(FilesIn(dir / "a/b"), 1U);
}

// A part of it would be taken for all of it by the next run; and once a chunk is committed nobody
// can send the input again.
TEST(SpoolStandardInput, APowerCutLeavesAllOfItOrNothing) {
  const TempDir dir;
  const std::string bytes(100'000, 'x');
  const std::string path = dir / "made/for it/load";
  int instants = 0;
  const AtEachSync at_each_sync([&] {
    ++instants;
    if (!std::filesystem::exists(path)) return;
    const std::int64_t left = BytesAfterPowerCut(path, dir.path());
    EXPECT_TRUE(left == -1 || left == static_cast<std::int64_t>(bytes.size())) << left;
  });
  const Pipe pipe(bytes);
  SpoolStandardInput(dir / "made/for it", "load", pipe.descriptor());
  EXPECT_GE(instants, 3) << "its bytes, its name, its directory";
  EXPECT_EQ(BytesAfterPowerCut(path, dir.path()), static_cast<std::int64_t>(bytes.size()));
}

TEST(SpoolStandardInput, AFileThatIsThereIsUsedAndNothingIsRead) {
  const TempDir dir;
  { std::ofstream(dir / "load") << "old\n"; }
  const SpooledInput spooled = SpoolStandardInput(dir.path(), "load", -1);  // reading would fail
  EXPECT_EQ(spooled.path, dir / "load");
  EXPECT_TRUE(spooled.reused);
  EXPECT_EQ(ReadFile(spooled.path), "old\n");
}

TEST(SpoolStandardInput, NoNameLeadsOutOfTheDirectory) {
  const TempDir dir;
  const auto name = [&](const std::string& load) {
    const Pipe pipe("x");
    const SpooledInput spooled = SpoolStandardInput(dir.path(), load, pipe.descriptor());
    EXPECT_EQ(std::filesystem::path(spooled.path).parent_path(), dir.path());
    return std::filesystem::path(spooled.path).filename().string();
  };
  EXPECT_EQ(name("topic/file.csv"), "topic%2Ffile.csv");
  EXPECT_EQ(name("topic%2Ffile.csv"), "topic%252Ffile.csv");
  EXPECT_EQ(name(".."), "%2E.");
  EXPECT_EQ(name("a\nb"), "a%0Ab");
}

TEST(SpoolStandardInput, AReadErrorLeavesNothingBehind) {
  const TempDir dir;
  const int unreadable = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const Error error = ErrorOf([&] { SpoolStandardInput(dir.path(), "load", unreadable); });
  ::close(unreadable);
  EXPECT_EQ(error.code(), ExitCode::kInput);
  EXPECT_NE(std::string(error.what()).find("cannot read standard input"), std::string::npos);
  EXPECT_EQ(FilesIn(dir.path()), 0U);
}

TEST(SpoolStandardInput, ATerminalIsRefused) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) GTEST_SKIP() << "no terminals here";
  const TempDir dir;
  const Error error = ErrorOf([&] { SpoolStandardInput(dir.path(), "load", terminal); });
  ::close(terminal);
  EXPECT_EQ(error.code(), ExitCode::kUsage);
}

TEST(SpoolStandardInput, ADirectoryThatCannotBeMadeIsNamed) {
  const TempDir dir;
  { std::ofstream(dir / "file") << "x"; }
  const Error error = ErrorOf([&] { SpoolStandardInput(dir / "file/sub", "load", -1); });
  EXPECT_EQ(error.code(), ExitCode::kUsage);
  EXPECT_EQ(error.where(), dir / "file/sub");
  EXPECT_NE(error.advice(), "");
}

TEST(SpoolStandardInput, WhatAnotherCommandPutThereMeanwhileStays) {
  const TempDir dir;
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  std::thread other([&] {  // while the copy waits for input
    while (FilesIn(dir.path()) == 0) std::this_thread::yield();
    std::ofstream(dir / "load") << "theirs";
    ::close(ends[1]);
  });
  const Error error = ErrorOf([&] { SpoolStandardInput(dir.path(), "load", ends[0]); });
  other.join();
  ::close(ends[0]);
  EXPECT_EQ(error.code(), ExitCode::kUsage);
  EXPECT_EQ(ReadFile(dir / "load"), "theirs");
  EXPECT_EQ(FilesIn(dir.path()), 1U);
}

}  // namespace
}  // namespace onceload
