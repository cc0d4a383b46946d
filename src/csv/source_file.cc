#include "onceload/csv/source_file.h"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csv/input_error.h"

namespace onceload {
namespace {

static_assert(sizeof(off_t) == 8, "files over 2 GiB: compile with -D_FILE_OFFSET_BITS=64");

constexpr const char* kSaveFirst =
    "a load must be able to read its input again from any byte: save it to a file first";

std::string Reason(int error) { return std::generic_category().message(error); }

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

InputFile Identify(int descriptor, const std::string& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    throw InputError("cannot examine the input file (" + Reason(errno) + ")", path, {}, "");
  }
  if (const char* unfit = WhyUnfit(status.st_mode)) {
    throw InputError(unfit, path, {},
                     S_ISDIR(status.st_mode) ? "name the files in it" : kSaveFirst);
  }
  InputFile identity;
  identity.path = path;
  identity.size = static_cast<std::uint64_t>(status.st_size);
  identity.mtime_ns =
      std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + std::int64_t{status.st_mtim.tv_nsec};
  identity.inode = status.st_ino;
  identity.device = status.st_dev;
  return identity;
}

}  // namespace

SourceFile::SourceFile(const std::string& path) : descriptor_(Open(path)) {
  try {
    identity_ = Identify(descriptor_, path);
  } catch (...) {  // a constructor that throws runs no destructor
    ::close(descriptor_);
    throw;
  }
  // A hint: a larger read-ahead. Where it fails, reading is slower and still right.
  static_cast<void>(::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL));
}

SourceFile::~SourceFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

SourceFile::SourceFile(SourceFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), identity_(std::move(other.identity_)) {}

std::size_t SourceFile::ReadAt(ByteOffset at, std::span<char> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto offset = static_cast<off_t>(at.value + done);
    const ssize_t n = ::pread(descriptor_, into.data() + done, into.size() - done, offset);
    if (n == 0) break;
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      throw InputError("cannot read the input (" + Reason(errno) + ")", path(),
                       ByteOffset{at.value + done},
                       "once the file can be read again, the same command goes on");
    }
  }
  return done;
}

}  // namespace onceload
