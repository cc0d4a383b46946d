// Bytes that are read once, from the first to the last; and what can go wrong on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace onceload {

struct StreamFault {
  std::string what;
  std::uint64_t at = 0;  // byte of the file
  std::string advice;
};

class ByteStream {
 public:
  ByteStream() = default;
  virtual ~ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  // Fills `into`. A short count: the end, or a fault right after those bytes. Again so at each
  // further call.
  virtual std::size_t Read(std::span<char> into) = 0;

  // Why the last Read() was short; nullopt: because of the end.
  virtual const std::optional<StreamFault>& fault() const = 0;

  // Bytes of the file that the bytes returned so far are made of.
  virtual std::uint64_t consumed() const = 0;
};

// Bytes read from below at a time by a stream that decodes. Small beside any dictionary, large
// enough that the system call does not show.
inline constexpr std::size_t kStreamBlockBytes = std::size_t{1} << 16;

}  // namespace onceload
