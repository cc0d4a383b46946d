#include "source/file_bytes.h"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onceload/source/input_error.h"

namespace onceload {
namespace {

static_assert(sizeof(off_t) == 8, "files over 2 GiB: compile with -D_FILE_OFFSET_BITS=64");

constexpr const char* kSaveFirst =
    "a load must be able to read its input again from any byte: save it to a file first";

Error OpenError(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return InputError("the input file does not exist", path, {}, "check the path");
    case EACCES:
    case EPERM:
      return InputError("no permission to read the input file", path, {},
                        "let this user read it and enter the folders above it");
    case ENXIO:  // what open() says of a socket's path
      return InputError("a socket is no input file", path, {}, kSaveFirst);
    default:
      return InputError("cannot open the input file (" + Reason(error) + ")", path, {}, "");
  }
}

// What the file is if it can't be loaded; nullptr for a regular file or a block device.
const char* WhyUnfit(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory is no input file";
  if (S_ISFIFO(mode)) return "a pipe is no input file";
  if (S_ISSOCK(mode)) return "a socket is no input file";
  if (S_ISCHR(mode)) return "a terminal or device is no input file";
  return nullptr;
}

int Open(const std::string& path) {
  for (;;) {
    // Without O_NONBLOCK, opening a pipe nobody writes to would wait instead of being refused;
    // regular files do not heed it. Asking stat() before open() would leave a gap between the two.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor >= 0) return descriptor;
    if (errno != EINTR) throw OpenError(path, errno);
  }
}

// A block device has a size, but fstat() does not tell it.
std::uint64_t SizeOf(int descriptor, const struct stat& status) {
  if (!S_ISBLK(status.st_mode)) return static_cast<std::uint64_t>(status.st_size);
  const off_t end = ::lseek(descriptor, 0, SEEK_END);
  return end < 0 ? 0 : static_cast<std::uint64_t>(end);
}

InputFile FactsOf(const struct stat& status, const std::string& path) {
  InputFile identity;
  identity.path = path;
  identity.size = static_cast<std::uint64_t>(status.st_size);
  identity.mtime_ns =
      std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + std::int64_t{status.st_mtim.tv_nsec};
  identity.inode = status.st_ino;
  identity.device = status.st_dev;
  return identity;
}

InputFile Identify(int descriptor, const std::string& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    throw InputError("cannot examine the input file (" + Reason(errno) + ")", path, {}, "");
  }
  if (const char* unfit = WhyUnfit(status.st_mode)) {
    throw InputError(unfit, path, {},
                     S_ISDIR(status.st_mode) ? "name the files in it" : kSaveFirst);
  }
  InputFile identity = FactsOf(status, path);
  identity.size = SizeOf(descriptor, status);
  return identity;
}

// The bytes of an open file from `at` up to the size it had when it was opened.
class FileStream final : public ByteStream {
 public:
  // Does not own the descriptor. `size`: what lies behind it belongs to another run.
  FileStream(int descriptor, std::uint64_t at, std::uint64_t size)
      : descriptor_(descriptor), size_(size), at_(at) {}

  // Interrupted and short reads are continued.
  std::size_t Read(std::span<char> into) override;
  const std::optional<StreamFault>& fault() const override { return fault_; }
  std::uint64_t consumed() const override { return at_; }

 private:
  int descriptor_;
  std::uint64_t size_;
  std::uint64_t at_;
  std::optional<StreamFault> fault_;
};

std::size_t FileStream::Read(std::span<char> into) {
  const std::uint64_t left = at_ < size_ ? size_ - at_ : 0;
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left));
  std::size_t done = 0;
  while (done < want && !fault_) {
    const ssize_t n =
        ::pread(descriptor_, into.data() + done, want - done, static_cast<off_t>(at_));
    if (n > 0) {
      done += static_cast<std::size_t>(n);
      at_ += static_cast<std::uint64_t>(n);
    } else if (n == 0) {
      // Rows that are gone must not pass for rows that are done.
      fault_ = {
          "the input became shorter while it was read: it had " + std::to_string(size_) + " bytes",
          at_, "load a file that nobody writes to"};
    } else if (errno != EINTR) {
      fault_ = {"cannot read the input (" + Reason(errno) + ")", at_,
                "once the file can be read again, the same command goes on"};
    }
  }
  return done;
}

}  // namespace

FileBytes::FileBytes(const std::string& path)
    : descriptor_(Open(path)), identity_(Identify(descriptor_.value(), path)) {
  // A hint: a larger read-ahead. Where it fails, reading is slower and still right.
  static_cast<void>(::posix_fadvise(descriptor_.value(), 0, 0, POSIX_FADV_SEQUENTIAL));
}

std::optional<InputFile> FileBytes::IdentityOf(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FactsOf(status, path);
}

InputFile FileBytes::Now() const { return Identify(descriptor_.value(), identity_.path); }

std::unique_ptr<ByteStream> FileBytes::From(std::uint64_t at) const {
  return std::make_unique<FileStream>(descriptor_.value(), at, identity_.size);
}

}  // namespace onceload
