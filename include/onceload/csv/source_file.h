// An input file, open for reading at any offset.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "onceload/core/progress_record.h"
#include "onceload/core/types.h"

namespace onceload {

// Owns the descriptor. Not thread-safe. Every failure throws Error(kInput) that names the file, the
// byte where there is one, and the system's reason.
class SourceFile {
 public:
  // Refuses a directory, and what cannot be read twice from any offset: a pipe, a socket, a
  // terminal, /dev/stdin on one of them (the advice: save it to a file first).
  explicit SourceFile(const std::string& path);
  ~SourceFile();
  SourceFile(SourceFile&& other) noexcept;
  SourceFile(const SourceFile&) = delete;
  SourceFile& operator=(const SourceFile&) = delete;
  SourceFile& operator=(SourceFile&&) = delete;

  const std::string& path() const { return identity_.path; }

  // As fstat() told when the file was opened.
  const InputFile& identity() const { return identity_; }

  // Fills `into` from `at` on, as far as the file goes: less than its size is returned only at the
  // end of the file, 0 at or after it. Interrupted and short reads are continued.
  std::size_t ReadAt(ByteOffset at, std::span<char> into) const;

 private:
  int descriptor_ = -1;
  InputFile identity_;
};

}  // namespace onceload
