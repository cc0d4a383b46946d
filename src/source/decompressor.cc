#include "source/decompressor.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "source/codecs.h"

namespace onceload {
namespace {

class Decompressor final : public ByteStream {
 public:
  Decompressor(std::unique_ptr<ByteStream> from, const Compression& compression)
      : from_(std::move(from)),
        compression_(compression),
        codec_(compression.codec()),
        block_(kStreamBlockBytes) {}

  std::size_t Read(std::span<char> into) override {
    std::span<char> out = into;
    while (!out.empty() && !ended_ && !fault_) {
      if (in_part_) {
        Decode(out);
      } else {
        BeginPart();
      }
    }
    return into.size() - out.size();
  }

  const std::optional<StreamFault>& fault() const override { return fault_; }

  std::uint64_t consumed() const override { return from_->consumed() - in_.size(); }

 private:
  void Decode(std::span<char>& out) {
    const std::size_t in_before = in_.size();
    const std::size_t out_before = out.size();
    const CodecState state = codec_->Step(in_, out);
    if (state == CodecState::kPartEnd) {
      in_part_ = false;
    } else if (state == CodecState::kFault) {
      Fail("the " + Data() + " are damaged: " + std::string(codec_->why()), Advice());
    } else if (in_.size() == in_before && out.size() == out_before) {
      if (!in_.empty()) {
        Fail("the " + Data() + " are damaged: they lead nowhere", Advice());
      } else if (!Fill(1) && !fault_) {  // not before Step(): a library may still hold output
        Fail("the file ends in the middle of its " + Data(), Advice());
      }
    }
  }

  // Between two parts: skips padding, then the next one or the end.
  void BeginPart() {
    std::uint64_t padding = 0;
    while (begun_ && compression_.padding_unit > 0 && Fill(1) && in_[0] == '\0') {
      in_ = in_.subspan(1);
      ++padding;
    }
    begun_ = true;
    Fill(compression_.magic_bytes);
    if (fault_) return;
    const std::string_view next(in_.data(), std::min(in_.size(), compression_.magic_bytes));
    const bool whole_padding = padding == 0 || padding % compression_.padding_unit == 0;
    if (!whole_padding || (!next.empty() && !compression_.begins_part(next))) {
      Fail("what follows the " + Data() + " is not " + std::string(compression_.name),
           "if it does not belong to the input, cut it off, for instance with head -c");
    } else if (next.empty()) {
      ended_ = true;
    } else {
      codec_->Begin();
      in_part_ = true;
    }
  }

  // Sees to it that `n` bytes are in in_, if there are as many. false: there are not.
  bool Fill(std::size_t n) {
    if (in_.size() >= n) return true;
    if (!in_.empty()) std::memmove(block_.data(), in_.data(), in_.size());
    const std::size_t got = from_->Read(std::span(block_).subspan(in_.size()));
    in_ = {block_.data(), in_.size() + got};
    // What was read before a fault below is decoded first.
    if (in_.size() < n && from_->fault()) fault_ = from_->fault();
    return in_.size() >= n;
  }

  std::string Data() const { return std::string(compression_.name) + " data"; }

  std::string Advice() const {
    return "get a whole copy of the file (" + std::string(compression_.name) +
           " -t checks it), then the same command goes on, unless rows already loaded differ in it";
  }

  void Fail(std::string what, std::string advice) {
    fault_ = {std::move(what), consumed(), std::move(advice)};
  }

  std::unique_ptr<ByteStream> from_;
  const Compression& compression_;
  std::unique_ptr<Codec> codec_;
  std::vector<char> block_;
  std::span<const char> in_;  // of block_: not decoded yet
  bool begun_ = false;        // no padding before the first part
  bool in_part_ = false;
  bool ended_ = false;
  std::optional<StreamFault> fault_;
};

}  // namespace

std::string_view CompressionOf(std::string_view begin) {
  for (const Compression& compression : Compressions()) {
    if (begin.size() >= compression.magic_bytes &&
        compression.begins_part(begin.substr(0, compression.magic_bytes))) {
      return compression.name;
    }
  }
  return "";
}

std::unique_ptr<ByteStream> Decompress(std::unique_ptr<ByteStream> from,
                                       std::string_view compression) {
  const auto all = Compressions();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Compression& c) { return c.name == compression; });
  return std::make_unique<Decompressor>(std::move(from), *found);
}

}  // namespace onceload
