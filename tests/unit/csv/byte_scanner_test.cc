#include "csv/byte_scanner.h"

#include <array>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace onceload {
namespace {

struct Signs {
  char delimiter;
  char quote;
};
constexpr std::array<Signs, 4> kSigns = {Signs{',', '"'}, Signs{';', '\''}, Signs{'\t', '"'},
                                         Signs{'\x01', '\x7f'}};

ByteMasks Reference(const std::string& bytes, Signs signs) {
  ByteMasks masks;
  for (std::size_t i = 0; i < kScanBytes; ++i) {
    const char c = bytes[i];
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (c == signs.delimiter || c == signs.quote || c == '\n' || c == '\r') masks.stops |= bit;
    if (c == '\0' || static_cast<unsigned char>(c) >= 0x80) masks.odd |= bit;
  }
  return masks;
}

template <typename Scanner>
class ByteScanner : public ::testing::Test {
 protected:
  static void Compare(const std::string& bytes, Signs signs) {
    const ByteMasks expected = Reference(bytes, signs);
    const ByteMasks found = Scanner(signs.delimiter, signs.quote)(bytes.data());
    ASSERT_EQ(found.stops, expected.stops);
    ASSERT_EQ(found.odd, expected.odd);
  }
};

using Scanners = ::testing::Types<PortableScanner, NativeScanner>;
TYPED_TEST_SUITE(ByteScanner, Scanners);

TYPED_TEST(ByteScanner, SeesEveryByteValueAtEveryPlace) {
  for (const Signs signs : kSigns) {
    for (std::size_t at = 0; at < kScanBytes; ++at) {
      for (unsigned c = 0; c < 256; ++c) {
        std::string bytes(kScanBytes, 'x');
        bytes[at] = static_cast<char>(c);
        ASSERT_NO_FATAL_FAILURE(this->Compare(bytes, signs)) << at << ' ' << c;
      }
    }
  }
}

// Byte by byte arithmetic in a word must not let one byte's result spill into the next.
TYPED_TEST(ByteScanner, SeesEveryPairOfNeighbours) {
  for (const Signs signs : kSigns) {
    for (unsigned a = 0; a < 256; ++a) {
      for (unsigned b = 0; b < 256; ++b) {
        std::string bytes;
        for (std::size_t i = 0; i < kScanBytes; ++i) bytes += static_cast<char>(i % 3 == 0 ? a : b);
        ASSERT_NO_FATAL_FAILURE(this->Compare(bytes, signs)) << a << ' ' << b;
      }
    }
  }
}

TYPED_TEST(ByteScanner, AgreesWithTheReferenceOnRandomBytes) {
  std::mt19937 random(20260131);
  std::string bytes(kScanBytes, '\0');
  for (int round = 0; round < 20000; ++round) {
    for (char& c : bytes) c = static_cast<char>(random());
    ASSERT_NO_FATAL_FAILURE(this->Compare(bytes, kSigns[random() % kSigns.size()]));
  }
}

}  // namespace
}  // namespace onceload
