#include "csv/read_buffer.h"

#include <cstring>
#include <span>
#include <utility>

namespace onceload {
namespace {

constexpr std::size_t kSpareShare = 16;

// More are not lent at a time by those that read ahead, but where rows are long.
constexpr std::size_t kSparesMax = 8;

}  // namespace

std::pair<std::shared_ptr<char[]>, std::size_t> ReadMemory::Lend(std::size_t bytes) {
  Spare lent;
  {
    const std::lock_guard lock(shelf_->mutex);
    if (!shelf_->spares.empty()) {
      lent = std::move(shelf_->spares.back());
      shelf_->spares.pop_back();
    }
  }
  if (lent.capacity < bytes) lent = {std::make_unique_for_overwrite<char[]>(bytes), bytes};
  const std::size_t capacity = lent.capacity;
  const auto give_back = [shelf = shelf_, capacity](char* returned) {
    std::unique_ptr<char[]> owned(returned);
    const std::lock_guard lock(shelf->mutex);
    if (shelf->spares.size() < kSparesMax) shelf->spares.push_back({std::move(owned), capacity});
  };
  return {std::shared_ptr<char[]>(lent.bytes.release(), give_back), capacity};
}

void ReadMemory::Clear() {
  const std::lock_guard lock(shelf_->mutex);
  shelf_->spares.clear();
}

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
    auto [fresh, fresh_capacity] = memory_.Lend(capacity);
    if (left > 0) std::memcpy(fresh.get(), begin(), left);
    bytes_ = std::move(fresh);
    capacity_ = fresh_capacity;
    if (!std::exchange(held_, false)) memory_.Clear();  // it has grown: the old one is too small
  } else if (begin_ > 0) {
    std::memmove(bytes_.get(), begin(), left);
  }
  base_ += begin_;
  end_ = left;
  begin_ = hashed_ = 0;
}

}  // namespace onceload
