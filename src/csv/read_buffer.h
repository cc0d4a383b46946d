// A window on a file that moves forward, and the fingerprint of what lies before it. Its bytes can
// be kept: then the window goes on in memory of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "onceload/csv/record_reader.h"
#include "onceload/source/prefix_hasher.h"
#include "onceload/source/source_file.h"

namespace onceload {

// Memory for windows that were held, used again once nobody holds it: fresh pages cost more than
// what is read into them. Thread-safe; what it has lent may outlive it.
class ReadMemory {
 public:
  // At least `bytes`, of which the second says how many there are.
  std::pair<std::shared_ptr<char[]>, std::size_t> Lend(std::size_t bytes);

  // Nothing is kept of what has come back.
  void Clear();

 private:
  struct Spare {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity = 0;
  };
  struct Shelf {
    std::mutex mutex;
    std::vector<Spare> spares;
  };
  std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
};

class ReadBuffer {
 public:
  // Begins, empty, at `position`, whose fingerprint is checked. `padding` bytes are readable after
  // end(). Reads `block` bytes at a time or more, and holds up to `held_max` + `block`.
  ReadBuffer(const SourceFile& file, const InputPosition& position, std::size_t block,
             std::size_t held_max, std::size_t padding)
      : file_(&file),
        hasher_(PrefixHasher::Resume(file, position.byte, position.prefix)),
        before_begin_(hasher_.last_byte()),
        block_(std::max<std::size_t>(block, 1)),
        held_max_(held_max),
        padding_(padding),
        base_(position.byte.value) {}

  const char* begin() const { return bytes_.get() + begin_; }
  const char* end() const { return bytes_.get() + end_; }
  std::size_t size() const { return end_ - begin_; }
  std::string_view view() const { return {begin(), size()}; }
  ByteOffset offset() const { return ByteOffset{base_ + begin_}; }  // of begin()

  // The byte before where it began; at the text's begin, 0.
  char before_begin() const { return before_begin_; }

  // end() is known to be the end of the text.
  bool last() const { return last_; }

  // Bytes of memory taken.
  std::size_t capacity() const { return capacity_; }

  // Moves begin() forward. Moves no byte: pointers stay valid until Fill().
  void Consume(std::size_t n) { begin_ += n; }

  // Appends bytes of the text; throws for a fault right after end(). false: there are none.
  // Requires size() <= held_max.
  bool Fill();

  // Of all bytes before offset().
  PrefixFingerprint fingerprint();

  // The bytes from the last ones that were hashed to end(). The next Fill() leaves them alone.
  HeldText Hold();

 private:
  void HashConsumed();
  void MakeRoom(std::size_t n);

  const SourceFile* file_;
  PrefixHasher hasher_;
  char before_begin_;
  std::size_t block_;
  std::size_t held_max_;
  std::size_t padding_;
  ReadMemory memory_;
  // Not a std::vector, which writes zeros first: of many small files most blocks stay untouched.
  std::shared_ptr<char[]> bytes_;
  bool held_ = false;  // by somebody else, too
  std::size_t capacity_ = 0;
  std::uint64_t base_;      // the file's byte at bytes_[0]
  std::size_t hashed_ = 0;  // bytes_[0, hashed_) are in hasher_
  std::size_t begin_ = 0;   // hashed_ <= begin_ <= end_
  std::size_t end_ = 0;
  bool last_ = false;
};

}  // namespace onceload
