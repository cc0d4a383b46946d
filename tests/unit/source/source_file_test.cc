#include "onceload/source/source_file.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::ErrorOf;
using csv_testing::TempFile;

// A path in a folder of its own, for what TempFile does not make.
class SourceFileRefuses : public ::testing::Test {
 protected:
  SourceFileRefuses() {
    std::string pattern = ::testing::TempDir() + "onceload_source_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SourceFileRefuses() override { std::filesystem::remove_all(folder_); }

  std::string Path() const { return folder_ + "/input.csv"; }

  static Error Refusal(const std::string& path) {
    Error error = ErrorOf([&] { const SourceFile file(path); });
    EXPECT_EQ(error.code(), ExitCode::kInput);
    EXPECT_EQ(error.where(), path);
    EXPECT_NE(error.advice(), "");
    return error;
  }

  std::string folder_;
};

std::size_t OpenDescriptors() {
  std::size_t n = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    static_cast<void>(entry);
    ++n;
  }
  return n;
}

TEST_F(SourceFileRefuses, AMissingFile) {
  EXPECT_STREQ(Refusal(Path()).what(), "the input file does not exist");
  EXPECT_STREQ(Refusal("/proc/version/x").what(), "the input file does not exist");
}

TEST_F(SourceFileRefuses, AFileWithoutPermission) {
  { std::ofstream(Path()) << "a\n"; }
  std::filesystem::permissions(Path(), std::filesystem::perms::none);
  std::filesystem::permissions(folder_, std::filesystem::perms::all);
  const uid_t user = ::geteuid();
  if (user == 0) {  // who may read everything
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const Error error = Refusal(Path());
  ASSERT_EQ(::seteuid(user), 0);
  EXPECT_STREQ(error.what(), "no permission to read the input file");
}

TEST_F(SourceFileRefuses, ADirectory) {
  EXPECT_STREQ(Refusal(folder_).what(), "a directory is no input file");
}

TEST_F(SourceFileRefuses, APipeWithoutWaitingForAWriter) {
  ASSERT_EQ(::mkfifo(Path().c_str(), 0600), 0);
  const Error error = Refusal(Path());
  EXPECT_STREQ(error.what(), "a pipe is no input file");
  EXPECT_NE(error.advice().find("save it to a file first"), std::string::npos);
}

TEST_F(SourceFileRefuses, AnUnnamedPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  EXPECT_STREQ(Refusal("/dev/fd/" + std::to_string(ends[0])).what(), "a pipe is no input file");
  for (const int end : ends) ::close(end);
}

TEST_F(SourceFileRefuses, ASocket) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = Path();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(static_cast<char*>(address.sun_path), path.size());
  ASSERT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_STREQ(Refusal(path).what(), "a socket is no input file");
  ::close(descriptor);
}

TEST_F(SourceFileRefuses, ATerminalOrAnotherDevice) {
  EXPECT_STREQ(Refusal("/dev/null").what(), "a terminal or device is no input file");
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) GTEST_SKIP() << "no terminals here";
  const std::string path = "/dev/fd/" + std::to_string(terminal);
  EXPECT_STREQ(Refusal(path).what(), "a terminal or device is no input file");
  ::close(terminal);
}

TEST_F(SourceFileRefuses, WithoutLeakingADescriptor) {
  const std::size_t before = OpenDescriptors();
  static_cast<void>(Refusal(folder_));
  static_cast<void>(Refusal("/dev/null"));
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(SourceFile, IdentityIsWhatFstatTells) {
  const TempFile temp("0123456789");
  const SourceFile file(temp.path());
  struct stat status {};
  ASSERT_EQ(::stat(temp.path().c_str(), &status), 0);
  EXPECT_EQ(file.path(), temp.path());
  EXPECT_EQ(file.identity().path, temp.path());
  EXPECT_EQ(file.identity().size, 10U);
  EXPECT_EQ(file.identity().inode, status.st_ino);
  EXPECT_EQ(file.identity().device, status.st_dev);
  EXPECT_EQ(file.identity().mtime_ns,
            status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec);
}

TEST(SourceFile, ReadAtFillsFromAnyByteAndIsShortOnlyAtTheEnd) {
  const std::string bytes = "0123456789";
  const TempFile temp(bytes);
  const SourceFile file(temp.path());
  for (std::size_t at = 0; at < 13; ++at) {
    for (std::size_t size = 0; size < 13; ++size) {
      std::string into(size, '#');
      const std::size_t n = file.ReadAt(ByteOffset{at}, into);
      const std::string expected = at < bytes.size() ? bytes.substr(at, size) : "";
      ASSERT_EQ(into.substr(0, n), expected) << at << ' ' << size;
      ASSERT_EQ(into.substr(n), std::string(size - n, '#'));
    }
  }
}

// Lets the descriptor that `file` reads from lead to `target` instead.
void Redirect(const SourceFile& file, const char* target) {
  const int descriptor = ::open(target, O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  std::vector<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    if (std::filesystem::read_symlink(entry, ignored) != file.path()) continue;
    found.push_back(std::stoi(entry.path().filename()));
  }
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(::dup2(descriptor, found[0]), found[0]);
  ::close(descriptor);
}

TEST(SourceFile, AReadErrorNamesFileByteAndReason) {
  const TempFile temp("0123456789");
  const SourceFile file(temp.path());
  Redirect(file, "/proc/self/mem");  // has nothing at address 0
  std::array<char, 8> into{};
  const Error error = ErrorOf([&] { static_cast<void>(file.ReadAt(ByteOffset{2}, into)); });
  EXPECT_EQ(error.code(), ExitCode::kInput);
  EXPECT_STREQ(error.what(), "cannot read the input (Input/output error)");
  EXPECT_EQ(error.where(), temp.path() + ", byte 2");
  EXPECT_NE(error.advice(), "");
}

TEST(SourceFile, BytesBeforeAReadErrorAreReturnedFirst) {
  // /proc/self/mem is a file with bytes up to where the memory mapped here ends.
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  constexpr std::uint64_t kAddress = 0x1000'0000;
  void* const memory = ::mmap(reinterpret_cast<void*>(kAddress), page, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory == MAP_FAILED) GTEST_SKIP() << "that address is taken";
  const std::string text = "a\n1\n2\n3";
  text.copy(static_cast<char*>(memory) + page - text.size(), text.size());
  const TempFile temp("");
  std::filesystem::resize_file(temp.path(), kAddress + 2 * page);
  const SourceFile file(temp.path());
  Redirect(file, "/proc/self/mem");
  const ByteOffset at{kAddress + page - text.size()};
  std::string into(100, '#');
  EXPECT_EQ(file.ReadAt(at, into), text.size());
  EXPECT_EQ(into.substr(0, text.size()), text);
  EXPECT_EQ(file.consumed(), kAddress + page);
  const Error error =
      ErrorOf([&] { static_cast<void>(file.ReadAt(ByteOffset{kAddress + page}, into)); });
  EXPECT_EQ(error.where(), temp.path() + ", byte " + std::to_string(kAddress + page));
  ::munmap(memory, page);
}

TEST(SourceFile, WhatIsAppendedLaterIsNotRead) {
  const TempFile temp("a\n1\n");
  const SourceFile file(temp.path());
  temp.Write("a\n1\n2\n");
  std::array<char, 8> into{};
  EXPECT_EQ(file.ReadAt(ByteOffset{2}, into), 2U);
  EXPECT_EQ(file.ReadAt(ByteOffset{4}, into), 0U);
  EXPECT_EQ(file.ReadAt(ByteOffset{6}, into), 0U);
}

TEST(SourceFile, AFileThatHasBecomeShorterIsAnErrorBehindWhatIsLeft) {
  const TempFile temp("a\n1\n2\n");
  const SourceFile file(temp.path());
  temp.Write("a\n1");
  std::array<char, 8> into{};
  EXPECT_EQ(file.ReadAt(ByteOffset{0}, into), 3U);
  for (const std::uint64_t at : {3U, 4U}) {
    const Error error = ErrorOf([&] { static_cast<void>(file.ReadAt(ByteOffset{at}, into)); });
    EXPECT_EQ(error.code(), ExitCode::kInput);
    EXPECT_EQ(error.where(), temp.path() + ", byte " + std::to_string(at));
    EXPECT_NE(std::string(error.what()).find("became shorter"), std::string::npos);
  }
}

TEST(SourceFile, APlainFileHasNoCoding) {
  const TempFile temp("0123456789");
  const SourceFile file(temp.path());
  EXPECT_TRUE(file.plain());
  EXPECT_EQ(file.coding(), "");
  EXPECT_EQ(file.consumed(), 0U);
  std::array<char, 4> into{};
  static_cast<void>(file.ReadAt(ByteOffset{3}, into));
  EXPECT_EQ(file.consumed(), 7U);
}

TEST(SourceFile, TheDescriptorIsClosedOnceAndNotInherited) {
  const TempFile temp("x");
  const std::size_t before = OpenDescriptors();
  {
    SourceFile first(temp.path());
    const SourceFile second(std::move(first));
    EXPECT_EQ(OpenDescriptors(), before + 1);
    EXPECT_EQ(second.path(), temp.path());
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code ignored;
      if (std::filesystem::read_symlink(entry, ignored) != second.path()) continue;
      const int descriptor = std::stoi(entry.path().filename());
      EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
    }
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(SourceFile, AMovedFileOutlivesTheOneItCameFrom) {
  const TempFile temp("x");
  auto first = std::make_unique<SourceFile>(temp.path());
  const SourceFile second(std::move(*first));
  first.reset();
  std::array<char, 2> into{};
  EXPECT_EQ(second.ReadAt(ByteOffset{0}, into), 1U);
}

}  // namespace
}  // namespace onceload
