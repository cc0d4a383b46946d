// Compressed data for tests, made with the libraries' own encoders.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

namespace onceload::csv_testing {

inline void Require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

inline std::string Gzip(std::string_view text) {
  z_stream stream{};
  Require(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK,
          "deflateInit2");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  Require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflate");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string Zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);  // as zstd(1) does
  const std::size_t n = ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
  ZSTD_freeCCtx(context);
  Require(ZSTD_isError(n) == 0, "ZSTD_compress2");
  out.resize(n);
  return out;
}

inline std::string Bzip2(std::string_view text) {
  std::string out(text.size() + text.size() / 100 + 600, '\0');  // as its manual asks for
  auto size = static_cast<unsigned>(out.size());
  Require(BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(text.data()),
                                   static_cast<unsigned>(text.size()), 1, 0, 0) == BZ_OK,
          "BZ2_bzBuffToBuffCompress");
  out.resize(size);
  return out;
}

inline std::string Xz(std::string_view text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  Require(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, nullptr,
                                  reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                  reinterpret_cast<std::uint8_t*>(out.data()), &size,
                                  out.size()) == LZMA_OK,
          "lzma_easy_buffer_encode");
  out.resize(size);
  return out;
}

struct Packer {
  std::string name;
  std::string (*pack)(std::string_view text);
  std::size_t magic_bytes;  // fewer of them are not recognised
};

inline const std::array<Packer, 4>& Packers() {
  static const std::array<Packer, 4> packers{
      {{"gzip", Gzip, 3}, {"zstd", Zstd, 4}, {"bzip2", Bzip2, 10}, {"xz", Xz, 6}}};
  return packers;
}

}  // namespace onceload::csv_testing
