#include "source/range_bytes.h"

#include <algorithm>

#include "onceload/core/digest.h"
#include "onceload/source/input_error.h"

namespace onceload {
namespace {

std::uint64_t SizeOf(const FileRanges& parts) {
  std::uint64_t size = 0;
  for (const ByteRange& range : parts.ranges) size += range.size();
  return size;
}

std::uint64_t EndOf(const FileRanges& parts) {
  std::uint64_t end = 0;
  for (const ByteRange& range : parts.ranges) end = std::max(end, range.end);
  return end;
}

// The file's hints for its ranges. Another inode for each, or one would pass for another that has
// been renamed.
InputFile HintsFor(const FileRanges& parts, InputFile file) {
  file.path = parts.Name();
  const std::string ranges = file.path.substr(parts.path.size());
  file.inode ^= DigestOf(ranges).value;
  file.size = SizeOf(parts);
  return file;
}

// One range after the other.
class RangeStream final : public ByteStream {
 public:
  RangeStream(const FileBytes& file, const FileRanges& parts, std::uint64_t at)
      : file_(file), parts_(parts), at_(at) {}

  std::size_t Read(std::span<char> into) override;
  const std::optional<StreamFault>& fault() const override { return fault_; }
  std::uint64_t consumed() const override { return at_; }

 private:
  // Where in the file the next byte lies, and how many follow it in its range; 0: the end.
  ByteRange Next() const;

  const FileBytes& file_;
  const FileRanges& parts_;
  std::uint64_t at_;  // in the ranges' text
  std::optional<StreamFault> fault_;
};

ByteRange RangeStream::Next() const {
  std::uint64_t before = 0;
  for (const ByteRange& range : parts_.ranges) {
    if (at_ < before + range.size()) return {range.begin + (at_ - before), range.end};
    before += range.size();
  }
  return {};
}

std::size_t RangeStream::Read(std::span<char> into) {
  std::size_t done = 0;
  while (done < into.size() && !fault_) {
    const ByteRange next = Next();
    if (next.size() == 0) break;
    const auto want =
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size() - done, next.size()));
    const auto stream = file_.From(next.begin);
    const std::size_t got = stream->Read(into.subspan(done, want));
    done += got;
    at_ += got;
    fault_ = stream->fault();
  }
  return done;
}

}  // namespace

RangeBytes::RangeBytes(const FileRanges& parts)
    : parts_(parts), file_(parts.path), identity_(HintsFor(parts, file_.identity())) {
  if (file_.identity().size < EndOf(parts)) {
    throw InputError("the file ends before the range does: it has " +
                         std::to_string(file_.identity().size) + " bytes",
                     identity_.path, {}, "it is not the file that onceload split has read");
  }
}

std::optional<InputFile> RangeBytes::IdentityOf(const FileRanges& parts) {
  std::optional<InputFile> file = FileBytes::IdentityOf(parts.path);
  if (!file || file->size < EndOf(parts)) return std::nullopt;
  return HintsFor(parts, std::move(*file));
}

InputFile RangeBytes::Now() const { return HintsFor(parts_, file_.Now()); }

std::unique_ptr<ByteStream> RangeBytes::From(std::uint64_t at) const {
  return std::make_unique<RangeStream>(file_, parts_, at);
}

std::unique_ptr<ByteSource> OpenBytes(const std::string& path) {
  if (const auto parts = RangesOf(path)) return std::make_unique<RangeBytes>(*parts);
  return std::make_unique<FileBytes>(path);
}

}  // namespace onceload
