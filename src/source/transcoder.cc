#include "source/transcoder.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "onceload/core/utf8.h"

namespace onceload {
namespace {

// Own code and not iconv(): that has no way to let an invalid byte through, and differs between
// systems in what it takes for valid.

// windows-1252 from 80 to 9F; 0: undefined. The rest is Latin-1, which is Unicode's begin.
constexpr std::array<std::uint16_t, 32> kWindows1252{
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

class Transcoder final : public ByteStream {
 public:
  Transcoder(std::unique_ptr<ByteStream> from, Encoding encoding)
      : from_(std::move(from)), encoding_(encoding), block_(kStreamBlockBytes) {}

  std::size_t Read(std::span<char> into) override {
    std::size_t done = 0;
    while (done < into.size() && (text_at_ < text_.size() || Refill())) {
      const std::size_t n = std::min(into.size() - done, text_.size() - text_at_);
      text_.copy(into.data() + done, n, text_at_);
      done += n;
      text_at_ += n;
    }
    return done;
  }

  // A fault below shows only once all text before it has been returned.
  const std::optional<StreamFault>& fault() const override { return from_->fault(); }

  std::uint64_t consumed() const override { return from_->consumed(); }

 private:
  // The next text into text_. false: there is none.
  bool Refill() {
    text_.clear();
    text_at_ = 0;
    while (text_.empty() && !ended_) {
      const std::span<char> room = std::span(block_).subspan(held_);
      const std::size_t got = from_->Read(room);
      ended_ = got < room.size() && !from_->fault();
      const std::size_t size = held_ + got;
      const std::size_t used = Convert({block_.data(), size});
      std::copy(block_.begin() + static_cast<std::ptrdiff_t>(used),
                block_.begin() + static_cast<std::ptrdiff_t>(size), block_.begin());
      held_ = size - used;
      if (got < room.size()) break;
    }
    return !text_.empty();
  }

  // Appends the text of `bytes` and returns how many of them it took: all, but for a character
  // whose rest is still to come.
  std::size_t Convert(std::span<const char> bytes) {
    if (encoding_ == Encoding::kUtf16Le || encoding_ == Encoding::kUtf16Be) {
      return ConvertUtf16(bytes);
    }
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      const bool mapped = encoding_ == Encoding::kWindows1252 && byte >= 0x80 && byte < 0xa0;
      const std::uint32_t point = mapped ? kWindows1252[byte - 0x80U] : byte;
      if (mapped && point == 0) {
        text_ += c;
      } else {
        AppendUtf8(point, text_);
      }
    }
    return bytes.size();
  }

  std::size_t ConvertUtf16(std::span<const char> bytes) {
    std::size_t at = 0;
    while (at + 2 <= bytes.size()) {
      const std::uint32_t unit = Unit(bytes, at);
      const bool high = (unit & 0xfc00U) == 0xd800U;
      if (high && at + 4 > bytes.size() && !ended_) break;
      const std::uint32_t next = high && at + 4 <= bytes.size() ? Unit(bytes, at + 2) : 0;
      if ((next & 0xfc00U) == 0xdc00U) {
        AppendUtf8(0x10000U + ((unit & 0x3ffU) << 10U) + (next & 0x3ffU), text_);
        at += 4;
      } else {
        AppendUtf8(unit, text_);
        at += 2;
      }
    }
    if (at + 1 == bytes.size() && ended_) {
      text_ += '\xff';
      ++at;
    }
    return at;
  }

  std::uint32_t Unit(std::span<const char> bytes, std::size_t at) const {
    const std::uint32_t first = static_cast<unsigned char>(bytes[at]);
    const std::uint32_t second = static_cast<unsigned char>(bytes[at + 1]);
    return encoding_ == Encoding::kUtf16Le ? first | second << 8U : first << 8U | second;
  }

  std::unique_ptr<ByteStream> from_;
  Encoding encoding_;
  std::vector<char> block_;
  std::size_t held_ = 0;  // bytes of block_ that begin a character, not yet complete
  std::string text_;
  std::size_t text_at_ = 0;  // text_[0, text_at_) has been returned
  bool ended_ = false;       // no byte follows block_'s
};

}  // namespace

std::unique_ptr<ByteStream> Transcode(std::unique_ptr<ByteStream> from, Encoding encoding) {
  return std::make_unique<Transcoder>(std::move(from), encoding);
}

}  // namespace onceload
