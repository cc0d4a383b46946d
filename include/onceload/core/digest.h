// Digests against accidents (not against an attacker): XXH3-64.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace onceload {

// 64-bit digest, printed as 16 lower-case hexadecimal digits.
struct Digest {
  std::uint64_t value = 0;

  constexpr bool operator==(const Digest&) const = default;
  std::string Hex() const;
  // nullopt unless `text` is 16 hexadecimal digits.
  static std::optional<Digest> FromHex(std::string_view text);
};

// XXH3_64bits of the bytes.
Digest DigestOf(std::string_view bytes);

// Digest of one record as Kafka holds it. A null key is not an empty key:
//   RecordDigest(k, v) = XXH3(le64(has_key) . le64(XXH3(k) or 0) . le64(XXH3(v)))
Digest RecordDigest(std::optional<std::string_view> key, std::string_view value);

// Rolling digest of a partition: the digest after n records, in their order.
//   d(0) = 0,  d(n) = XXH3(le64(d(n-1)) . le64(RecordDigest(n)))
Digest Extend(Digest so_far, Digest record);

}  // namespace onceload
