// An input file, open for reading its text at any offset.
//
// The text is what the file says once it is decompressed, as UTF-8. Every ByteOffset in this
// program is an offset in the text; only where plain() is true is it also one in the file.
//
// Compression is told by the file's first bytes, not by its name: gzip, zstd, bzip2, xz. All of
// them may consist of several parts (members, frames, streams); zeros behind gzip data are padding,
// as gzip(1) has it, anything else behind compressed data is an error.
//
// Encoding. A byte order mark (UTF-8, UTF-16) at the begin of the decompressed bytes decides,
// otherwise the encoding asked for. UTF-8's mark stays in the text, UTF-16's is no part of it.
// UTF-8 is passed on as it is. In the others an invalid byte is never replaced: it comes out as
// bytes that are invalid UTF-8, so that the reader rejects that row and the information is kept.
//   windows-1252   81 8D 8F 90 9D, which it leaves undefined: the byte itself
//   UTF-16         a lone surrogate: its three-byte form (ED A0 80 to ED BF BF);
//                  an odd last byte: FF
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "onceload/core/progress_record.h"
#include "onceload/core/types.h"
#include "onceload/source/encoding.h"
#include "onceload/source/file_kind.h"

namespace onceload {

// Most memory a decompressor may take: xz -9 needs half of it, zstd without --long no more. A file
// that needs more is refused: the memory of a load must not be the file's choice.
inline constexpr std::uint64_t kDecoderMemoryMax = std::uint64_t{1} << 27;

// A writer that has paused for so long has most likely ended.
inline constexpr std::chrono::seconds kSettled{10};

class ByteSource;

// Owns what it reads from. Not thread-safe, const members included: a decoded file has one place
// where it stands. Every failure throws Error(kInput) that names the file, the byte where there is
// one, and the reason.
class SourceFile {
 public:
  // Refuses a directory, and what cannot be read twice from any offset: a pipe, a socket, a
  // terminal, /dev/stdin on one of them (the advice: save it to a file first).
  explicit SourceFile(const std::string& path, Encoding encoding = Encoding::kUtf8);
  // The seam for what is no file of this machine: src/source/byte_source.h.
  explicit SourceFile(std::unique_ptr<ByteSource> bytes, Encoding encoding = Encoding::kUtf8);
  ~SourceFile();
  SourceFile(SourceFile&& other) noexcept;
  SourceFile(const SourceFile&) = delete;
  SourceFile& operator=(const SourceFile&) = delete;
  SourceFile& operator=(SourceFile&&) = delete;

  // identity() of a file that need not be opened; nullopt: it is no regular file, or cannot be
  // examined.
  static std::optional<InputFile> IdentityOf(const std::string& path);

  const std::string& path() const { return identity().path; }

  // As fstat() told when the file was opened: of the file, not of its text. What is appended to the
  // file later is not read.
  const InputFile& identity() const;

  // Somebody seems to be writing to it: it is not as it was when it was opened, or was changed less
  // than kSettled ago.
  bool changing() const;

  // Offsets in the text are offsets in the file, and reading from any of them costs nothing.
  bool plain() const { return coding_.empty(); }

  // How the text is made from the file: "" (plain), "gzip", "utf-16le", "gzip, windows-1252".
  const std::string& coding() const { return coding_; }

  // What the file seems to be instead of a text; nullopt: nothing speaks against one.
  const std::optional<FileKind>& kind() const;

  // Fills `into` with the text from `at` on. Returns 0 only at or after the text's end (or for an
  // empty `into`). Otherwise a short count means that something is wrong right after those bytes (a
  // read error, a damaged or truncated archive, a file that has become shorter): the next call
  // there throws. So what lies before the fault can be used. That includes text whose checksum
  // comes later in the archive and then turns out to be wrong.
  //
  // Where the file is not plain(), reading is forward only: up to an `at` further on, text is read
  // and dropped; for one further back all is read again from the begin, which costs a pass.
  std::size_t ReadAt(ByteOffset at, std::span<char> into) const;

  // Where in the text the newest ReadAt ended: what consumed() belongs to.
  ByteOffset read_to() const { return read_to_; }

  // Bytes of the file itself that the newest ReadAt has come to: the end of what it read or, of
  // compressed data, of what it has used. For progress; identity().size is the whole.
  std::uint64_t consumed() const;

 private:
  class Text;

  std::unique_ptr<Text> text_;
  std::string coding_;
  mutable ByteOffset read_to_;
};

}  // namespace onceload
