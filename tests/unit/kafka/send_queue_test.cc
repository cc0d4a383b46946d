#include "kafka/send_queue.h"

#include <string>

#include <gtest/gtest.h>

namespace onceload {
namespace {

// Two partitions and the dead letters.
constexpr std::size_t kDead = 2;
constexpr std::size_t kValueBytes = 52;  // and kMessageOverhead: 100

MessageBatch BatchOf(const std::vector<int>& lanes) {
  MessageBatch batch;
  for (const int lane : lanes) {
    MessageBatch::Message message;
    message.dead_letter = lane == static_cast<int>(kDead);
    message.partition = PartitionId{message.dead_letter ? 0 : lane};
    message.value_begin = static_cast<std::uint32_t>(batch.arena().size());
    message.value_size = kValueBytes;
    batch.arena().append(std::string(kValueBytes, 'x'));
    batch.Add(message);
  }
  return batch;
}

std::vector<std::uint32_t> Messages(std::span<const SendQueue::Entry> entries) {
  std::vector<std::uint32_t> messages;
  for (const SendQueue::Entry& entry : entries) messages.push_back(entry.message);
  return messages;
}

TEST(SendQueueTest, ARequestTakesALanesMessagesInOrderUpToItsLimits) {
  const MessageBatch batch = BatchOf({0, 1, 0, 0, kDead, 0});
  SendQueue by_bytes(2, {.bytes = 299, .messages = 10});
  by_bytes.Add(batch);
  EXPECT_EQ(Messages(by_bytes.Next(0, 0)), (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(Messages(by_bytes.Next(1, 0)), (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(Messages(by_bytes.Next(kDead, 0)), (std::vector<std::uint32_t>{4}));
  SendQueue by_number(2, {.bytes = 10'000, .messages = 3});
  by_number.Add(batch);
  EXPECT_EQ(Messages(by_number.Next(0, 0)), (std::vector<std::uint32_t>{0, 2, 3}));
}

TEST(SendQueueTest, NothingFollowsWhileARequestIsInFlight) {
  const MessageBatch batch = BatchOf({0, 0, 0});
  SendQueue queue(2, {.bytes = 200, .messages = 10});
  queue.Add(batch);
  ASSERT_EQ(queue.Next(0, 0).size(), 2U);
  queue.Sent(0, 2);
  EXPECT_EQ(queue.waiting_bytes(), kValueBytes + kMessageOverhead);
  queue.Settled(0);
  EXPECT_TRUE(queue.Next(0, 0).empty());
  queue.Settled(0);
  EXPECT_EQ(Messages(queue.Next(0, 0)), (std::vector<std::uint32_t>{2}));
  EXPECT_FALSE(queue.settled(0));
  queue.Sent(0, 1);
  EXPECT_FALSE(queue.settled(0));
  queue.Settled(0);
  EXPECT_TRUE(queue.settled(0));
  EXPECT_EQ(queue.waiting_bytes(), 0U);
}

TEST(SendQueueTest, WhatKafkaDidNotTakeComesFirstInTheNextRequest) {
  const MessageBatch batch = BatchOf({0, 0, 0});
  SendQueue queue(2, {.bytes = 10'000, .messages = 10});
  queue.Add(batch);
  queue.Sent(0, 1);
  queue.Settled(0);
  EXPECT_EQ(Messages(queue.Next(0, 0)), (std::vector<std::uint32_t>{1, 2}));
}

TEST(SendQueueTest, AMessageLargerThanARequestGoesAlone) {
  const MessageBatch batch = BatchOf({0, 0});
  SendQueue queue(2, {.bytes = 10, .messages = 10});
  queue.Add(batch);
  EXPECT_EQ(Messages(queue.Next(0, 0)), (std::vector<std::uint32_t>{0}));
}

TEST(SendQueueTest, LittleWaitsForMoreUnlessAskedFor) {
  const MessageBatch batch = BatchOf({0, 0});
  SendQueue queue(2, {.bytes = 10'000, .messages = 10});
  queue.Add(batch);
  EXPECT_TRUE(queue.Next(0, 201).empty());
  EXPECT_EQ(queue.Next(0, 200).size(), 2U);
}

TEST(SendQueueTest, OrderIsKeptAcrossManyBatchesAndRequests) {
  SendQueue queue(1, {.bytes = 700, .messages = 7});
  std::vector<MessageBatch> batches;
  for (int i = 0; i < 50; ++i) batches.push_back(BatchOf({0, 0, 0, 0, 0}));
  std::vector<std::pair<const MessageBatch*, std::uint32_t>> seen;
  const auto drain = [&](std::size_t at_most) {
    const auto entries = queue.Next(0, 0).first(std::min(at_most, queue.Next(0, 0).size()));
    const std::size_t count = entries.size();
    for (const SendQueue::Entry& entry : entries) seen.emplace_back(entry.batch, entry.message);
    queue.Sent(0, count);
    for (std::size_t i = 0; i < count; ++i) queue.Settled(0);
  };
  for (const MessageBatch& batch : batches) {
    queue.Add(batch);
    drain(3);
  }
  while (!queue.settled(0)) drain(7);
  ASSERT_EQ(seen.size(), 250U);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].first, &batches[i / 5]);
    EXPECT_EQ(seen[i].second, i % 5);
  }
}

}  // namespace
}  // namespace onceload
