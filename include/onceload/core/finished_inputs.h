// Inputs that a load has finished with long ago, as the keys of their texts: 56 bytes each,
// however many they are. A load that goes on for years has no more than a few hundred others.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/core/digest.h"

namespace onceload {

struct FinishedKey {
  std::uint64_t bytes = 0;  // of the text
  std::uint64_t rows = 0;
  // Fingerprint of the text.
  Digest blocks;
  Digest tail;
  Digest head;             // of its first kHeadBytes; 0 where it is shorter, or not known
  Digest path;             // of its bytes
  std::uint64_t hint = 0;  // HintOf() the file as it was when it was loaded

  bool operator==(const FinishedKey&) const = default;
};

// Keys of a page. Pages are full, and never change: each is written once, and kept as long as the
// load. A larger one would make more inputs wait in their long form, a smaller one more requests.
inline constexpr std::size_t kKeysOfAPage = 512;
using FinishedPage = std::vector<FinishedKey>;

// Copies share their pages. They may be left out where only the sums are needed.
struct FinishedInputs {
  std::vector<std::shared_ptr<const FinishedPage>> pages;  // oldest first
  std::uint64_t count = 0;                                 // kKeysOfAPage a page
  std::uint64_t rows = 0;                                  // of them all
  std::uint64_t empty_lines = 0;
  std::uint64_t bytes = 0;        // of their files
  std::size_t pages_written = 0;  // to Kafka, of `pages`

  std::uint64_t page_count() const { return count / kKeysOfAPage; }
  bool whole() const { return pages.size() == page_count(); }

  // Of the same inputs, whether their keys are here or not.
  bool operator==(const FinishedInputs& other) const {
    return count == other.count && rows == other.rows && empty_lines == other.empty_lines &&
           bytes == other.bytes;
  }
};

// A page as 56 bytes a key: its members in their order, little-endian. Decoding gives nullopt for
// bytes that are no page.
std::string EncodeFinishedPage(const FinishedPage& page);
std::optional<FinishedPage> DecodeFinishedPage(std::string_view bytes);

}  // namespace onceload
