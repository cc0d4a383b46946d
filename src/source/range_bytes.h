// Ranges of a file as a ByteSource.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "onceload/source/byte_ranges.h"
#include "source/byte_source.h"
#include "source/file_bytes.h"

namespace onceload {

class RangeBytes final : public ByteSource {
 public:
  // Throws Error(kInput) as FileBytes, or where the file ends before a range does.
  explicit RangeBytes(const FileRanges& parts);

  // As FileBytes::IdentityOf().
  static std::optional<InputFile> IdentityOf(const FileRanges& parts);

  const InputFile& identity() const override { return identity_; }
  InputFile Now() const override;
  std::unique_ptr<ByteStream> From(std::uint64_t at) const override;

 private:
  FileRanges parts_;
  FileBytes file_;
  InputFile identity_;
};

}  // namespace onceload
