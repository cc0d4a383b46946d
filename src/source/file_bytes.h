// A file of this machine as a ByteSource.
#pragma once

#include <optional>
#include <string>

#include "onceload/core/descriptor.h"
#include "source/byte_source.h"

namespace onceload {

// Owns the descriptor.
class FileBytes final : public ByteSource {
 public:
  // Refuses a directory, and what cannot be read twice from any offset: a pipe, a socket, a
  // terminal, /dev/stdin on one of them (the advice: save it to a file first).
  explicit FileBytes(const std::string& path);

  // identity() of a file that need not be opened; nullopt: it is no regular file, or cannot be
  // examined.
  static std::optional<InputFile> IdentityOf(const std::string& path);

  const InputFile& identity() const override { return identity_; }
  InputFile Now() const override;
  std::unique_ptr<ByteStream> From(std::uint64_t at) const override;

 private:
  Descriptor descriptor_;
  InputFile identity_;
};

}  // namespace onceload
