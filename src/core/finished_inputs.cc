#include "onceload/core/finished_inputs.h"

#include <array>

namespace onceload {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kNumbers = 7;

void Append(std::uint64_t number, std::string& bytes) {
  for (std::size_t i = 0; i < kNumberBytes; ++i) {
    bytes += static_cast<char>(number >> (8 * i) & 0xffU);
  }
}

std::uint64_t NumberAt(const char* at) {
  std::uint64_t number = 0;
  for (std::size_t i = kNumberBytes; i > 0; --i) {
    number = number << 8U | static_cast<unsigned char>(at[i - 1]);
  }
  return number;
}

}  // namespace

std::string EncodeFinishedPage(const FinishedPage& page) {
  std::string bytes;
  bytes.reserve(page.size() * kNumbers * kNumberBytes);
  for (const FinishedKey& key : page) {
    for (const std::uint64_t number : {key.bytes, key.rows, key.blocks.value, key.tail.value,
                                       key.head.value, key.path.value, key.hint}) {
      Append(number, bytes);
    }
  }
  return bytes;
}

std::optional<FinishedPage> DecodeFinishedPage(std::string_view bytes) {
  if (bytes.size() != kKeysOfAPage * kNumbers * kNumberBytes) return std::nullopt;
  FinishedPage page(kKeysOfAPage);
  const char* at = bytes.data();
  for (FinishedKey& key : page) {
    std::array<std::uint64_t, kNumbers> numbers{};
    for (std::uint64_t& number : numbers) {
      number = NumberAt(at);
      at += kNumberBytes;
    }
    key = {numbers[0],         numbers[1],         Digest{numbers[2]}, Digest{numbers[3]},
           Digest{numbers[4]}, Digest{numbers[5]}, numbers[6]};
  }
  return page;
}

}  // namespace onceload
