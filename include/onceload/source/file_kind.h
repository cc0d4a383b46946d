// What a file is that is no CSV, told by how it begins: so that it is named for what it is.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "onceload/source/encoding.h"

namespace onceload {

// Both are static text. `advice`: the command that makes CSV of it, or the option that reads it.
struct FileKind {
  std::string_view name;  // "a zip archive"
  std::string_view advice;
};

// Bytes looked at: a tar archive tells what it is within its first 512.
inline constexpr std::size_t kKindBytes = 512;

// `begin`: the first kKindBytes bytes as they are once decompressed, or all there are; `encoding`:
// by which they will be read. Each kind has bytes that are in no text, or a mark that no CSV begins
// with.
std::optional<FileKind> BinaryKindOf(std::string_view begin, Encoding encoding);

// `text`: how a header begins, and what follows it. HTML, XML, JSON, RTF.
std::optional<FileKind> MarkupKindOf(std::string_view text);

}  // namespace onceload
