#include "onceload/message/partitioner.h"

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace onceload {
namespace {

constexpr std::array<std::int32_t, 4> kPartitionCounts{1, 5, 16, 500};

struct Golden {
  std::string key;
  std::int32_t murmur2 = 0;
  std::array<std::int32_t, 4> partitions{};
};

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    bytes += static_cast<char>(value);
  }
  return bytes;
}

// What the Java client says: see tests/data/Murmur2Golden.java.
std::vector<Golden> ReadGolden() {
  std::ifstream file(ONCELOAD_SOURCE_DIR "/tests/data/murmur2.tsv");
  std::string line;
  std::getline(file, line);  // the header
  std::vector<Golden> rows;
  while (std::getline(file, line)) {
    Golden row;
    const std::size_t tab = line.find('\t');  // the empty key is an empty cell
    row.key = FromHex(line.substr(0, tab));
    std::istringstream numbers(line.substr(tab));
    numbers >> row.murmur2;
    for (std::int32_t& partition : row.partitions) numbers >> partition;
    EXPECT_TRUE(numbers) << line;
    rows.push_back(row);
  }
  return rows;
}

TEST(PartitionerTest, Murmur2IsTheJavaClients) {
  const std::vector<Golden> rows = ReadGolden();
  ASSERT_GE(rows.size(), 60U);
  for (const Golden& row : rows) {
    EXPECT_EQ(static_cast<std::int32_t>(Murmur2(row.key)), row.murmur2) << row.key;
  }
}

TEST(PartitionerTest, PartitionsAreTheJavaClients) {
  for (const Golden& row : ReadGolden()) {
    for (std::size_t i = 0; i < kPartitionCounts.size(); ++i) {
      EXPECT_EQ(PartitionOf(row.key, RowNumber{1}, kPartitionCounts[i]),
                PartitionId{row.partitions[i]})
          << row.key << " of " << kPartitionCounts[i];
    }
  }
}

TEST(PartitionerTest, GoldenKeysCoverNegativeHashesAndEveryTailLength) {
  int negative = 0;
  std::array<int, 4> tails{};
  for (const Golden& row : ReadGolden()) {
    negative += row.murmur2 < 0 ? 1 : 0;
    ++tails[row.key.size() % 4];
  }
  EXPECT_GT(negative, 10);
  for (const int tail : tails) EXPECT_GT(tail, 5);
}

TEST(PartitionerTest, RowNumberDoesNotMoveAKey) {
  for (std::uint64_t row = 1; row < 50; ++row) {
    EXPECT_EQ(PartitionOf("user", RowNumber{row}, 5), PartitionOf("user", RowNumber{1}, 5));
  }
}

TEST(PartitionerTest, NullKeysAreSpreadByRowNumber) {
  for (std::uint64_t row = 1; row <= 20; ++row) {
    EXPECT_EQ(PartitionOf(std::nullopt, RowNumber{row}, 5),
              PartitionId{static_cast<std::int32_t>((row - 1) % 5)});
  }
  // A row number beyond 32 bits, not divisible.
  EXPECT_EQ(PartitionOf(std::nullopt, RowNumber{(std::uint64_t{1} << 32U) + 1}, 5), PartitionId{1});
}

TEST(PartitionerTest, EmptyKeyIsNotANullKey) {
  EXPECT_EQ(PartitionOf("", RowNumber{1}, 500), PartitionOf("", RowNumber{2}, 500));
  EXPECT_NE(PartitionOf("", RowNumber{1}, 500), PartitionOf(std::nullopt, RowNumber{1}, 500));
}

}  // namespace
}  // namespace onceload
