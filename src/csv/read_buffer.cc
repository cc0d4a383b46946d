#include "csv/read_buffer.h"

#include <cstring>
#include <span>

namespace onceload {
namespace {

constexpr std::size_t kSpareShare = 16;

}  // namespace

bool ReadBuffer::Fill() {
  if (last_) return false;
  HashConsumed();
  // As many bytes as are held already: what is held is scanned again, and doubling keeps that
  // linear whatever the block's size.
  const std::size_t want = std::min(std::max(block_, size()), held_max_ + block_ - size());
  MakeRoom(want);
  const std::size_t got =
      file_->ReadAt(ByteOffset{base_ + end_}, std::span(bytes_.get() + end_, want));
  end_ += got;
  std::memset(bytes_.get() + end_, 0, padding_);
  last_ = got == 0;  // a short count may also mean a fault, which the next call throws
  return got > 0;
}

PrefixFingerprint ReadBuffer::fingerprint() {
  HashConsumed();
  return hasher_.fingerprint();
}

void ReadBuffer::HashConsumed() {
  hasher_.Update({bytes_.get() + hashed_, begin_ - hashed_});
  hashed_ = begin_;
}

HeldText ReadBuffer::Hold() {
  held_ = true;
  return {bytes_, {bytes_.get() + hashed_, end_ - hashed_}, ByteOffset{base_ + hashed_}, hasher_};
}

// REQUIRES: what is consumed is hashed.
void ReadBuffer::MakeRoom(std::size_t n) {
  const std::size_t left = size();
  const std::size_t needed = left + n + padding_;
  if (held_ || capacity_ < needed) {
    // With room for a longer part of a row before the next block: else each one that is longer than
    // all before it would move a block.
    // Not as much as there was: of memory that is held there is more than one.
    const std::size_t capacity = needed + needed / kSpareShare;
    auto fresh = std::make_unique_for_overwrite<char[]>(capacity);
    if (left > 0) std::memcpy(fresh.get(), begin(), left);
    bytes_ = std::move(fresh);
    capacity_ = capacity;
    held_ = false;
  } else if (begin_ > 0) {
    std::memmove(bytes_.get(), begin(), left);
  }
  base_ += begin_;
  end_ = left;
  begin_ = hashed_ = 0;
}

}  // namespace onceload
