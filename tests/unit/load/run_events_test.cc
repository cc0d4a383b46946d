// What a run tells its listeners.

#include <map>

#include <gtest/gtest.h>

#include "unit/load/load_world.h"

namespace onceload {
namespace {

// The names, runs of the same one once.
std::string Names(const std::vector<RunEvent>& events) {
  std::string names;
  std::string_view last;
  for (const RunEvent& event : events) {
    const std::string_view name = std::visit([](const auto& e) { return e.kName; }, event);
    if (name != last) names += (names.empty() ? "" : " ") + std::string(name);
    last = name;
  }
  return names;
}

std::uint64_t CommittedRows(const EventKeeper& told) {
  std::uint64_t rows = 0;
  for (const ChunkCommitted& chunk : told.Of<ChunkCommitted>()) rows += chunk.size.rows;
  return rows;
}

TEST(RunEvents, OfOneChunkAreToldInTheirOrder) {
  World world;
  world.adjust = [](LoadSettings& settings) { settings.chunk.rows = 1'000; };
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(Names(world.told.events),
            "run_begun rejects_file file_begun file_ended file_begun file_ended file_begun "
            "file_ended row_rejected chunk_begun chunk_sent chunk_committed run_ended");
  const auto ended = world.told.Of<RunEnded>();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].exit_code, ExitCode::kDifferences);
  EXPECT_TRUE(ended[0].complete);
  EXPECT_EQ(ended[0].rows, std::uint64_t{kRows});
  EXPECT_EQ(ended[0].rows_this_run, std::uint64_t{kRows});
  EXPECT_EQ(ended[0].rejected, kBadAfter.size());
}

TEST(RunEvents, EachChunkIsBegunSentAndCommittedOnce) {
  World world;
  ASSERT_TRUE(world.Run(""));
  const auto committed = world.told.Of<ChunkCommitted>();
  ASSERT_GT(committed.size(), 2U);
  for (std::size_t i = 0; i < committed.size(); ++i) {
    EXPECT_EQ(committed[i].size.chunk, i + 1);
    EXPECT_EQ(committed[i].at.chunk, i + 1);
    EXPECT_LE(committed[i].begun, committed[i].sent);
    EXPECT_LE(committed[i].sent, committed[i].asked);
    EXPECT_LE(committed[i].asked, committed[i].committed);
  }
  EXPECT_EQ(world.told.Of<ChunkBegun>().size(), committed.size());
  EXPECT_EQ(world.told.Of<ChunkSent>().size(), committed.size());
  EXPECT_EQ(CommittedRows(world.told), std::uint64_t{kRows});
  EXPECT_EQ(committed.back().at.rows, std::uint64_t{kRows});
  std::uint64_t rejected = 0;
  for (const ChunkCommitted& chunk : committed) rejected += chunk.size.rejected;
  EXPECT_EQ(rejected, kBadAfter.size());
  const auto rows = world.told.Of<RowRejected>();
  ASSERT_EQ(rows.size(), kBadAfter.size());
  EXPECT_EQ(rows[0].row.reason, "ragged");
  EXPECT_EQ(rows[0].path, world.paths[0]);
}

TEST(RunEvents, AreToldByTheLoadsThread) {
  World world;
  ASSERT_TRUE(world.Run(""));
  ASSERT_FALSE(world.told.Of<ChunkCommitted>().empty());
  EXPECT_FALSE(world.told.on_other_thread);
}

TEST(RunEvents, FilesAreBegunAndEndedInTurn) {
  World world;
  ASSERT_TRUE(world.Run(""));
  std::string files;
  for (const RunEvent& event : world.told.events) {
    if (const auto* begun = std::get_if<FileBegun>(&event)) {
      files += "(" + std::to_string(begun->number);
      EXPECT_EQ(begun->path, world.paths[begun->number - 1]);
      EXPECT_EQ(begun->files, world.paths.size());
    }
    if (const auto* ended = std::get_if<FileEnded>(&event)) {
      files += std::to_string(ended->number) + ")";
      EXPECT_EQ(ended->path, world.paths[ended->number - 1]);
    }
  }
  EXPECT_EQ(files, "(11)(22)(33)");
}

// Killed after the second commit and before the ledger knows of it: the run that goes on says where
// it begins, and tells the rest.
TEST(RunEvents, ARunThatGoesOnSaysWhereItBegins) {
  World world;
  ASSERT_FALSE(world.Run("after_commit:2"));
  world.told = {};
  ASSERT_TRUE(world.Run(""));
  const auto begun = world.told.Of<RunBegun>();
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_EQ(begun[0].recovery, "promote intent");
  EXPECT_EQ(begun[0].at.chunk, 2U);
  EXPECT_EQ(CommittedRows(world.told), kRows - begun[0].at.rows);
  const auto files = world.told.Of<FileBegun>();
  ASSERT_FALSE(files.empty());
  EXPECT_GT(files[0].byte.value, 0U);
}

TEST(RunEvents, ARunThatFailsEnds) {
  World world;
  world.adjust = [](LoadSettings& settings) {
    settings.rows.rejects.on_error = OnError::kFail;
    settings.rejects_path.clear();
  };
  EXPECT_THROW(world.Run(""), Error);
  const auto ended = world.told.Of<RunEnded>();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].exit_code, ExitCode::kInput);
  EXPECT_FALSE(ended[0].complete);
  EXPECT_EQ(ended[0].rows, CommittedRows(world.told));
}

}  // namespace
}  // namespace onceload
