#include "onceload/source/source_file.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "onceload/core/utf8.h"
#include "onceload/source/byte_ranges.h"
#include "onceload/source/input_error.h"
#include "source/byte_source.h"
#include "source/decompressor.h"
#include "source/file_bytes.h"
#include "source/range_bytes.h"
#include "source/transcoder.h"

namespace onceload {

// The chain of streams that makes the text, and where in the text it stands.
class SourceFile::Text {
 public:
  explicit Text(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  const ByteSource& source() const { return *source_; }

  // Finds out how the text is made of the source's bytes; returns coding().
  std::string Open(Encoding encoding);
  const std::optional<FileKind>& kind() const { return kind_; }

  std::size_t ReadAt(std::uint64_t at, std::span<char> into);

  std::uint64_t consumed() const { return stream_->consumed(); }

 private:
  bool plain() const { return compression_.empty() && encoding_ == Encoding::kUtf8; }
  void Rewind();
  void GoTo(std::uint64_t at);
  void Drop(std::uint64_t bytes);
  Error FaultError() const;

  std::unique_ptr<ByteSource> source_;
  std::string_view compression_;  // "": none
  Encoding encoding_ = Encoding::kUtf8;
  std::size_t mark_bytes_ = 0;  // a UTF-16 byte order mark before the text
  std::optional<FileKind> kind_;
  std::unique_ptr<ByteStream> stream_;
  std::uint64_t at_ = 0;  // in the text, where stream_ stands
};

std::string SourceFile::Text::Open(Encoding encoding) {
  // A fault in the bytes looked at here is told when they are read for their own sake.
  Rewind();
  std::array<char, kKindBytes> bytes{};
  std::string_view begin(bytes.data(), stream_->Read(bytes));
  compression_ = CompressionOf(begin.substr(0, kMagicBytesMax));
  if (!compression_.empty()) {
    Rewind();
    begin = {bytes.data(), stream_->Read(bytes)};
  }
  if (begin.starts_with("\xff\xfe") || begin.starts_with("\xfe\xff")) {
    encoding_ = begin[0] == '\xff' ? Encoding::kUtf16Le : Encoding::kUtf16Be;
    mark_bytes_ = 2;
  } else if (!begin.starts_with(kByteOrderMark)) {
    encoding_ = encoding;
  }
  kind_ = BinaryKindOf(begin, encoding_);
  Rewind();
  std::string coding(compression_);
  if (encoding_ == Encoding::kUtf8) return coding;
  if (!coding.empty()) coding += ", ";
  return coding.append(NameOf(encoding_));
}

// Sets up the streams anew, at the text's begin.
void SourceFile::Text::Rewind() {
  stream_ = source_->From(0);
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
  if (at == at_ && !stream_->fault()) return;
  if (plain()) {
    // A fault is tried again: what could not be read a moment ago may be there by now.
    stream_ = source_->From(at);
    at_ = at;
    return;
  }
  if (at < at_) Rewind();
  Drop(at - at_);
}

// Text before the place that is wanted.
void SourceFile::Text::Drop(std::uint64_t bytes) {
  if (bytes == 0) return;
  std::vector<char> dropped(kStreamBlockBytes);
  while (bytes > 0) {
    const auto want = std::min<std::uint64_t>(dropped.size(), bytes);
    const std::size_t got = stream_->Read(std::span(dropped).first(want));
    at_ += got;
    bytes -= got;
    if (got < want) return;
  }
}

std::size_t SourceFile::Text::ReadAt(std::uint64_t at, std::span<char> into) {
  if (into.empty()) return 0;
  GoTo(at);
  const std::size_t got = at_ == at ? stream_->Read(into) : 0;
  at_ += got;
  if (got == 0 && stream_->fault()) throw FaultError();
  return got;
}

Error SourceFile::Text::FaultError() const {
  const StreamFault& fault = *stream_->fault();
  const std::string& path = source_->identity().path;
  if (plain()) return InputError(fault.what, path, ByteOffset{fault.at}, fault.advice);
  const std::string where = path + ", byte " + std::to_string(fault.at) + " of the file, byte " +
                            std::to_string(at_) + " of its text";
  return {ExitCode::kInput, fault.what, where, fault.advice};
}

SourceFile::SourceFile(const std::string& path, Encoding encoding)
    : SourceFile(OpenBytes(path), encoding) {}

SourceFile::SourceFile(std::unique_ptr<ByteSource> bytes, Encoding encoding)
    : text_(std::make_unique<Text>(std::move(bytes))), coding_(text_->Open(encoding)) {}

std::optional<InputFile> SourceFile::IdentityOf(const std::string& path) {
  if (const auto parts = RangesOf(path)) return RangeBytes::IdentityOf(*parts);
  return FileBytes::IdentityOf(path);
}

SourceFile::~SourceFile() = default;
SourceFile::SourceFile(SourceFile&& other) noexcept = default;

const InputFile& SourceFile::identity() const { return text_->source().identity(); }

std::size_t SourceFile::ReadAt(ByteOffset at, std::span<char> into) const {
  const std::size_t got = text_->ReadAt(at.value, into);
  read_to_ = ByteOffset{at.value + got};
  return got;
}

bool SourceFile::changing() const {
  const InputFile now = text_->source().Now();
  if (now.size != identity().size || now.mtime_ns != identity().mtime_ns) return true;
  const auto age =
      std::chrono::system_clock::now().time_since_epoch() - std::chrono::nanoseconds(now.mtime_ns);
  return age < kSettled;  // also of a time in the future
}

std::uint64_t SourceFile::consumed() const { return text_->consumed(); }

const std::optional<FileKind>& SourceFile::kind() const { return text_->kind(); }

}  // namespace onceload
