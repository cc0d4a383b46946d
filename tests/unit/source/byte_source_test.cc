// The seam: a source that is no descriptor reads as a file does.
#include "source/byte_source.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <zlib.h>

#include "onceload/core/error.h"
#include "onceload/source/source_file.h"

namespace onceload {
namespace {

constexpr const char* kBroken = "the connection broke";

// Serves ranges of a text, as a store of objects does, and counts them.
class RangeSource final : public ByteSource {
 public:
  RangeSource(std::string bytes, std::uint64_t broken_at, int* ranges)
      : bytes_(std::move(bytes)), broken_at_(broken_at), ranges_(ranges) {
    identity_.path = "store://bucket/clicks.csv";
    identity_.size = bytes_.size();
  }

  const InputFile& identity() const override { return identity_; }
  InputFile Now() const override { return identity_; }

  std::unique_ptr<ByteStream> From(std::uint64_t at) const override {
    ++*ranges_;
    return std::make_unique<Range>(*this, at);
  }

 private:
  class Range final : public ByteStream {
   public:
    Range(const RangeSource& source, std::uint64_t at) : source_(source), at_(at) {}

    std::size_t Read(std::span<char> into) override {
      const std::uint64_t end = std::min<std::uint64_t>(source_.bytes_.size(), source_.broken_at_);
      const std::uint64_t got = std::min<std::uint64_t>(into.size(), end - std::min(at_, end));
      std::copy_n(source_.bytes_.data() + at_, got, into.data());
      at_ += got;
      if (got < into.size() && at_ == source_.broken_at_) fault_ = StreamFault{kBroken, at_, ""};
      return got;
    }
    const std::optional<StreamFault>& fault() const override { return fault_; }
    std::uint64_t consumed() const override { return at_; }

   private:
    const RangeSource& source_;
    std::uint64_t at_;
    std::optional<StreamFault> fault_;
  };

  std::string bytes_;
  std::uint64_t broken_at_;
  int* ranges_;
  InputFile identity_;
};

constexpr std::uint64_t kNever = ~std::uint64_t{0};

std::string ReadFrom(const SourceFile& file, std::uint64_t at, std::size_t bytes) {
  std::string text(bytes, '\0');
  text.resize(file.ReadAt(ByteOffset{at}, text));
  return text;
}

std::string Gzipped(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  std::string from = text;
  stream.next_in = reinterpret_cast<Bytef*>(from.data());
  stream.avail_in = static_cast<uInt>(from.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST(ByteSource, IsReadAsAFileIs) {
  int ranges = 0;
  const SourceFile file(std::make_unique<RangeSource>("a,b\n1,2\n3,4\n", kNever, &ranges));
  EXPECT_EQ(file.path(), "store://bucket/clicks.csv");
  EXPECT_TRUE(file.plain());
  EXPECT_EQ(ReadFrom(file, 4, 4), "1,2\n");
  EXPECT_EQ(ReadFrom(file, 0, 3), "a,b");
  EXPECT_EQ(ReadFrom(file, 12, 4), "");
}

// A range is a request: reading on must not make one for each block.
TEST(ByteSource, IsAskedForAnotherRangeOnlyAtAJump) {
  int ranges = 0;
  const SourceFile file(std::make_unique<RangeSource>(std::string(1000, 'x'), kNever, &ranges));
  ReadFrom(file, 0, 10);
  const int begun = ranges;
  for (std::uint64_t at = 10; at < 1000; at += 10) ReadFrom(file, at, 10);
  EXPECT_EQ(ranges, begun);
  ReadFrom(file, 500, 10);
  EXPECT_EQ(ranges, begun + 1);
}

TEST(ByteSource, IsUnpackedLikeAFile) {
  int ranges = 0;
  const SourceFile file(std::make_unique<RangeSource>(Gzipped("a,b\n1,2\n"), kNever, &ranges));
  EXPECT_EQ(file.coding(), "gzip");
  EXPECT_EQ(ReadFrom(file, 4, 100), "1,2\n");
  EXPECT_EQ(ReadFrom(file, 0, 4), "a,b\n");
}

TEST(ByteSource, ItsFaultComesBehindTheBytesBeforeItAndNamesIt) {
  int ranges = 0;
  const SourceFile file(std::make_unique<RangeSource>("a,b\n1,2\n3,4\n", 6, &ranges));
  EXPECT_EQ(ReadFrom(file, 4, 8), "1,");
  try {
    ReadFrom(file, 6, 8);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kInput);
    EXPECT_EQ(error.Line(), std::string(kBroken) + ": store://bucket/clicks.csv, byte 6");
  }
}

}  // namespace
}  // namespace onceload
