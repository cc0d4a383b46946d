#include "onceload/csv/footer.h"

#include <algorithm>
#include <deque>
#include <string>

#include "onceload/source/byte_ranges.h"

namespace onceload {
namespace {

// Of a plain file so much of its end is read first, and four times as much if that does not do.
constexpr std::uint64_t kTailBytes = std::uint64_t{1} << 16;

// The begins of the last lines that are not empty, of the text that is fed.
class LastLines {
 public:
  explicit LastLines(std::size_t most) : most_(most) {}

  void Feed(std::string_view text, std::uint64_t at) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '\n' || c == '\r') {
        in_line_ = false;
      } else if (!in_line_ && c != ' ' && c != '\t') {
        in_line_ = true;
        begins_.push_back(line_begin_);
        if (begins_.size() > most_) begins_.pop_front();
      }
      if (c == '\n' || c == '\r') line_begin_ = at + i + 1;
    }
  }

  void BeginAt(std::uint64_t at) { line_begin_ = at; }
  const std::deque<std::uint64_t>& begins() const { return begins_; }

 private:
  const std::size_t most_;
  std::deque<std::uint64_t> begins_;
  std::uint64_t line_begin_ = 0;
  bool in_line_ = false;
};

// Of the text from `from` on.
std::deque<std::uint64_t> BeginsFrom(const SourceFile& file, std::uint64_t from,
                                     std::size_t lines) {
  LastLines last(lines);
  last.BeginAt(from);
  std::string block(kTailBytes, '\0');
  for (std::uint64_t at = from;;) {
    const std::size_t got = file.ReadAt(ByteOffset{at}, block);
    if (got == 0) return last.begins();
    last.Feed(std::string_view(block).substr(0, got), at);
    at += got;
  }
}

// In the text of the parts: so many of their bytes lie before it in the file.
ByteOffset WithinParts(const FileRanges& parts, ByteOffset in_file) {
  std::uint64_t before = 0;
  for (const ByteRange& range : parts.ranges) {
    before += std::min(std::max(in_file.value, range.begin), range.end) - range.begin;
  }
  return ByteOffset{before};
}

}  // namespace

ByteOffset FooterBegin(const SourceFile& file, std::uint64_t lines) {
  // The file's end, not that of a part, is where a footer stands.
  if (const auto parts = RangesOf(file.path())) {
    return WithinParts(*parts, FooterBegin(SourceFile(parts->path), lines));
  }
  const std::uint64_t size = file.identity().size;
  std::uint64_t tail = file.plain() ? std::min(kTailBytes, size) : size;
  for (;;) {
    const std::uint64_t from = file.plain() ? size - tail : 0;
    // One more: the first may begin before the part that was read.
    const std::deque<std::uint64_t> begins = BeginsFrom(file, from, lines + (from > 0 ? 1 : 0));
    if (from == 0) return ByteOffset{begins.size() < lines ? 0 : begins.front()};
    if (begins.size() > lines) return ByteOffset{begins[1]};
    tail = std::min(4 * tail, size);
  }
}

}  // namespace onceload
