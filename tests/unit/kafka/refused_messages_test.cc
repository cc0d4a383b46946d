#include "kafka/refused_messages.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

constexpr int kInvalidTimestamp = 32;
constexpr int kInvalidRecord = 87;
constexpr int kTooLarge = 10;
constexpr PartitionId kPartition{3};

TEST(RefusedMessagesTest, TheRecordThatTheBrokerNamesIsAtFault) {
  RefusedMessages messages;
  messages.Beside(kPartition);
  messages.AtFault(kPartition, RowNumber{8}, kInvalidTimestamp);
  messages.Beside(kPartition);
  const RefusedOfTransaction refused = messages.Judged(0, "due");
  ASSERT_EQ(refused.rows.size(), 1U);
  EXPECT_EQ(refused.rows[0].row, RowNumber{8});
  EXPECT_EQ(refused.rows[0].column, "due");
  EXPECT_EQ(refused.rows[0].detail,
            "the broker answers INVALID_TIMESTAMP: the record's time is not within what the topic "
            "takes");
  EXPECT_FALSE(refused.narrowing.any());
}

TEST(RefusedMessagesTest, OneAloneIsAtFault) {
  RefusedMessages messages;
  messages.AtFault(kPartition, RowNumber{8}, kTooLarge);
  const RefusedOfTransaction refused = messages.Judged(0, "due");
  ASSERT_EQ(refused.rows.size(), 1U);
  EXPECT_EQ(refused.rows[0].column);
}

TEST(RefusedMessagesTest, AllWithOneErrorAreSuspects) {
  RefusedMessages messages;
  for (std::uint64_t row = 1; row <= 320; ++row) {
    messages.AtFault(kPartition, RowNumber{2 * row}, kInvalidRecord);
  }
  const RefusedOfTransaction refused = messages.Judged(0, "");
  EXPECT_TRUE(refused.rows.empty());
  ASSERT_EQ(refused.narrowing.suspects.size(), 1U);
  EXPECT_EQ(refused.narrowing.suspects[0].first, RowNumber{2});
  EXPECT_EQ(refused.narrowing.suspects[0].last, RowNumber{640});
  EXPECT_EQ(refused.narrowing.suspects[0].at_a_time, 20U);
}

// Several that are named have another code than their request.
TEST(RefusedMessagesTest, AllWithAnotherCodeThanTheRequestAreAtFault) {
  RefusedMessages messages;
  messages.AtFault(kPartition, RowNumber{1}, kInvalidRecord);
  messages.AtFault(kPartition, RowNumber{2}, kInvalidRecord);
  const RefusedOfTransaction refused = messages.Judged(kInvalidTimestamp, "due");
  ASSERT_EQ(refused.rows.size(), 2U);
  EXPECT_EQ(refused.rows[1].column, "due");
}

TEST(RefusedMessagesTest, ARequestThatIsTooLargeIsMadeSmaller) {
  RefusedMessages messages;
  messages.AtFault(kPartition, RowNumber{1}, kTooLarge);
  messages.AtFault(kPartition, RowNumber{2}, kTooLarge);
  const RefusedOfTransaction refused = messages.Judged(0, "");
  EXPECT_TRUE(refused.rows.empty());
  EXPECT_GT(refused.narrowing.request_divisor, 1U);
}

}  // namespace
}  // namespace onceload
