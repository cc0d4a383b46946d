// Digests against accidents (not against an attacker): XXH3-64.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "onceload/core/rules.h"

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

// Digest of one record as Kafka holds it, by the first rules. A null key is not an empty key:
//   RecordDigest(k, v) = XXH3(le64(has_key) . le64(XXH3(k) or 0) . le64(XXH3(v)))
// Neither headers nor time are in it, and a null value is an empty one.
Digest RecordDigest(std::optional<std::string_view> key, std::string_view value);

// No time of the record's own.
inline constexpr std::int64_t kNoTime = -1;

// A record as far as a load makes it.
struct RecordParts {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  // One behind the other, each [le16 name size][le32 value size][name][value]; the value size of a
  // null is 0xffffffff.
  std::string_view headers;
  std::int64_t time_ms = kNoTime;  // milliseconds since 1970, if whoever made the record has set it
};

// What a load's digests cover. docs/checkpoint-format.md has the arithmetic.
struct DigestRule {
  Rules rules = kNewestRules;
  bool times = false;   // second rules only: times are the load's, not the broker's
  bool headers = true;  // false only for an audit that does not know what they should be

  bool operator==(const DigestRule&) const = default;
};

// Of dead letters: they have the time of sending.
constexpr DigestRule DeadLetterDigest(Rules rules) { return {rules, false, true}; }

// By the second rules:
//   R(k, v, h, t) = XXH3(le64(has_key + 2 has_value + 4 has_time) . le64(XXH3(k) or 0)
//                        . le64(XXH3(v) or 0) . le64(XXH3(h), 0 without headers) . le64(t or 0))
Digest RecordDigest(const DigestRule& rule, const RecordParts& record);

// Rolling digest of a partition: the digest after n records, in their order.
//   d(0) = 0,  d(n) = XXH3(le64(d(n-1)) . le64(RecordDigest(n)))
Digest Extend(Digest so_far, Digest record);

}  // namespace onceload
