// The bytes of an open file, up to the size it had when it was opened.
#pragma once

#include "source/byte_stream.h"

namespace onceload {

class FileStream final : public ByteStream {
 public:
  // Does not own the descriptor. `size`: what lies behind it belongs to another run.
  FileStream(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}

  // Goes on at byte `at`.
  void Seek(std::uint64_t at);

  // Interrupted and short reads are continued.
  std::size_t Read(std::span<char> into) override;
  const std::optional<StreamFault>& fault() const override { return fault_; }
  std::uint64_t consumed() const override { return at_; }

 private:
  int descriptor_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
  std::optional<StreamFault> fault_;
};

}  // namespace onceload
