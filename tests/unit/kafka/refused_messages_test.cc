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
  messages.AtFault(kPartition, RowNumber{8}, kInvalidTimestamp, nullptr);
  messages.Beside(kPartition);
  const RefusedOfTransaction refused = messages.Judged(0, "due");
  ASSERT_EQ(refused.rows.size(), 1U);
  EXPECT_EQ(refused.rows[0].row, RowNumber{8});
  EXPECT_EQ(refused.rows[0].column, "due");
  EXPECT_EQ(refused.rows[0].detail.find("the broker answers INVALID_TIMESTAMP: "), std::size_t{0});
  EXPECT_FALSE(refused.narrowing.any());
}

// Whoever merges them with those that are known relies on it.
TEST(RefusedMessagesTest, RowsComeInTheirOrder) {
  RefusedMessages messages;
  messages.AtFault(PartitionId{0}, RowNumber{9}, kInvalidTimestamp, nullptr);
  messages.AtFault(PartitionId{1}, RowNumber{3}, kInvalidTimestamp, nullptr);
  const RefusedOfTransaction refused = messages.Judged(0, "due");
  ASSERT_EQ(refused.rows.size(), 2U);
  EXPECT_EQ(refused.rows[0].row, RowNumber{3});
  EXPECT_EQ(refused.rows[1].row, RowNumber{9});
}

TEST(RefusedMessagesTest, OneAloneIsAtFault) {
  RefusedMessages messages;
  messages.AtFault(kPartition, RowNumber{8}, kTooLarge, nullptr);
  const RefusedOfTransaction refused = messages.Judged(0, "due");
  ASSERT_EQ(refused.rows.size(), 1U);
  EXPECT_TRUE(refused.rows[0].column.empty());
}

TEST(RefusedMessagesTest, AllWithOneErrorAreSuspects) {
  RefusedMessages messages;
  for (std::uint64_t row = 1; row <= 320; ++row) {
    messages.AtFault(kPartition, RowNumber{2 * row}, kInvalidRecord, nullptr);
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
  messages.AtFault(kPartition, RowNumber{1}, kInvalidRecord, nullptr);
  messages.AtFault(kPartition, RowNumber{2}, kInvalidRecord, nullptr);
  const RefusedOfTransaction refused = messages.Judged(kInvalidTimestamp, "due");
  ASSERT_EQ(refused.rows.size(), 2U);
  EXPECT_EQ(refused.rows[1].column, "due");
}

// librdkafka gives all of a request the same error where the broker names one record.
TEST(RefusedMessagesTest, TheOneWithWordsOfItsOwnIsAtFault) {
  const char others = 'o';
  const char own = 'w';
  for (std::uint64_t odd = 1; odd <= 4; ++odd) {
    RefusedMessages messages;
    for (std::uint64_t row = 1; row <= 4; ++row) {
      messages.AtFault(kPartition, RowNumber{row}, kInvalidTimestamp, row == odd ? &own : &others);
    }
    const RefusedOfTransaction refused = messages.Judged(kInvalidTimestamp, "due");
    ASSERT_EQ(refused.rows.size(), 1U) << odd;
    EXPECT_EQ(refused.rows[0].row, RowNumber{odd});
    EXPECT_FALSE(refused.narrowing.any());
  }
}

TEST(RefusedMessagesTest, ARequestThatIsTooLargeIsMadeSmaller) {
  RefusedMessages messages;
  messages.AtFault(kPartition, RowNumber{1}, kTooLarge, nullptr);
  messages.AtFault(kPartition, RowNumber{2}, kTooLarge, nullptr);
  const RefusedOfTransaction refused = messages.Judged(0, "");
  EXPECT_TRUE(refused.rows.empty());
  EXPECT_GT(refused.narrowing.request_divisor, 1U);
}

}  // namespace
}  // namespace onceload
