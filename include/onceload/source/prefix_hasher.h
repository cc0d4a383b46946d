// Computes PrefixFingerprint (core/progress_record.h) while a file is read.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "onceload/core/progress_record.h"
#include "onceload/source/source_file.h"

namespace onceload {

class PrefixHasher {
 public:
  // Of the empty prefix.
  PrefixHasher();
  ~PrefixHasher();
  PrefixHasher(PrefixHasher&&) noexcept;
  PrefixHasher& operator=(PrefixHasher&&) noexcept;
  PrefixHasher(const PrefixHasher& other);
  PrefixHasher& operator=(const PrefixHasher& other);

  // Goes on at `at` with the fingerprint recorded there: reads the partial block before it, at most
  // kFingerprintBlock bytes, and throws Error(kInput) if those are not the bytes recorded ("the
  // input has changed"), or if the file is now shorter than `at`.
  static PrefixHasher Resume(const SourceFile& file, ByteOffset at, const PrefixFingerprint& was);

  // Of a hasher that has just been resumed, the byte before `at`; 0 if there is none.
  char last_byte() const;

  // The next bytes of the file.
  void Update(std::string_view bytes);

  // Bytes so far, and their fingerprint. Update() may follow.
  ByteOffset length() const;
  PrefixFingerprint fingerprint() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// With which Resume() goes on at `at` though nothing before the block there was read: what follows
// then is no prefix's fingerprint, and is of use to nobody but a reader who needs none.
PrefixFingerprint TailFingerprint(const SourceFile& file, ByteOffset at);

// Reads [0, length) and returns its fingerprint. Throws Error(kInput) if the file is shorter.
PrefixFingerprint FingerprintOfPrefix(const SourceFile& file, ByteOffset length);

// The first kHeadBytes of the file's text, or as much as there is and can be read: what is wrong
// behind it, in a damaged archive, is told by whoever reads the rows there.
std::string HeadTextOf(const SourceFile& file);
// Of them; nullopt: nothing of it is behind `rows_begin`, where the header ends, and headers alone
// are what many files begin with.
std::optional<HeadKey> HeadOf(const SourceFile& file, ByteOffset rows_begin = ByteOffset{0});

}  // namespace onceload
