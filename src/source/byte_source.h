// What can be read from any byte on, as often as need be: a file. The seam through which every
// input's bytes come; what is no descriptor (an object of a store, a resource of HTTP by its
// ranges) is another ByteSource and another line in OpenBytes().
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "onceload/core/progress_record.h"
#include "source/byte_stream.h"

namespace onceload {

// Used by one thread.
class ByteSource {
 public:
  ByteSource() = default;
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // As it was found when it was opened. What is appended later is no part of it.
  virtual const InputFile& identity() const = 0;

  // As it is found now; the same fields. Throws Error(kInput) where that cannot be told.
  virtual InputFile Now() const = 0;

  // Its bytes from `at` to identity().size; none where `at` is at or behind that. Cheap: it is
  // called for every jump. The stream must not outlive the source.
  virtual std::unique_ptr<ByteStream> From(std::uint64_t at) const = 0;
};

// By what `path` says: a file, or ranges of one (byte_ranges.h). Throws Error(kInput) naming it.
std::unique_ptr<ByteSource> OpenBytes(const std::string& path);

}  // namespace onceload
