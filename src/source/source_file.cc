#include "onceload/source/source_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onceload/core/descriptor.h"
#include "onceload/source/input_error.h"
#include "source/decompressor.h"
#include "source/file_stream.h"
#include "source/transcoder.h"

namespace onceload {
namespace {

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

}  // namespace

// The chain of streams that makes the text, and where in the text it stands.
class SourceFile::Text {
 public:
  explicit Text(int descriptor) : descriptor_(descriptor) {}

  int descriptor() const { return descriptor_.value(); }

  // Finds out how the text is made of the file's first `size` bytes; returns coding().
  std::string Open(std::uint64_t size, Encoding encoding);

  std::size_t ReadAt(std::uint64_t at, std::span<char> into, const std::string& path);

  std::uint64_t consumed() const { return stream_->consumed(); }

 private:
  void Rewind();
  void GoTo(std::uint64_t at);
  Error FaultError(const std::string& path) const;

  Descriptor descriptor_;
  std::uint64_t size_ = 0;
  std::string_view compression_;  // "": none
  Encoding encoding_ = Encoding::kUtf8;
  std::size_t mark_bytes_ = 0;  // a UTF-16 byte order mark before the text
  std::unique_ptr<ByteStream> stream_;
  FileStream* plain_ = nullptr;  // stream_, if the file is its own text
  std::uint64_t at_ = 0;         // in the text, where stream_ stands
};

std::string SourceFile::Text::Open(std::uint64_t size, Encoding encoding) {
  size_ = size;
  // A fault in the bytes looked at here is told when they are read for their own sake.
  Rewind();
  std::array<char, kMagicBytesMax> magic{};
  compression_ = CompressionOf({magic.data(), stream_->Read(magic)});
  Rewind();
  std::array<char, 3> begin{};
  const std::string_view mark(begin.data(), stream_->Read(begin));
  if (mark.starts_with("\xff\xfe") || mark.starts_with("\xfe\xff")) {
    encoding_ = mark[0] == '\xff' ? Encoding::kUtf16Le : Encoding::kUtf16Be;
    mark_bytes_ = 2;
  } else if (mark != "\xef\xbb\xbf") {
    encoding_ = encoding;
  }
  Rewind();
  std::string coding(compression_);
  if (encoding_ == Encoding::kUtf8) return coding;
  if (!coding.empty()) coding += ", ";
  return coding.append(NameOf(encoding_));
}

// Sets up the streams anew, at the text's begin.
void SourceFile::Text::Rewind() {
  auto file = std::make_unique<FileStream>(descriptor(), size_);
  plain_ = compression_.empty() && encoding_ == Encoding::kUtf8 ? file.get() : nullptr;
  stream_ = std::move(file);
  if (!compression_.empty()) stream_ = Decompress(std::move(stream_), compression_);
  if (encoding_ != Encoding::kUtf8) {
    std::array<char, 2> mark{};
    stream_->Read(std::span(mark).first(mark_bytes_));
    stream_ = Transcode(std::move(stream_), encoding_);
  }
  at_ = 0;
}

// at_ == `at` afterwards, or the text ends, or breaks off, before that.
void SourceFile::Text::GoTo(std::uint64_t at) {
  if (plain_ != nullptr) {
    plain_->Seek(at);
    at_ = at;
    return;
  }
  if (at < at_) Rewind();
  if (at == at_) return;
  std::vector<char> dropped(kStreamBlockBytes);
  while (at_ < at) {
    const auto want = std::min<std::uint64_t>(dropped.size(), at - at_);
    const std::size_t got = stream_->Read(std::span(dropped).first(want));
    at_ += got;
    if (got < want) return;
  }
}

std::size_t SourceFile::Text::ReadAt(std::uint64_t at, std::span<char> into,
                                     const std::string& path) {
  if (into.empty()) return 0;
  GoTo(at);
  const std::size_t got = at_ == at ? stream_->Read(into) : 0;
  at_ += got;
  if (got == 0 && stream_->fault()) throw FaultError(path);
  return got;
}

Error SourceFile::Text::FaultError(const std::string& path) const {
  const StreamFault& fault = *stream_->fault();
  if (plain_ != nullptr) return InputError(fault.what, path, ByteOffset{fault.at}, fault.advice);
  const std::string where = path + ", byte " + std::to_string(fault.at) + " of the file, byte " +
                            std::to_string(at_) + " of its text";
  return {ExitCode::kInput, fault.what, where, fault.advice};
}

SourceFile::SourceFile(const std::string& path, Encoding encoding)
    : text_(std::make_unique<Text>(Open(path))) {
  identity_ = Identify(text_->descriptor(), path);
  // A hint: a larger read-ahead. Where it fails, reading is slower and still right.
  static_cast<void>(::posix_fadvise(text_->descriptor(), 0, 0, POSIX_FADV_SEQUENTIAL));
  coding_ = text_->Open(identity_.size, encoding);
}

std::optional<InputFile> SourceFile::IdentityOf(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FactsOf(status, path);
}

SourceFile::~SourceFile() = default;
SourceFile::SourceFile(SourceFile&& other) noexcept = default;

std::size_t SourceFile::ReadAt(ByteOffset at, std::span<char> into) const {
  const std::size_t got = text_->ReadAt(at.value, into, path());
  read_to_ = ByteOffset{at.value + got};
  return got;
}

bool SourceFile::changing() const {
  const InputFile now = Identify(text_->descriptor(), path());
  if (now.size != identity_.size || now.mtime_ns != identity_.mtime_ns) return true;
  const auto age =
      std::chrono::system_clock::now().time_since_epoch() - std::chrono::nanoseconds(now.mtime_ns);
  return age < kSettled;  // also of a time in the future
}

std::uint64_t SourceFile::consumed() const { return text_->consumed(); }

}  // namespace onceload
