// The four libraries behind one interface: one part (member, frame, stream) of compressed data.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace onceload {

enum class CodecState : std::uint8_t {
  kMore,     // wants more input or more room
  kPartEnd,  // the part is complete, its checksum right
  kFault,    // why() tells
};

class Codec {
 public:
  Codec() = default;
  virtual ~Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  // Gets ready for a part, the first or another.
  virtual void Begin() = 0;

  // Decodes from the front of `in` to the front of `out` and takes what was used off both.
  virtual CodecState Step(std::span<const char>& in, std::span<char>& out) = 0;

  std::string_view why() const { return why_; }

 protected:
  std::string why_;
};

// How a compression is recognised, and what may lie between and after its parts.
struct Compression {
  std::string_view name;
  // Does a part begin with `bytes`, or, if they are fewer than it takes to tell, can it?
  bool (*begins_part)(std::string_view bytes);
  std::size_t magic_bytes;   // how many it takes to tell
  std::size_t padding_unit;  // zeros may follow a part in multiples of that; 0: none
  std::unique_ptr<Codec> (*codec)();
};

// All of them.
std::span<const Compression> Compressions();

}  // namespace onceload
