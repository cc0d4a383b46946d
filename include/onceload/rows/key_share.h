// Which rows a load takes where several loads read the same files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "onceload/core/digest.h"

namespace onceload {

// Each key is one load's: number XXH3-64(key) modulo `count`. That has nothing to do with Kafka's
// murmur2, so each load reaches all partitions. Frozen with a load: by another share a row would be
// in two loads or in none. Pure.
struct KeyShare {
  std::uint32_t index = 0;  // from 0
  std::uint32_t count = 1;  // 1: the load takes all rows

  bool all() const { return count == 1; }

  // A null key goes with the empty one.
  static std::uint32_t IndexOf(std::optional<std::string_view> key, std::uint32_t count) {
    return static_cast<std::uint32_t>(DigestOf(key.value_or("")).value % count);
  }
  bool Has(std::optional<std::string_view> key) const {
    return all() || IndexOf(key, count) == index;
  }
  // Rows that become no message may have no key that could be read: they are one load's as well.
  bool HasBadRows() const { return index == 0; }

  bool operator==(const KeyShare&) const = default;
};

// "2/8", and back; nullopt: it is none.
std::string TextOf(const KeyShare& share);
std::optional<KeyShare> KeyShareFromText(std::string_view text);

}  // namespace onceload
