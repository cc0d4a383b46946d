// Chunks: where they end, in which order they go, and what becomes of them when a load fails.

#include <fstream>

#include <gtest/gtest.h>

#include "unit/load/load_world.h"

namespace onceload {
namespace {

// --- order

// A request of chunk k that is sent again would lie behind the rows of k + 1.
TEST(ChunkPipelineTest, AChunksRowsWaitForThoseOfTheOneBefore) {
  for (const int late : {1, 2, 5, 20}) {
    for (const char* turns : {"ac", "bd", "abcd"}) {
      World world;
      world.broker.late = [&](const std::string& id, std::size_t lane) {
        return std::string(turns).find(id.back()) != std::string::npos && lane != 1 ? late : 0;
      };
      ASSERT_TRUE(world.Run(""));
      EXPECT_EQ(world.Damage(true), "") << late << " " << turns;
      EXPECT_EQ(world.report.restarts, 0U);
    }
  }
}

// The record would count rows that the transaction does not have.
TEST(ChunkPipelineTest, NoRecordBeforeAllIsAcknowledged) {
  World world;
  world.broker.late = [](const std::string&, std::size_t lane) { return lane == 2 ? 9 : 0; };
  std::uint64_t seen = 0;
  world.broker.disturb = [](const std::string&, const char*) { return Outcome{}; };
  const auto look = [&] {
    world.broker.AwaitTurn("");  // a commit under way is another thread's
    const ProgressRecord* const mark = world.broker.NewestMark();
    if (mark == nullptr) return;
    std::uint64_t rows = 0;
    for (std::size_t p = 0; p < kPartitions; ++p) rows += world.broker.Committed(p).size();
    EXPECT_EQ(mark->rows(), rows);
    seen += rows > 0 ? 1 : 0;
  };
  Failpoints failpoints("after_send:4", look);
  ASSERT_TRUE(world.RunWith(failpoints));
  EXPECT_EQ(world.Damage(true), "");
  EXPECT_EQ(seen, 1U);
}

// --- limits

// A file of rows of so many bytes, for a load that closes its chunks by nothing but `adjust`.
class LimitsTest : public testing::Test {
 protected:
  void Write(std::size_t rows, const std::string& value) {
    std::ofstream file(path_, std::ios::binary);
    file << "id,user\n";
    for (std::size_t i = 0; i < rows; ++i) file << value << "\n";
  }
  std::vector<ChunkSize> ChunksWith(const std::function<void(LoadSettings&)>& adjust) {
    world_.keeps_rejects = false;
    world_.on_error = OnError::kSkip;
    world_.adjust = [&](LoadSettings& settings) {
      settings.here.blank.inputs = {SourceFile(path_).identity()};
      settings.chunk.rows = 1'000'000;
      settings.chunk.age = Duration{1'000'000};
      adjust(settings);
    };
    EXPECT_TRUE(world_.Run(""));
    std::vector<ChunkSize> sizes;
    for (const ChunkCommitted& chunk : world_.told.Of<ChunkCommitted>()) {
      sizes.push_back(chunk.size);
    }
    return sizes;
  }

  World world_;
  const std::string path_ = world_.directory / "rows.csv";
};

TEST_F(LimitsTest, AChunkHasItsRowsAndNotOneMore) {
  Write(23, "1,u");
  const auto chunks = ChunksWith([](LoadSettings& settings) { settings.chunk.rows = 7; });
  ASSERT_EQ(chunks.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(chunks[i].rows, 7U);
  EXPECT_EQ(chunks[3].rows, 2U);
}

TEST_F(LimitsTest, AChunkClosesWithTheBatchThatFillsItsBytes) {
  constexpr std::uint64_t kMax = std::uint64_t{1} << 20;
  // Until it is known how fast the brokers are, chunks are smaller (ChunkPace).
  constexpr std::size_t kFirst = 4;
  Write(160, std::string(100'000, 'x') + ",u");
  const auto chunks = ChunksWith([](LoadSettings& settings) { settings.chunk.bytes = kMax; });
  ASSERT_GE(chunks.size(), kFirst + 4);
  for (std::size_t i = kFirst; i + 1 < chunks.size(); ++i) {
    EXPECT_GE(chunks[i].message_bytes, kMax);
    EXPECT_LT(chunks[i].message_bytes, kMax + BatchLimits{}.bytes + 100'100);
  }
}

// Whatever --chunk-bytes allows: a slow link would let the transaction time out.
TEST_F(LimitsTest, TheFirstChunksAreSmallUntilItIsKnownHowFastTheBrokersAre) {
  constexpr std::uint64_t kMax = std::uint64_t{64} << 20;
  Write(80, std::string(100'000, 'x') + ",u");
  const auto chunks = ChunksWith([](LoadSettings& settings) { settings.chunk.bytes = kMax; });
  ASSERT_GE(chunks.size(), 3U);
  EXPECT_LT(chunks[0].message_bytes, std::uint64_t{2} << 20);
}

TEST_F(LimitsTest, RejectedRowsThatAreHeldCloseAChunk) {
  constexpr std::size_t kRowsOfAll = kRejectedInChunkMax + 2 * BatchLimits{}.rows;
  Write(kRowsOfAll, "no,row,of this");
  const auto chunks = ChunksWith([](LoadSettings&) {});
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_GE(chunks[0].rejected, kRejectedInChunkMax);
  EXPECT_LT(chunks[0].rejected, kRejectedInChunkMax + BatchLimits{}.rows);
  EXPECT_EQ(world_.report.at.rejected, kRowsOfAll);
}

// --- threads

// Where a chunk ends, and what its record says, is no matter of who reads.
TEST(ChunkPipelineTest, ReadingAheadChangesNoChunk) {
  const auto inputs = std::make_shared<const Inputs>();
  std::vector<std::vector<std::string>> records;
  for (const int threads : {1, 2}) {
    World world(inputs);
    world.threads = threads;
    world.max_rate.rows = 40;  // batches of two rows, so that three make a chunk of five
    ASSERT_TRUE(world.Run(""));
    EXPECT_EQ(world.Damage(true), "");
    for (const ChunkCommitted& chunk : world.told.Of<ChunkCommitted>()) {
      EXPECT_LE(chunk.size.rows + chunk.size.rejected, kChunkRows) << threads;
    }
    std::vector<std::string>& written = records.emplace_back();
    for (const FakeBroker::Marker& marker : world.broker.progress) written.push_back(marker.json);
  }
  EXPECT_GT(records[0].size(), kRows / kChunkRows);
  EXPECT_EQ(records[0], records[1]);
}

// What was read ahead of a death, or of a signal, is read again.
TEST(ChunkPipelineTest, WhatWasReadAheadAndNotSentIsReadAgain) {
  for (const char* point : {"mid_send:2", "mid_send:4", "after_previous:2", "after_commit:1"}) {
    World world;
    world.threads = 2;
    EXPECT_FALSE(world.Run(point));
    EXPECT_EQ(world.Damage(false), "") << point;
    Failpoints stop("mid_send:1", [&world] { world.stop = true; });
    ASSERT_TRUE(world.RunWith(stop));
    EXPECT_TRUE(world.report.stopped);
    EXPECT_EQ(world.Damage(false), "") << point;
    world.stop = false;
    ASSERT_TRUE(world.Run(""));
    EXPECT_EQ(world.Damage(true), "") << point;
  }
}

// --- failure

// Readers would wait for the time-out of what stays open.
TEST(ChunkPipelineTest, AnErrorAbortsAllThatIsOpen) {
  World world;
  world.broker.late = [](const std::string&, std::size_t) { return 50; };
  Failpoints failpoints("mid_send:2",
                        [] { throw Error(ExitCode::kUsage, "no room", "somewhere", "make some"); });
  std::size_t begun = 0;
  try {
    world.RunWith(failpoints);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage) << error.Line();
  }
  for (const auto& [id, epoch] : world.broker.epochs) begun += epoch > 0 ? 1 : 0;
  EXPECT_EQ(begun, kTurns);
  EXPECT_EQ(world.told.Of<ChunkBegun>().size(), 2U) << "one that drains, and one that is filled";
  EXPECT_FALSE(world.broker.AnyOpen());
}

// Its topic has no id by which recovery would know it.
TEST(ChunkPipelineTest, ATopicThatGoesBackDuringTheLoadEndsIt) {
  World world;
  // The broker's transactions are the commit's own thread's until the load has ended.
  Failpoints failpoints("after_begin:4", [&] { world.broker.Recreate(world.broker.topic_id); });
  try {
    world.RunWith(failpoints);
    ADD_FAILURE() << "it went on into another topic";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kDisagreement) << error.Line();
    EXPECT_NE(error.Line().find("has gone back from offset"), std::string::npos) << error.Line();
  }
  EXPECT_GT(world.broker.Latest()->rows(), 0U);
}

// That they have ended is found once the last chunk with rows is full.
TEST(ChunkPipelineTest, FilesThatEndWhereAChunkDoesHaveTheirEnds) {
  World world;
  world.paths.pop_back();  // without rows: its end would be a chunk of its own
  world.adjust = [](LoadSettings& settings) { settings.chunk.rows = kRows + kBadAfter.size(); };
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.told.Of<ChunkCommitted>().size(), 1U);
  EXPECT_EQ(world.Damage(true), "");
}

TEST(ChunkPipelineTest, TheLedgerHasEachRejectedRowOnce) {
  World world;
  for (const char* point : {"after_intend:2", "after_commit:3", ""}) world.Run(point);
  ASSERT_EQ(world.Damage(true), "");
  Failpoints none;
  const CheckpointStore store(world.state, CheckpointStore::Mode::kReadOnly, none);
  const std::vector<RejectedForReason> rejected = store.Rejected("load", kBadAfter.size() + 1);
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_EQ(rejected[0].rows, kBadAfter.size());
  EXPECT_EQ(rejected[0].examples.size(), kBadAfter.size());
}

// The last file's end lies in a piece of the list of its own.
TEST(ChunkPipelineTest, AChunksRecordHasTheEndOfEachOfItsFiles) {
  World world(std::make_shared<const Inputs>(Inputs::Shape::kMany));
  world.adjust = [](LoadSettings& settings) { settings.chunk.rows = 1'000; };
  EXPECT_FALSE(world.Run("after_commit:1"));
  const auto latest = world.broker.Latest();
  ASSERT_TRUE(latest);
  EXPECT_EQ(latest->chunk, ChunkNumber{1});
  ASSERT_EQ(latest->inputs.size(), kInputsOfAPiece + 1);
  for (const InputFile& input : latest->inputs) EXPECT_TRUE(input.end) << input.path;
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.Damage(true), "");
}

}  // namespace
}  // namespace onceload
