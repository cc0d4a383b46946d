#include "onceload/core/digest.h"

#include <array>

#include <xxhash.h>

namespace onceload {
namespace {

// Little-endian whatever the machine, so that digests written on one are read on another.
void PutLe64(std::uint64_t value, unsigned char* into) {
  for (int i = 0; i < 8; ++i) into[i] = static_cast<unsigned char>(value >> (8 * i));
}

template <std::size_t N>
Digest DigestOfWords(const std::array<std::uint64_t, N>& words) {
  std::array<unsigned char, 8 * N> bytes;
  for (std::size_t i = 0; i < N; ++i) PutLe64(words[i], bytes.data() + 8 * i);
  return Digest{XXH3_64bits(bytes.data(), bytes.size())};
}

}  // namespace

std::string Digest::Hex() const {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[i] = kDigits[(value >> (60 - 4 * i)) & 15U];
  return text;
}

std::optional<Digest> Digest::FromHex(std::string_view text) {
  if (text.size() != 16) return std::nullopt;
  Digest digest;
  for (const char c : text) {
    std::uint64_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint64_t>(c - 'a') + 10;
    } else {
      return std::nullopt;
    }
    digest.value = digest.value << 4U | digit;
  }
  return digest;
}

Digest DigestOf(std::string_view bytes) { return Digest{XXH3_64bits(bytes.data(), bytes.size())}; }

Digest RecordDigest(std::optional<std::string_view> key, std::string_view value) {
  return DigestOfWords<3>({key ? std::uint64_t{1} : std::uint64_t{0},
                           key ? DigestOf(*key).value : 0, DigestOf(value).value});
}

Digest RecordDigest(const DigestRule& rule, const RecordParts& record) {
  if (rule.rules == Rules::kFirst) {
    return RecordDigest(record.key, record.value.value_or(std::string_view()));
  }
  const bool has_time = rule.times && record.time_ms != kNoTime;
  const std::uint64_t parts =
      (record.key ? 1U : 0U) + (record.value ? 2U : 0U) + (has_time ? 4U : 0U);
  const std::string_view headers = rule.headers ? record.headers : std::string_view();
  return DigestOfWords<5>({parts, record.key ? DigestOf(*record.key).value : 0,
                           record.value ? DigestOf(*record.value).value : 0,
                           headers.empty() ? 0 : DigestOf(headers).value,
                           has_time ? static_cast<std::uint64_t>(record.time_ms) : 0});
}

Digest Extend(Digest so_far, Digest record) {
  return DigestOfWords<2>({so_far.value, record.value});
}

}  // namespace onceload
