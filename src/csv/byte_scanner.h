// Which of the next 64 bytes matter to a CSV parser, as bit masks.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace onceload {

inline constexpr std::size_t kScanBytes = 64;

// Bit i is about byte i.
struct ByteMasks {
  std::uint64_t stops = 0;  // delimiter, quote, LF or CR
  std::uint64_t odd = 0;    // NUL or not ASCII: the record needs a closer look
};

// The two scanners below are interchangeable: operator() reads kScanBytes bytes at `p`.

// Eight bytes at a time in plain integers, for any machine.
class PortableScanner {
 public:
  PortableScanner(char delimiter, char quote)
      : delimiter_(Repeat(delimiter)), quote_(Repeat(quote)) {}

  ByteMasks operator()(const char* p) const {
    ByteMasks masks;
    for (std::size_t i = 0; i < kScanBytes; i += 8) {
      const std::uint64_t word = Load(p + i);
      const std::uint64_t stops = ZeroBytes(word ^ delimiter_) | ZeroBytes(word ^ quote_) |
                                  ZeroBytes(word ^ Repeat('\n')) | ZeroBytes(word ^ Repeat('\r'));
      masks.stops |= Gather(stops) << i;
      masks.odd |= Gather(ZeroBytes(word) | (word & kHighBits)) << i;
    }
    return masks;
  }

 private:
  static constexpr std::uint64_t kLowBits = 0x0101010101010101;
  static constexpr std::uint64_t kHighBits = kLowBits << 7U;

  static constexpr std::uint64_t Repeat(char c) { return kLowBits * static_cast<unsigned char>(c); }

  // Byte 0 in the low bits whatever the byte order; compilers make one load of it.
  static std::uint64_t Load(const char* p) {
    std::uint64_t word = 0;
    for (unsigned i = 0; i < 8; ++i) {
      word |= std::uint64_t{static_cast<unsigned char>(p[i])} << (8 * i);
    }
    return word;
  }

  // The high bit of each byte that is zero. Not the shorter (w - 1) & ~w & high: its borrow also
  // marks a 1 above a zero byte.
  static constexpr std::uint64_t ZeroBytes(std::uint64_t word) {
    return ~(((word & ~kHighBits) + ~kHighBits) | word) & kHighBits;
  }

  // The high bits of the eight bytes, as bits 0 to 7.
  static constexpr std::uint64_t Gather(std::uint64_t high_bits) {
    return ((high_bits >> 7U) * 0x0102040810204080) >> 56U;
  }

  std::uint64_t delimiter_;
  std::uint64_t quote_;
};

#if defined(__SSE2__)
// SSE2 and not AVX2: every x86-64 machine has it, so one binary needs no dispatch.
class Sse2Scanner {
 public:
  Sse2Scanner(char delimiter, char quote)
      : delimiter_(_mm_set1_epi8(delimiter)), quote_(_mm_set1_epi8(quote)) {}

  ByteMasks operator()(const char* p) const {
    const __m128i lf = _mm_set1_epi8('\n');
    const __m128i cr = _mm_set1_epi8('\r');
    ByteMasks masks;
    for (unsigned i = 0; i < kScanBytes; i += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + i));
      const __m128i inner =
          _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiter_), _mm_cmpeq_epi8(bytes, quote_));
      const __m128i outer = _mm_or_si128(_mm_cmpeq_epi8(bytes, lf), _mm_cmpeq_epi8(bytes, cr));
      masks.stops |= HighBits(_mm_or_si128(inner, outer)) << i;
      const __m128i nul = _mm_cmpeq_epi8(bytes, _mm_setzero_si128());
      masks.odd |= HighBits(_mm_or_si128(bytes, nul)) << i;
    }
    return masks;
  }

 private:
  static std::uint64_t HighBits(__m128i bytes) {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
  }

  __m128i delimiter_;
  __m128i quote_;
};
using NativeScanner = Sse2Scanner;
#else
using NativeScanner = PortableScanner;
#endif

}  // namespace onceload
