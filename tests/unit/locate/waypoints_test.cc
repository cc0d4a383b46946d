#include "locate/waypoints.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

PartitionProgress At(std::uint64_t rows, std::int64_t end) {
  return {rows, Digest{}, rows == 0 ? kNoOffset : KafkaOffset{10},
          rows == 0 ? kNoOffset : KafkaOffset{end}};
}

ProgressRecord Record(std::uint64_t chunk, std::uint32_t file, std::uint64_t row,
                      std::vector<PartitionProgress> partitions) {
  ProgressRecord record;
  record.load_id = "id";
  record.chunk = ChunkNumber{chunk};
  record.position.file = file;
  record.position.row = RowNumber{row};
  record.partitions = std::move(partitions);
  return record;
}

LedgerChunk Chunk(std::uint64_t chunk, std::uint32_t file, std::uint64_t row,
                  std::vector<PartitionProgress> partitions) {
  LedgerChunk known;
  known.chunk = ChunkNumber{chunk};
  known.end.file = file;
  known.end.row = RowNumber{row};
  known.partitions = std::move(partitions);
  return known;
}

std::vector<std::uint64_t> ChunksOf(const std::vector<Waypoint>& waypoints) {
  std::vector<std::uint64_t> chunks;
  for (const Waypoint& waypoint : waypoints) chunks.push_back(waypoint.chunk.value);
  return chunks;
}

TEST(WaypointsTest, LedgerAndRecordsOfTheLoadTogether) {
  const ProgressRecord last = Record(9, 1, 40, {At(90, 200)});
  ProgressRecord other = Record(5, 0, 50, {At(50, 99)});
  other.load_id = "another";
  const auto waypoints =
      WaypointsOf(last, {Record(0, 0, 0, {At(0, 0)}), Record(7, 1, 20, {At(70, 150)}), other, last},
                  {Chunk(3, 0, 30, {At(30, 60)}), Chunk(9, 1, 40, {At(90, 200)})});
  EXPECT_EQ(ChunksOf(waypoints), (std::vector<std::uint64_t>{0, 3, 7, 9}));
}

TEST(WaypointsTest, FilesCountFromBehindThoseThatAreKeys) {
  ProgressRecord last = Record(9, 1, 40, {At(90, 200)});
  last.finished.count = 512;
  const auto waypoints =
      WaypointsOf(last, {}, {Chunk(3, 511, 5, {At(3, 13)}), Chunk(4, 513, 7, {At(30, 60)})});
  ASSERT_EQ(ChunksOf(waypoints), (std::vector<std::uint64_t>{0, 4, 9}));
  EXPECT_EQ(waypoints[1].at.file, 1U);
}

// The load's begin has no partitions: a record before the first waypoint was read past their end.
TEST(WaypointsTest, AtTheLoadsBeginNoRecordIsBehind) {
  const ProgressRecord last = Record(9, 1, 40, {At(90, 200), At(5, 40)});
  const auto waypoints = WaypointsOf(last, {Record(3, 0, 30, {At(30, 60), At(0, 0)})}, {});
  ASSERT_EQ(ChunksOf(waypoints), (std::vector<std::uint64_t>{0, 3, 9}));
  EXPECT_EQ(EndAt(waypoints[0], waypoints.back(), PartitionId{1}), KafkaOffset{10});
  EXPECT_EQ(EndAt(waypoints[1], waypoints.back(), PartitionId{1}), KafkaOffset{10});
  EXPECT_EQ(EndAt(waypoints[1], waypoints.back(), PartitionId{0}), KafkaOffset{60});
  EXPECT_EQ(EndAt(waypoints[2], waypoints.back(), PartitionId{1}), KafkaOffset{40});
}

TEST(WaypointsTest, RecordsOfOtherPartitionsSayNothing) {
  const ProgressRecord last = Record(9, 1, 40, {At(90, 200), At(5, 40)});
  const auto waypoints = WaypointsOf(last, {Record(3, 0, 30, {At(30, 60)})}, {});
  EXPECT_EQ(ChunksOf(waypoints), (std::vector<std::uint64_t>{0, 9}));
}

TEST(WaypointsTest, TheLastOneBeforeARowOrAnOffset) {
  const ProgressRecord last = Record(9, 1, 40, {At(90, 200), At(0, 0)});
  const auto waypoints = WaypointsOf(
      last, {},
      {Chunk(3, 0, 30, {At(30, 60), At(0, 0)}), Chunk(7, 1, 20, {At(70, 150), At(0, 0)})});
  EXPECT_EQ(WaypointBefore(waypoints, 0, RowNumber{1}), 0U);
  EXPECT_EQ(WaypointBefore(waypoints, 0, RowNumber{30}), 0U);
  EXPECT_EQ(WaypointBefore(waypoints, 0, RowNumber{31}), 1U);
  EXPECT_EQ(WaypointBefore(waypoints, 1, RowNumber{1}), 1U);
  EXPECT_EQ(WaypointBefore(waypoints, 1, RowNumber{21}), 2U);
  EXPECT_EQ(WaypointBefore(waypoints, PartitionId{0}, KafkaOffset{59}), 0U);
  EXPECT_EQ(WaypointBefore(waypoints, PartitionId{0}, KafkaOffset{60}), 1U);
  EXPECT_EQ(WaypointBefore(waypoints, PartitionId{0}, KafkaOffset{149}), 1U);
  EXPECT_EQ(WaypointBefore(waypoints, PartitionId{0}, KafkaOffset{150}), 2U);
}

}  // namespace
}  // namespace onceload
