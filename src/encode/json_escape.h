// Strings to JSON (RFC 8259, section 7): only what must be escaped is. DEL, U+2028 and all else
// beyond ASCII go as they are.
//
// Nearly every cell needs no escape, and most are short. So bytes are tested while they are copied,
// up to 16 at a time, and a cell's last bytes are copied as a block that overlaps the one before:
// no loop over single bytes, and no read beyond the cell's end. Rejected: a table look-up a byte
// (two thirds of the speed), and reading a full block beyond the end (out of bounds).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace onceload {

// Most bytes that one byte of a string becomes: \u00xx.
inline constexpr std::size_t kEscapedBytesMax = 6;

constexpr bool NeedsEscape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// Copies `text` up to its first byte that needs an escape; returns how many bytes that is. All of
// [to, to + text.size()) may be written to.
using CopyPlain = std::size_t(std::string_view text, char* to);

// For less than 8 bytes a call would cost more than the loop.
inline std::size_t CopyPlainBytes(std::string_view text, char* to) {
  std::size_t done = 0;
  for (; done < text.size() && !NeedsEscape(text[done]); ++done) to[done] = text[done];
  return done;
}

// One bit for each byte of `word` that needs an escape: the top bit of that byte. Bytes above the
// lowest such one may be marked wrongly (a borrow runs upwards), so only the lowest counts.
constexpr std::uint64_t EscapeMarks(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kTops = 0x80 * kOnes;
  const std::uint64_t quote = word ^ ('"' * kOnes);
  const std::uint64_t backslash = word ^ ('\\' * kOnes);
  // x - n borrows into the top bit where x < n; ~x drops bytes whose top bit was set before.
  return (((word - 0x20 * kOnes) & ~word) | ((quote - kOnes) & ~quote) |
          ((backslash - kOnes) & ~backslash)) &
         kTops;
}

// Eight bytes at a time in a general register, for machines without SSE2.
inline std::size_t CopyPlainSwar(std::string_view text, char* to) {
  constexpr std::size_t kBlock = 8;
  // "Lowest byte first" holds for little-endian machines only.
  if (std::endian::native != std::endian::little || text.size() < kBlock) {
    return CopyPlainBytes(text, to);
  }
  for (std::size_t at = 0;; at = std::min(at + kBlock, text.size() - kBlock)) {
    std::uint64_t block = 0;
    std::memcpy(&block, text.data() + at, kBlock);
    std::memcpy(to + at, &block, kBlock);
    const std::uint64_t marks = EscapeMarks(block);
    if (marks != 0) return at + static_cast<std::size_t>(std::countr_zero(marks)) / 8;
    if (at + kBlock == text.size()) return text.size();
  }
}

#if defined(__SSE2__)

// One bit for each byte that needs an escape.
inline unsigned EscapeMarks(__m128i block) {
  // There is no unsigned comparison: x <= 0x1f where min(x, 0x1f) == x.
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
  const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  return static_cast<unsigned>(
      _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(control, quote), backslash)));
}

// 8 to 15 bytes: the first eight and the last eight, which overlap, in one register.
inline std::size_t CopyPlainHalves(std::string_view text, char* to) {
  const std::size_t last = text.size() - 8;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::memcpy(&low, text.data(), 8);
  std::memcpy(&high, text.data() + last, 8);
  std::memcpy(to, &low, 8);
  std::memcpy(to + last, &high, 8);
  const unsigned marks =
      EscapeMarks(_mm_set_epi64x(static_cast<std::int64_t>(high), static_cast<std::int64_t>(low)));
  if (marks == 0) return text.size();
  const auto first = static_cast<std::size_t>(std::countr_zero(marks));
  return first < 8 ? first : last + first - 8;
}

inline std::size_t CopyPlainSse2(std::string_view text, char* to) {
  constexpr std::size_t kBlock = 16;
  if (text.size() < 8) return CopyPlainBytes(text, to);
  if (text.size() < kBlock) return CopyPlainHalves(text, to);
  for (std::size_t at = 0;; at = std::min(at + kBlock, text.size() - kBlock)) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), block);
    const unsigned marks = EscapeMarks(block);
    if (marks != 0) return at + static_cast<std::size_t>(std::countr_zero(marks));
    if (at + kBlock == text.size()) return text.size();
  }
}

inline constexpr CopyPlain* kCopyPlain = CopyPlainSse2;

#else

inline constexpr CopyPlain* kCopyPlain = CopyPlainSwar;

#endif

// Writes the escape of a byte that needs one; returns the end.
inline char* AppendEscape(char c, char* to) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::string_view kShort = "\b\f\n\r\t\"\\";
  constexpr std::string_view kLetters = "bfnrt\"\\";
  *to++ = '\\';
  if (const std::size_t i = kShort.find(c); i != std::string_view::npos) {
    *to++ = kLetters[i];
    return to;
  }
  const auto byte = static_cast<unsigned char>(c);
  for (const char digit : {'u', '0', '0', kDigits[byte >> 4U], kDigits[byte & 15U]}) *to++ = digit;
  return to;
}

// Writes `text` as the inside of a JSON string; returns the end.
// REQUIRES: room for kEscapedBytesMax * text.size() bytes.
template <CopyPlain* copy_plain = kCopyPlain>
char* AppendEscaped(std::string_view text, char* to) {
  for (;;) {
    const std::size_t plain = copy_plain(text, to);
    to += plain;
    if (plain == text.size()) return to;
    to = AppendEscape(text[plain], to);
    text.remove_prefix(plain + 1);
  }
}

}  // namespace onceload
