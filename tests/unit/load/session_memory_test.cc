#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "load/session.h"

namespace onceload {
namespace {

SuspectRows Rows(std::int32_t partition, std::uint64_t first, std::uint64_t last) {
  return {PartitionId{partition}, RowNumber{first}, RowNumber{last}, 1};
}

RefusedOfTransaction Found(std::vector<SuspectRows> suspects) {
  RefusedOfTransaction found;
  found.narrowing.suspects = std::move(suspects);
  return found;
}

// Suspects whose last row is committed are none, and those of a partition are its newest.
TEST(SessionMemoryTest, SuspectsStayUntilTheyAreCommittedOrNarrowed) {
  SessionMemory memory;
  EXPECT_TRUE(memory.Learn(Found({Rows(0, 1, 40), Rows(1, 2, 41)}), RowNumber{0}));
  EXPECT_TRUE(memory.Learn(Found({Rows(2, 3, 50)}), RowNumber{40}));
  ASSERT_EQ(memory.narrowing.suspects.size(), 2U);
  EXPECT_EQ(memory.narrowing.suspects[0].partition, PartitionId{1});
  EXPECT_TRUE(memory.Learn(Found({Rows(1, 2, 20)}), RowNumber{10}));
  ASSERT_EQ(memory.narrowing.suspects.size(), 2U);
  EXPECT_EQ(memory.narrowing.suspects[0].partition, PartitionId{2});
  EXPECT_EQ(memory.narrowing.suspects[1].last, RowNumber{20});
}

TEST(SessionMemoryTest, ARowIsNewsOnceAndKeptInItsPlace) {
  SessionMemory memory;
  RefusedOfTransaction found;
  found.rows = {{RowNumber{7}, "why", ""}, {RowNumber{3}, "why", ""}};
  EXPECT_TRUE(memory.Learn(found, RowNumber{0}));
  EXPECT_FALSE(memory.Learn(found, RowNumber{0}));
  ASSERT_EQ(memory.refused.size(), 2U);
  EXPECT_EQ(memory.refused[0].row, RowNumber{3});
}

TEST(SessionMemoryTest, RequestsAreCutFurtherUpToALimit) {
  SessionMemory memory;
  RefusedOfTransaction found;
  found.narrowing.request_divisor = 4;
  for (int i = 0; i < 40; ++i) memory.Learn(found, RowNumber{0});
  EXPECT_EQ(memory.narrowing.request_divisor, std::size_t{1} << 20);
}

}  // namespace
}  // namespace onceload
