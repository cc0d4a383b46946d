// Source file: any bytes, in any encoding, give the same text and the same end however they are
// read. Three bytes behind the file are choices; the seeds have them.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "fuzz/fuzz.h"
#include "onceload/core/error.h"
#include "onceload/source/source_file.h"
#include "source/decompressor.h"

namespace onceload {
namespace {

using fuzz::Check;

// A few bytes can be the archive of a very long text.
constexpr std::size_t kTextMax = std::size_t{1} << 20;

struct Outcome {
  std::string text;
  std::string error;  // its place, for a library's reason may depend on the room it had; "": the
                      // end, or kTextMax

  bool operator==(const Outcome&) const = default;
};

Outcome Drain(const SourceFile& file, std::size_t block, std::size_t from) {
  Outcome outcome;
  std::string into(block, '#');
  try {
    while (from + outcome.text.size() < kTextMax) {
      const std::size_t want = std::min(block, kTextMax - from - outcome.text.size());
      const std::size_t n =
          file.ReadAt(ByteOffset{from + outcome.text.size()}, std::span(into).first(want));
      if (n == 0) return outcome;
      outcome.text.append(into, 0, n);
    }
  } catch (const Error& error) {
    Check(error.code() == ExitCode::kInput, "a fault is the input's");
    outcome.error = error.where();
  }
  return outcome;
}

// Not exact: there is a fault, and one text begins the other.
bool Same(const Outcome& a, const Outcome& b, bool exact) {
  return exact ? a == b : a.text.starts_with(b.text) || b.text.starts_with(a.text);
}

void Run(fuzz::Input input) {
  constexpr std::array<Encoding, 5> kEncodings{Encoding::kUtf8, Encoding::kUtf16Le,
                                               Encoding::kUtf16Be, Encoding::kLatin1,
                                               Encoding::kWindows1252};
  const Encoding encoding = kEncodings.at(input.Choose(kEncodings.size()));
  const std::size_t block = 256 + input.Choose(256);
  const std::size_t place = input.Choose(256);
  const fuzz::MemoryFile memory(input.rest());
  const SourceFile file(memory.path(), encoding);
  const Outcome all = Drain(file, std::size_t{1} << 16U, 0);
  Check(file.consumed() <= input.rest().size(), "no more is used than there is");
  if (file.plain())
    Check(all == Outcome{std::string(input.rest()), ""}, "a plain file is its text");
  // How far libbz2 writes beyond a damaged block's end depends on how much it is asked for.
  const bool whole = all.error.empty() && all.text.size() < kTextMax;
  const bool exact = whole || CompressionOf(input.rest()) != "bzip2";
  Check(Same(Drain(file, block, 0), all, exact), "blocks of any size give the same");
  const std::size_t from = all.text.size() * place / 256;
  Check(Same(Drain(file, block, from), {all.text.substr(from), all.error}, exact),
        "from any place the rest is read");
}

}  // namespace
}  // namespace onceload

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  onceload::Run({data, size});
  return 0;
}
