#include "source/codecs.h"

#include <algorithm>
#include <array>
#include <bit>
#include <climits>
#include <cstdint>
#include <new>

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "onceload/core/freed_by.h"
#include "onceload/source/source_file.h"

namespace onceload {
namespace {

using namespace std::string_view_literals;

constexpr const char* kTooMuchMemory =
    "they need more memory to be decompressed than a load may take, 128 MiB";
static_assert(kDecoderMemoryMax == std::uint64_t{128} << 20U);

// Both begin alike, as far as the shorter goes.
bool Agree(std::string_view a, std::string_view b) {
  const std::size_t n = std::min(a.size(), b.size());
  return a.substr(0, n) == b.substr(0, n);
}

// What a z_stream and its two likenesses have in common: takes what `step` used off `in` and `out`.
template <typename Stream, typename InByte, typename OutByte, typename Step>
auto Advance(Stream& stream, std::span<const char>& in, std::span<char>& out, Step step) {
  // The libraries count in unsigned int; a call then does less, and the caller calls again.
  const std::size_t in_size = std::min<std::size_t>(in.size(), UINT_MAX);
  const std::size_t out_size = std::min<std::size_t>(out.size(), UINT_MAX);
  // const_cast: zlib's and bzip2's next_in is not const, but is only read.
  stream.next_in = reinterpret_cast<InByte*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<decltype(stream.avail_in)>(in_size);
  stream.next_out = reinterpret_cast<OutByte*>(out.data());
  stream.avail_out = static_cast<decltype(stream.avail_out)>(out_size);
  const auto result = step();
  in = in.subspan(in_size - stream.avail_in);
  out = out.subspan(out_size - stream.avail_out);
  return result;
}

class Gzip final : public Codec {
 public:
  Gzip() {
    constexpr int kGzipOnly = 16;  // added to the window's bits
    if (inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() override { inflateEnd(&stream_); }

  void Begin() override { inflateReset(&stream_); }

  CodecState Step(std::span<const char>& in, std::span<char>& out) override {
    const int result = Advance<z_stream, Bytef, Bytef>(
        stream_, in, out, [&] { return inflate(&stream_, Z_NO_FLUSH); });
    if (result == Z_STREAM_END) return CodecState::kPartEnd;
    if (result == Z_OK || result == Z_BUF_ERROR) return CodecState::kMore;
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    why_ = stream_.msg != nullptr ? stream_.msg : "invalid data";
    return CodecState::kFault;
  }

 private:
  z_stream stream_{};
};

class Bzip2 final : public Codec {
 public:
  Bzip2() { Init(); }
  ~Bzip2() override { BZ2_bzDecompressEnd(&stream_); }

  void Begin() override {  // the library has no reset
    BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    Init();
  }

  CodecState Step(std::span<const char>& in, std::span<char>& out) override {
    const int result = Advance<bz_stream, char, char>(stream_, in, out,
                                                      [&] { return BZ2_bzDecompress(&stream_); });
    if (result == BZ_STREAM_END) return CodecState::kPartEnd;
    if (result == BZ_OK) return CodecState::kMore;
    if (result == BZ_MEM_ERROR) throw std::bad_alloc();
    why_ = result == BZ_DATA_ERROR_MAGIC ? "incorrect header" : "a checksum or a code is wrong";
    return CodecState::kFault;
  }

 private:
  void Init() {
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }

  bz_stream stream_{};
};

class Xz final : public Codec {
 public:
  Xz() { Begin(); }
  ~Xz() override { lzma_end(&stream_); }

  void Begin() override {
    // A check that the library cannot compute would otherwise be skipped in silence.
    if (lzma_stream_decoder(&stream_, kDecoderMemoryMax, LZMA_TELL_UNSUPPORTED_CHECK) != LZMA_OK) {
      throw std::bad_alloc();
    }
  }

  CodecState Step(std::span<const char>& in, std::span<char>& out) override {
    const lzma_ret result = Advance<lzma_stream, std::uint8_t, std::uint8_t>(
        stream_, in, out, [&] { return lzma_code(&stream_, LZMA_RUN); });
    switch (result) {
      case LZMA_STREAM_END:
        return CodecState::kPartEnd;
      case LZMA_OK:
      case LZMA_BUF_ERROR:
        return CodecState::kMore;
      case LZMA_MEM_ERROR:
        throw std::bad_alloc();
      case LZMA_MEMLIMIT_ERROR:
        why_ = kTooMuchMemory;
        break;
      case LZMA_UNSUPPORTED_CHECK:
      case LZMA_OPTIONS_ERROR:
        why_ = "they use what this liblzma does not know";
        break;
      default:
        why_ = "a checksum or a code is wrong";
    }
    return CodecState::kFault;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Zstd final : public Codec {
 public:
  Zstd() : context_(ZSTD_createDCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
    constexpr int kWindowLogMax = std::bit_width(kDecoderMemoryMax) - 1;
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  }

  void Begin() override { ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only); }

  CodecState Step(std::span<const char>& in, std::span<char>& out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t result = ZSTD_decompressStream(context_.get(), &output, &input);
    in = in.subspan(input.pos);
    out = out.subspan(output.pos);
    if (result == 0) return CodecState::kPartEnd;
    if (ZSTD_isError(result) == 0) return CodecState::kMore;
    switch (ZSTD_getErrorCode(result)) {
      case ZSTD_error_memory_allocation:
        throw std::bad_alloc();
      case ZSTD_error_frameParameter_windowTooLarge:
        why_ = kTooMuchMemory;
        break;
      default:
        why_ = ZSTD_getErrorName(result);
    }
    return CodecState::kFault;
  }

 private:
  std::unique_ptr<ZSTD_DCtx, FreedBy<&ZSTD_freeDCtx>> context_;
};

bool BeginsGzip(std::string_view bytes) { return Agree(bytes, "\x1f\x8b\x08"sv); }

bool BeginsXz(std::string_view bytes) { return Agree(bytes, "\xfd\x37zXZ\0"sv); }

bool BeginsZstd(std::string_view bytes) {
  if (Agree(bytes, "\x28\xb5\x2f\xfd"sv)) return true;
  // A skippable frame: 50 to 5F, 2A 4D 18.
  return (static_cast<unsigned char>(bytes[0]) & 0xf0U) == 0x50U &&
         Agree(bytes.substr(1), "\x2a\x4d\x18"sv);
}

// More than "BZh9", with which a header could begin: also the first block's mark, or the end's.
bool BeginsBzip2(std::string_view bytes) {
  if (!Agree(bytes, "BZh"sv)) return false;
  if (bytes.size() <= 3) return true;
  const std::string_view mark = bytes.substr(4);
  return bytes[3] >= '1' && bytes[3] <= '9' &&
         (Agree(mark, "1AY&SY"sv) || Agree(mark, "\x17\x72\x45\x38\x50\x90"sv));
}

template <typename T>
std::unique_ptr<Codec> Make() {
  return std::make_unique<T>();
}

constexpr std::array<Compression, 4> kCompressions{{
    {"gzip", BeginsGzip, 3, 1, Make<Gzip>},
    {"zstd", BeginsZstd, 4, 0, Make<Zstd>},
    {"bzip2", BeginsBzip2, 10, 0, Make<Bzip2>},
    {"xz", BeginsXz, 6, 4, Make<Xz>},
}};

}  // namespace

std::span<const Compression> Compressions() { return kCompressions; }

}  // namespace onceload
