#include "kafka/send_queue.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace onceload {
namespace {

// Two partitions and the dead letters.
constexpr std::size_t kDead = 2;
constexpr std::size_t kValueBytes = 52;  // and kMessageOverhead: 100

char MarkOf(std::int64_t number) { return static_cast<char>('a' + number % 26); }

// Messages are numbered from `first` on, by their timestamps; their values begin with a mark of it.
MessageBatch BatchOf(const std::vector<int>& lanes, std::int64_t first = 0) {
  MessageBatch batch;
  for (const int lane : lanes) {
    MessageBatch::Message message;
    message.dead_letter = lane == static_cast<int>(kDead);
    message.partition = PartitionId{message.dead_letter ? 0 : lane};
    message.timestamp_ms = first + static_cast<std::int64_t>(batch.messages().size());
    message.begin = static_cast<std::uint32_t>(batch.arena().size());
    message.value_size = kValueBytes;
    std::string value(kValueBytes, 'x');
    value[0] = MarkOf(message.timestamp_ms);
    batch.arena().append(value);
    batch.Add(message);
  }
  return batch;
}

std::vector<std::int64_t> Messages(std::span<const SendQueue::Entry> entries) {
  std::vector<std::int64_t> messages;
  for (const SendQueue::Entry& entry : entries) {
    messages.push_back(entry.message.timestamp_ms);
    EXPECT_EQ(entry.message.ValueAt(entry.at)[0], MarkOf(entry.message.timestamp_ms));
  }
  return messages;
}

using Request = SendQueue::Request;
using Numbers = std::vector<std::int64_t>;

TEST(SendQueueTest, ARequestTakesALanesMessagesInOrderUpToItsLimits) {
  const MessageBatch batch = BatchOf({0, 1, 0, 0, kDead, 0});
  SendQueue by_bytes(2, {.bytes = 299, .messages = 10});
  by_bytes.Add(batch);
  EXPECT_EQ(Messages(by_bytes.Next(0, Request::kAny)), (Numbers{0, 2}));
  EXPECT_EQ(Messages(by_bytes.Next(1, Request::kAny)), (Numbers{1}));
  EXPECT_EQ(Messages(by_bytes.Next(kDead, Request::kAny)), (Numbers{4}));
  SendQueue by_number(2, {.bytes = 10'000, .messages = 3});
  by_number.Add(batch);
  EXPECT_EQ(Messages(by_number.Next(0, Request::kAny)), (Numbers{0, 2, 3}));
}

TEST(SendQueueTest, NothingFollowsWhileARequestIsInFlight) {
  const MessageBatch batch = BatchOf({0, 0, 0});
  SendQueue queue(2, {.bytes = 200, .messages = 10});
  queue.Add(batch);
  ASSERT_EQ(queue.Next(0, Request::kAny).size(), 2U);
  queue.Sent(0, 2);
  EXPECT_EQ(queue.waiting_bytes(), kValueBytes + kMessageOverhead);
  queue.Settled(0);
  EXPECT_TRUE(queue.Next(0, Request::kAny).empty());
  queue.Settled(0);
  EXPECT_EQ(Messages(queue.Next(0, Request::kAny)), (Numbers{2}));
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
  EXPECT_EQ(Messages(queue.Next(0, Request::kAny)), (Numbers{1, 2}));
}

TEST(SendQueueTest, TheRestIsWhatElseFitsTheRequestThatWasBegun) {
  const MessageBatch batch = BatchOf({0, 1, 0, 0, 0, 0});
  SendQueue by_bytes(2, {.bytes = 399, .messages = 10});
  by_bytes.Add(batch);
  by_bytes.Sent(0, 1);
  EXPECT_TRUE(by_bytes.Next(0, Request::kAny).empty());
  EXPECT_EQ(Messages(by_bytes.Next(0, Request::kRest)), (Numbers{2, 3}));
  by_bytes.Sent(0, 2);
  EXPECT_TRUE(by_bytes.Next(0, Request::kRest).empty());
  for (int i = 0; i < 3; ++i) by_bytes.Settled(0);
  EXPECT_EQ(Messages(by_bytes.Next(0, Request::kAny)), (Numbers{4, 5}));
  SendQueue by_number(2, {.bytes = 10'000, .messages = 3});
  by_number.Add(batch);
  by_number.Sent(0, 1);
  EXPECT_EQ(Messages(by_number.Next(0, Request::kRest)), (Numbers{2, 3}));
  // Kafka did not take the first one.
  EXPECT_EQ(Messages(by_number.Next(1, Request::kRest)), (Numbers{1}));
}

TEST(SendQueueTest, IsSettledAndHasAFullRequestOverAllLanes) {
  SendQueue queue(2, {.bytes = 10'000, .messages = 2});
  EXPECT_TRUE(queue.settled());
  queue.Add(BatchOf({0, 1}));
  EXPECT_FALSE(queue.has_full());
  queue.Add(BatchOf({1}));
  EXPECT_TRUE(queue.has_full());
  queue.Sent(1, 2);
  EXPECT_FALSE(queue.has_full());
  queue.Sent(0, 1);
  queue.Settled(0);
  queue.Settled(1);
  EXPECT_FALSE(queue.settled());
  queue.Settled(1);
  EXPECT_TRUE(queue.settled());
}

TEST(SendQueueTest, AMessageLargerThanARequestGoesAlone) {
  const MessageBatch batch = BatchOf({0, 0});
  SendQueue queue(2, {.bytes = 10, .messages = 10});
  queue.Add(batch);
  EXPECT_EQ(Messages(queue.Next(0, Request::kAny)), (Numbers{0}));
}

TEST(SendQueueTest, AFullRequestIsFullByBytesOrByNumber) {
  const MessageBatch batch = BatchOf({0, 0, 0});
  SendQueue by_bytes(2, {.bytes = 301, .messages = 10});
  by_bytes.Add(batch);
  EXPECT_TRUE(by_bytes.Next(0, Request::kFull).empty());
  EXPECT_EQ(by_bytes.Next(0, Request::kAny).size(), 3U);
  by_bytes.Add(batch);
  EXPECT_EQ(by_bytes.Next(0, Request::kFull).size(), 3U);
  SendQueue by_number(2, {.bytes = 10'000, .messages = 4});
  by_number.Add(batch);
  EXPECT_TRUE(by_number.Next(0, Request::kFull).empty());
  by_number.Add(batch);
  EXPECT_EQ(by_number.Next(0, Request::kFull).size(), 4U);
  EXPECT_TRUE(by_number.Next(1, Request::kFull).empty());
}

TEST(SendQueueTest, OrderAndBytesAreKeptAcrossManyBatchesAndRequests) {
  SendQueue queue(1, {.bytes = 700, .messages = 7});
  Numbers seen;
  const auto drain = [&](std::size_t at_most) {
    const auto next = queue.Next(0, Request::kAny);
    const auto sent = next.first(std::min(at_most, next.size()));
    // A copy: their bytes stay while they are in flight, the entries do not.
    std::vector<SendQueue::Entry> entries(sent.begin(), sent.end());
    queue.Sent(0, entries.size());
    return entries;
  };
  const auto settle = [&](const std::vector<SendQueue::Entry>& entries) {
    for (const std::int64_t message : Messages(entries)) seen.push_back(message);
    for (std::size_t i = 0; i < entries.size(); ++i) queue.Settled(0);
  };
  // One batch, reused, as the load loop does.
  MessageBatch batch;
  for (int i = 0; i < 200; ++i) {
    batch = BatchOf({0, 0, 0, 0, 0}, 5 * i);
    const std::vector<SendQueue::Entry> in_flight =
        queue.settled(0) ? std::vector<SendQueue::Entry>() : drain(3);
    queue.Add(batch);
    settle(in_flight);
  }
  while (!queue.settled(0)) settle(drain(7));
  ASSERT_EQ(seen.size(), 1000U);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<int>(i));
}

// A block is held until the last of its messages is settled, and not a message longer.
TEST(SendQueueTest, ABlockIsHeldForItsLastMessage) {
  SendQueue queue(1, {.bytes = 1'000'000, .messages = 1'000});
  std::size_t in_a_block = 0;
  for (std::size_t before = 0; queue.held_bytes() == before || before == 0; ++in_a_block) {
    before = queue.held_bytes();
    queue.Add(BatchOf({0}, static_cast<std::int64_t>(in_a_block)));
  }
  --in_a_block;  // the last one is the second block's first
  const std::size_t both = queue.held_bytes();
  ASSERT_GT(in_a_block, 2U);
  queue.Sent(0, in_a_block - 1);
  for (std::size_t i = 0; i + 1 < in_a_block; ++i) queue.Settled(0);
  EXPECT_EQ(queue.held_bytes(), both) << "its last message waits";
  EXPECT_EQ(Messages(queue.Next(0, Request::kAny)).size(), 2U);
  queue.Sent(0, 1);
  EXPECT_EQ(queue.held_bytes(), both) << "its last message is in flight";
  queue.Settled(0);
  EXPECT_LT(queue.held_bytes(), both);
  EXPECT_GT(queue.held_bytes(), 0U);
  queue.Sent(0, 1);
  queue.Settled(0);
  EXPECT_EQ(queue.held_bytes(), 0U);
}

// Of a transaction that was given up nothing is left, and the limits are those of the topic.
TEST(SendQueueTest, ClearForgetsMessagesAndKeepsLimits) {
  SendQueue queue(2, {.bytes = 200, .messages = 10}, {.bytes = 100, .messages = 1});
  queue.Add(BatchOf({0, 0, 0, 1, kDead, kDead}));
  queue.Sent(0, 2);
  queue.Clear();
  EXPECT_EQ(queue.waiting_bytes(), 0U);
  EXPECT_EQ(queue.held_bytes(), 0U);
  EXPECT_TRUE(queue.settled());
  EXPECT_TRUE(queue.Next(0, Request::kAny).empty());
  queue.Add(BatchOf({0, 0, 0, kDead, kDead}, 6));
  EXPECT_EQ(Messages(queue.Next(0, Request::kAny)), (Numbers{6, 7}));
  EXPECT_EQ(Messages(queue.Next(kDead, Request::kAny)), (Numbers{9}));
}

TEST(SendQueueTest, WhatIsSettledIsFreed) {
  SendQueue queue(1, {.bytes = 1'000'000'000, .messages = 1'000'000});
  const MessageBatch batch = BatchOf({0, 0, 0, 0, 0});
  std::size_t held_max = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 2000; ++i) queue.Add(batch);
    const std::size_t waiting = queue.Next(0, Request::kAny).size();
    queue.Sent(0, waiting / 2);
    held_max = std::max(held_max, queue.held_bytes());
    for (std::size_t i = 0; i < waiting / 2; ++i) queue.Settled(0);
  }
  // Half of what waits goes each round: 20,000 messages wait before the last one.
  EXPECT_LT(held_max, 2 * 20'000 * kValueBytes);
  while (!queue.settled(0)) {
    const std::size_t waiting = queue.Next(0, Request::kAny).size();
    queue.Sent(0, waiting);
    for (std::size_t i = 0; i < waiting; ++i) queue.Settled(0);
  }
  EXPECT_EQ(queue.held_bytes(), 0U);
}

// librdkafka sends it at the answer, and does not poll for it.
TEST(SendQueueTest, ARequestFullByItsNumberMayFollowTheOneInFlight) {
  SendQueue queue(1, {.bytes = 10'000, .messages = 2, .ahead = 1});
  queue.Add(BatchOf({0, 0, 0}));
  queue.Sent(0, 2);
  EXPECT_TRUE(queue.Next(0, Request::kAny).empty()) << "it would wait for linger.ms, polled for";
  queue.Add(BatchOf({0, 0, 0}, 3));
  EXPECT_EQ(Messages(queue.Next(0, Request::kFull)), (Numbers{2, 3}));
  queue.Sent(0, 2);
  EXPECT_TRUE(queue.Next(0, Request::kFull).empty()) << "one";
  queue.Settled(0);
  EXPECT_TRUE(queue.Next(0, Request::kFull).empty()) << "of the first one a message is in flight";
  queue.Settled(0);
  EXPECT_EQ(Messages(queue.Next(0, Request::kFull)), (Numbers{4, 5}));
}

TEST(SendQueueTest, NoneFollowsThatIsFullByItsBytesOrHasSuspects) {
  SendQueue by_bytes(1, {.bytes = 199, .messages = 2, .ahead = 1});
  by_bytes.Add(BatchOf({0, 0, 0}));
  by_bytes.Sent(0, 1);
  EXPECT_TRUE(by_bytes.Next(0, Request::kAny).empty());
  SendQueue fits(1, {.bytes = 200, .messages = 2, .ahead = 1});
  fits.Add(BatchOf({0, 0, 0}));
  fits.Sent(0, 1);
  EXPECT_EQ(Messages(fits.Next(0, Request::kAny)), (Numbers{1, 2}));
  fits.Narrow({{PartitionId{0}, RowNumber{9}, RowNumber{9}, 1}});
  EXPECT_TRUE(fits.Next(0, Request::kAny).empty());
}

// A lane may have some in flight from a chunk's first row to its last.
TEST(SendQueueTest, WhatIsSettledIsFreedBeforeAllIs) {
  constexpr std::size_t kNumber = 1000;
  SendQueue queue(1, {.bytes = 1'000'000, .messages = kNumber, .ahead = 1});
  const MessageBatch batch = BatchOf(std::vector<int>(kNumber));
  queue.Add(batch);
  queue.Sent(0, kNumber);
  std::size_t held_max = 0;
  for (int round = 0; round < 50; ++round) {
    queue.Add(batch);
    ASSERT_EQ(Messages(queue.Next(0, Request::kFull)).size(), kNumber) << "and they are whole";
    const SendQueue::Entry* const following = queue.Next(0, Request::kFull).data();
    queue.Sent(0, kNumber);
    EXPECT_EQ(queue.InFlightAt(0, following->message.ValueAt(following->at).data())->at,
              following->at);
    for (std::size_t i = 0; i < kNumber; ++i) queue.Settled(0);
    held_max = std::max(held_max, queue.held_bytes());
  }
  EXPECT_LT(held_max, 8 * kNumber * kValueBytes);
  for (std::size_t i = 0; i < kNumber; ++i) queue.Settled(0);
  EXPECT_EQ(queue.held_bytes(), 0U);
}

// Those that were purged are told of before those that are the cause, which librdkafka still has.
TEST(SendQueueTest, NothingIsFreedOnceOneHasFailedBeforeAllAreSettled) {
  constexpr std::size_t kNumber = 10'000;  // several blocks
  SendQueue queue(1, {.bytes = 10'000'000, .messages = kNumber, .ahead = 1});
  queue.Add(BatchOf(std::vector<int>(2 * kNumber)));
  queue.Sent(0, kNumber);
  const SendQueue::Entry first = queue.Next(0, Request::kFull).front();
  queue.Sent(0, kNumber);
  const std::size_t held = queue.held_bytes();
  for (std::size_t i = 0; i < kNumber; ++i) queue.Settled(0, /*acknowledged=*/i > 0);
  EXPECT_EQ(queue.held_bytes(), held);
  ASSERT_NE(queue.InFlightAt(0, first.message.ValueAt(first.at).data()), nullptr);
  for (std::size_t i = 0; i < kNumber; ++i) queue.Settled(0, /*acknowledged=*/false);
  EXPECT_EQ(queue.held_bytes(), 0U);
}

TEST(SendQueueTest, SuspectsGoSoManyAtATimeAndAlone) {
  SendQueue queue(2, {10'000, 100});
  MessageBatch batch = BatchOf({0, 0, 0, 0, 0, 0});
  MessageBatch numbered;
  std::uint64_t row = 0;
  for (MessageBatch::Message message : batch.messages()) {
    message.begin = static_cast<std::uint32_t>(numbered.arena().size());
    numbered.arena().append(batch.value(message));
    message.row = RowNumber{++row};
    numbered.Add(message);
  }
  queue.Narrow({{PartitionId{0}, RowNumber{2}, RowNumber{4}, 2}});
  queue.Add(numbered);
  std::vector<std::size_t> requests;
  for (;;) {
    const std::size_t count = queue.Next(0, SendQueue::Request::kAny).size();
    if (count == 0) break;
    requests.push_back(count);
    queue.Sent(0, count);
    for (std::size_t i = 0; i < count; ++i) queue.Settled(0);
  }
  EXPECT_EQ(requests, (std::vector<std::size_t>{1, 2, 1, 2}));
}

TEST(SendQueueTest, AMessageInFlightIsFoundByItsValue) {
  SendQueue queue(2, {10'000, 100});
  queue.Add(BatchOf({0, 0, 0}));
  const auto next = queue.Next(0, SendQueue::Request::kAny);
  std::vector<const void*> values;
  for (const SendQueue::Entry& entry : next) {
    values.push_back(entry.message.ValueAt(entry.at).data());
  }
  queue.Sent(0, 3);
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{1}}) {
    const SendQueue::Entry* const entry = queue.InFlightAt(0, values[at]);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->message.timestamp_ms, static_cast<std::int64_t>(at));
  }
  EXPECT_EQ(queue.InFlightAt(0, &queue), nullptr);
}

}  // namespace
}  // namespace onceload
