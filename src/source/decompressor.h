// gzip, zstd, bzip2 and xz, told by their first bytes.
#pragma once

#include <memory>
#include <string_view>

#include "source/byte_stream.h"

namespace onceload {

// Bytes that tell the compression of a file that begins with them.
inline constexpr std::size_t kMagicBytesMax = 10;

// "gzip", "zstd", "bzip2" or "xz" for the first bytes of a file, kMagicBytesMax of them or all
// there are; "" if they are none of these.
std::string_view CompressionOf(std::string_view begin);

// Decompresses `from`, which begins with such bytes. Memory: kDecoderMemoryMax and a block.
std::unique_ptr<ByteStream> Decompress(std::unique_ptr<ByteStream> from,
                                       std::string_view compression);

}  // namespace onceload
