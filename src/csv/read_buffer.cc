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

void ReadBuffer::MakeRoom(std::size_t n) {
  if (begin_ > 0) {
    std::memmove(bytes_.get(), begin(), size());
    base_ += begin_;
    end_ -= begin_;
    begin_ = hashed_ = 0;
  }
  const std::size_t needed = end_ + n + padding_;
  if (capacity_ >= needed) return;
  // With room for a longer part of a row before the next block: else each one that is longer than
  // all before it would move a block.
  const std::size_t capacity = needed + needed / kSpareShare;
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (end_ > 0) std::memcpy(larger.get(), bytes_.get(), end_);
  bytes_ = std::move(larger);
  capacity_ = capacity;
}

}  // namespace onceload
