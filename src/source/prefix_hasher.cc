#include "onceload/source/prefix_hasher.h"

#include <algorithm>
#include <new>
#include <span>
#include <string>
#include <vector>

#include <xxhash.h>

#include "onceload/core/freed_by.h"
#include "onceload/source/input_error.h"

namespace onceload {
namespace {

Error ChangedError(const SourceFile& file, ByteOffset at, const std::string& what) {
  return InputError(
      what, file.path(), at,
      "put back the file that was loaded so far, or load this one under another name");
}

// Bytes [from, to) of the file.
std::vector<char> ReadRange(const SourceFile& file, std::uint64_t from, std::uint64_t to) {
  std::vector<char> bytes(static_cast<std::size_t>(to - from));
  std::size_t got = 0;
  while (got < bytes.size()) {
    const std::size_t n = file.ReadAt(ByteOffset{from + got}, std::span(bytes).subspan(got));
    got += n;
    if (n > 0) continue;  // a short count may mean a fault: the next call throws it
    throw ChangedError(
        file, ByteOffset{from + got},
        "the input has changed: it ends before the recorded position, byte " + std::to_string(to));
  }
  return bytes;
}

}  // namespace

struct PrefixHasher::State {
  State() : partial(XXH3_createState()) {
    if (partial == nullptr) throw std::bad_alloc();
    Reset();
  }
  State(const State& other) : State() { *this = other; }
  State& operator=(const State& other) {
    XXH3_copyState(partial.get(), other.partial.get());
    blocks = other.blocks;
    length = other.length;
    last = other.last;
    return *this;
  }
  ~State() = default;
  void Reset() { static_cast<void>(XXH3_64bits_reset(partial.get())); }  // fails for null only

  // Allocated by the library: it wants more alignment than we may know of.
  std::unique_ptr<XXH3_state_t, FreedBy<&XXH3_freeState>> partial;
  Digest blocks;
  std::uint64_t length = 0;
  char last = 0;
};

PrefixHasher::PrefixHasher() : state_(std::make_unique<State>()) {}
PrefixHasher::~PrefixHasher() = default;
PrefixHasher::PrefixHasher(PrefixHasher&&) noexcept = default;
PrefixHasher& PrefixHasher::operator=(PrefixHasher&&) noexcept = default;
PrefixHasher::PrefixHasher(const PrefixHasher& other)
    : state_(std::make_unique<State>(*other.state_)) {}
PrefixHasher& PrefixHasher::operator=(const PrefixHasher& other) {
  if (this != &other) *state_ = *other.state_;
  return *this;
}

PrefixHasher PrefixHasher::Resume(const SourceFile& file, ByteOffset at,
                                  const PrefixFingerprint& was) {
  const std::uint64_t partial_begin = at.value - at.value % kFingerprintBlock;
  const std::vector<char> partial = ReadRange(file, partial_begin, at.value);
  PrefixHasher hasher;
  if (!partial.empty()) {
    hasher.state_->last = partial.back();
  } else if (at.value > 0) {  // no partial block whose absence would show that the file is shorter
    hasher.state_->last = ReadRange(file, at.value - 1, at.value).back();
  }
  hasher.state_->blocks = partial_begin == 0 ? Digest{} : was.blocks;
  hasher.state_->length = partial_begin;
  hasher.Update({partial.data(), partial.size()});
  if (hasher.fingerprint() != was) {
    throw ChangedError(file, ByteOffset{partial_begin},
                       "the input has changed: the bytes from here to byte " +
                           std::to_string(at.value) + " are not those that were loaded");
  }
  return hasher;
}

char PrefixHasher::last_byte() const { return state_->last; }

void PrefixHasher::Update(std::string_view bytes) {
  State& state = *state_;
  while (!bytes.empty()) {
    const std::uint64_t room = kFingerprintBlock - state.length % kFingerprintBlock;
    const std::string_view piece = bytes.substr(0, static_cast<std::size_t>(room));
    static_cast<void>(XXH3_64bits_update(state.partial.get(), piece.data(), piece.size()));
    state.length += piece.size();
    if (piece.size() == room) {
      state.blocks = Extend(state.blocks, Digest{XXH3_64bits_digest(state.partial.get())});
      state.Reset();
    }
    bytes.remove_prefix(piece.size());
  }
}

ByteOffset PrefixHasher::length() const { return ByteOffset{state_->length}; }

PrefixFingerprint PrefixHasher::fingerprint() const {
  return {.blocks = state_->blocks, .tail = Digest{XXH3_64bits_digest(state_->partial.get())}};
}

PrefixFingerprint TailFingerprint(const SourceFile& file, ByteOffset at) {
  const std::vector<char> tail = ReadRange(file, at.value - at.value % kFingerprintBlock, at.value);
  return {.blocks = {}, .tail = DigestOf({tail.data(), tail.size()})};
}

PrefixFingerprint FingerprintOfPrefix(const SourceFile& file, ByteOffset length) {
  PrefixHasher hasher;
  std::vector<char> block;
  while (hasher.length() < length) {
    const std::uint64_t from = hasher.length().value;
    block = ReadRange(file, from, std::min(length.value, from + kFingerprintBlock));
    hasher.Update({block.data(), block.size()});
  }
  return hasher.fingerprint();
}

std::string HeadTextOf(const SourceFile& file) {
  // Of a file that is read as it is, no more than there can be: a small one's head is small.
  const std::uint64_t most = file.plain() ? file.identity().size : kHeadBytes;
  std::string head(static_cast<std::size_t>(std::min(kHeadBytes, most)), '\0');
  std::size_t size = 0;
  try {
    while (size < head.size()) {
      const std::size_t got = file.ReadAt(ByteOffset{size}, std::span(head).subspan(size));
      if (got == 0) break;
      size += got;
    }
  } catch (const Error& error) {
    if (error.code() != ExitCode::kInput) throw;
  }
  head.resize(size);
  return head;
}

std::optional<HeadKey> HeadOf(const SourceFile& file, ByteOffset rows_begin) {
  const std::string head = HeadTextOf(file);
  if (head.size() <= rows_begin.value) return std::nullopt;
  return HeadKey{DigestOf(head), head.size()};
}

}  // namespace onceload
