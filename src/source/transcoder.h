// Text in another encoding, as UTF-8 (source_file.h says what becomes of invalid bytes).
#pragma once

#include <memory>

#include "onceload/source/encoding.h"
#include "source/byte_stream.h"

namespace onceload {

// `encoding` is not kUtf8. `from` is behind a byte order mark.
std::unique_ptr<ByteStream> Transcode(std::unique_ptr<ByteStream> from, Encoding encoding);

}  // namespace onceload
