#include "onceload/message/message_batch.h"

#include <string>

#include <gtest/gtest.h>

namespace onceload {
namespace {

TEST(ByteArenaTest, KeepsBytesWhileItGrows) {
  ByteArena arena;
  std::string expected;
  for (std::size_t i = 0; i < 5000; ++i) {
    const std::string piece(i % 37, static_cast<char>('a' + i % 26));
    arena.append(piece);
    expected += piece;
    ASSERT_EQ(arena.size(), expected.size());
  }
  EXPECT_EQ(arena.view(), expected);
}

TEST(ByteArenaTest, RoomIsNotPartOfItUntilExtended) {
  ByteArena arena;
  arena.append("ab");
  char* room = arena.room(100);
  room[0] = 'c';
  room[99] = 'x';
  EXPECT_EQ(arena.view(), "ab");
  arena.extend(1);
  EXPECT_EQ(arena.view(), "abc");
}

TEST(ByteArenaTest, ClearKeepsTheMemory) {
  ByteArena arena;
  arena.append(std::string(1000, 'x'));
  const char* const before = arena.view().data();
  arena.clear();
  EXPECT_EQ(arena.size(), 0U);
  arena.append(std::string(1000, 'y'));
  EXPECT_EQ(arena.view().data(), before);
}

TEST(ByteArenaTest, RefusesToOutgrow32BitPlaces) {
  ByteArena arena;
  arena.append("ab");
  try {
    arena.room(ByteArena::kBytesMax - 1);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBug);
  }
  EXPECT_EQ(arena.view(), "ab");
}

TEST(ByteArenaTest, MovesWithItsBytes) {
  ByteArena arena;
  arena.append("ab");
  ByteArena moved(std::move(arena));
  EXPECT_EQ(moved.view(), "ab");
  ByteArena assigned;
  assigned = std::move(moved);
  assigned.append("c");
  EXPECT_EQ(assigned.view(), "abc");
}

TEST(MessageBatchTest, KeysAndValuesOutliveGrowth) {
  MessageBatch batch;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = std::to_string(i);
    const std::string value(static_cast<std::size_t>(i), 'v');
    MessageBatch::Message message;
    message.begin = static_cast<std::uint32_t>(batch.bytes());
    message.key_size = static_cast<std::uint32_t>(key.size());
    batch.arena().append(key);
    message.value_size = static_cast<std::uint32_t>(value.size());
    batch.arena().append(value);
    message.has_key = i % 2 == 0;
    batch.Add(message);
  }
  ASSERT_EQ(batch.messages().size(), 1000U);
  for (std::size_t i = 0; i < 1000; ++i) {
    const MessageBatch::Message& message = batch.messages()[i];
    EXPECT_EQ(batch.value(message), std::string(i, 'v'));
    ASSERT_EQ(batch.key(message).has_value(), i % 2 == 0);
    if (i % 2 == 0) {
      EXPECT_EQ(batch.key(message).value(), std::to_string(i));
    }
  }
}

TEST(MessageBatchTest, ClearLeavesNothing) {
  MessageBatch batch;
  batch.arena().append("ab");
  batch.Add({});
  batch.Clear();
  EXPECT_EQ(batch.bytes(), 0U);
  EXPECT_TRUE(batch.messages().empty());
}

}  // namespace
}  // namespace onceload
