// Who may write, and what status and the audit read.
#include <gtest/gtest.h>

#include "onceload/checkpoint/checkpoint_store.h"
#include "support/temp_dir.h"
#include "unit/checkpoint/ledger_samples.h"

namespace onceload {
namespace {

using Mode = CheckpointStore::Mode;

class CheckpointRunsTest : public testing::Test {
 protected:
  void Begin(const std::string& run, std::int64_t now_ms) {
    store_.BeginRun(SampleRecord(0, run), now_ms, "version of " + run);
  }
  LoadStatus Status() { return store_.Statuses().at(0); }

  const std::string kName = "clicks/clicks.csv";
  TempDir dir_;
  std::string path_ = dir_ / "ledger.db";
  Failpoints failpoints_;
  CheckpointStore store_{path_, Mode::kReadWrite, failpoints_};
};

TEST_F(CheckpointRunsTest, SupersededRunIsToldAndChangesNothing) {
  Begin("run-1", 100);
  store_.Intend(SampleRecord(1, "run-1"), 200);
  // The zombie has a connection of its own, with all its statements prepared.
  CheckpointStore zombie(path_, Mode::kReadWrite, failpoints_);
  Begin("run-2", 300);
  const std::string before = Dump(path_);
  ProgressRecord complete = SampleRecord(1, "run-1");
  complete.complete = true;
  const std::vector<std::function<void()>> writes = {
      [&] { zombie.Intend(SampleRecord(2, "run-1"), 400); },
      [&] { zombie.Confirm(kName, "run-1", 400); },
      [&] { zombie.Discard(kName, "run-1", 400); },
      [&] { zombie.Adopt(SampleRecord(7, "x"), "run-1", 400); },
      [&] { zombie.Complete(complete, 400); },
      [&] { zombie.BeginRun(SampleRecord(0, "run-1"), 400, "v"); },
      [&] { zombie.RecordRejected(kName, "run-1", ChunkNumber{2}, Rejected({1})); },
  };
  for (const auto& write : writes) {
    ExpectThreeParts(ErrorOf(write), ExitCode::kHeld, "another run has taken over this load",
                     "writer of run-2", "let that one go on");
  }
  EXPECT_EQ(Dump(path_), before);
  EXPECT_EQ(store_.Find(kName)->intent, SampleRecord(1, "run-1"));
}

TEST_F(CheckpointRunsTest, SupersededRunWithoutAnIntentIsToldToo) {
  Begin("run-1", 100);
  Begin("run-2", 200);
  EXPECT_EQ(ErrorOf([&] { store_.Confirm(kName, "run-1", 300); }).code(), ExitCode::kHeld);
  EXPECT_EQ(ErrorOf([&] { store_.Discard(kName, "run-1", 300); }).code(), ExitCode::kHeld);
}

TEST_F(CheckpointRunsTest, BeginningTwiceIsBeginningOnce) {
  Begin("run-1", 100);
  const std::string before = Dump(path_);
  Begin("run-1", 200);
  EXPECT_EQ(Dump(path_), before);
}

TEST_F(CheckpointRunsTest, ABegunRunMayPromoteTheIntentOfAnEarlierOne) {
  Begin("run-1", 100);
  store_.Intend(SampleRecord(1, "run-1"), 200);
  Begin("run-2", 300);
  EXPECT_EQ(Status().run_start_rows, 0U);
  store_.Confirm(kName, "run-2", 400);
  EXPECT_EQ(store_.Find(kName)->last, SampleRecord(1, "run-1"));
  // What run-1 has committed is no speed of run-2.
  EXPECT_EQ(Status().run_start_rows, SampleRecord(1, "run-1").rows());
  EXPECT_EQ(Status().run_start_bytes, 500U + 1013U);
  store_.Intend(SampleRecord(2, "run-2"), 500);
  store_.Confirm(kName, "run-2", 600);
  EXPECT_EQ(Status().run_start_rows, SampleRecord(1, "run-1").rows());
}

TEST_F(CheckpointRunsTest, RunsStartWhereTheLedgerIs) {
  Begin("run-1", 100);
  store_.Intend(SampleRecord(1, "run-1"), 200);
  store_.Confirm(kName, "run-1", 300);
  Begin("run-2", 400);
  EXPECT_EQ(Status().runs, 2U);
  EXPECT_EQ(Status().run_started_ms, 400);
  EXPECT_EQ(Status().run_start_rows, SampleRecord(1, "run-1").rows());
  EXPECT_EQ(Status().run_start_bytes, 500U + 1013U);
}

TEST_F(CheckpointRunsTest, EndOfASupersededRunIsItsOwn) {
  Begin("run-1", 100);
  Begin("run-2", 200);
  store_.EndRun(kName, "run-1", 5, "no broker", 300);
  EXPECT_EQ(Status().run_ended_ms, 0);
  EXPECT_EQ(Status().run_exit_code, -1);
  EXPECT_EQ(Status().updated_ms, 200);
  EXPECT_EQ(Status().last_error, "no broker");
  EXPECT_EQ(Status().last_error_ms, 300);
  store_.EndRun(kName, "run-2", 0, "", 400);
  EXPECT_EQ(Status().run_ended_ms, 400);
  EXPECT_EQ(Status().run_exit_code, 0);
  EXPECT_EQ(Status().updated_ms, 400);
  EXPECT_EQ(Status().last_error, "no broker");  // the newest there was
  Begin("run-3", 500);
  store_.EndRun(kName, "run-3", 3, "bad row", 600);
  EXPECT_EQ(Status().last_error, "bad row");
  EXPECT_EQ(Status().last_error_ms, 600);
}

TEST_F(CheckpointRunsTest, EndOfARunThatNeverBeganIsNothing) {
  Begin("run-1", 100);
  const std::string before = Dump(path_);
  store_.EndRun(kName, "run-0", 5, "x", 300);
  store_.EndRun("no such load", "run-1", 5, "x", 300);
  EXPECT_EQ(Dump(path_), before);
}

TEST_F(CheckpointRunsTest, StatusTellsTimes) {
  Begin("run-1", 100);
  store_.Intend(SampleRecord(1, "run-1"), 200);
  EXPECT_EQ(Status().created_ms, 100);
  EXPECT_EQ(Status().updated_ms, 200);
  EXPECT_EQ(Status().last, SampleRecord(0, "run-1"));
  EXPECT_EQ(Status().chunks_committed, 0U);
  EXPECT_EQ(Status().last_error, "");
}

TEST_F(CheckpointRunsTest, LoadsAreApartAndTheLastWrittenIsFirst) {
  Begin("run-1", 100);
  const ProgressRecord other = SampleRecord(0, "run-b", 2, "other");
  store_.BeginRun(other, 200, other.tool_version);
  store_.Intend(SampleRecord(1, "run-b", 2, "other"), 300);
  EXPECT_FALSE(store_.Find(kName)->intent);
  EXPECT_EQ(store_.Find("other")->last, other);
  ASSERT_EQ(store_.Statuses().size(), 2U);
  EXPECT_EQ(store_.Statuses()[0].last.load_name, "other");
  // One load's run is nothing to another.
  EXPECT_EQ(ErrorOf([&] { store_.Intend(SampleRecord(1, "run-b"), 400); }).code(), ExitCode::kHeld);
}

TEST_F(CheckpointRunsTest, ChunksAreCommittedOnesInOrderAndWithoutGaps) {
  Begin("run-1", 100);
  for (const std::uint64_t number : {1U, 2U, 3U}) {
    store_.Intend(SampleRecord(number, "run-1"), 200);
    if (number == 2) {
      store_.Discard(kName, "run-1", 250);
      store_.Intend(SampleRecord(number, "run-1"), 260);
    }
    if (number < 3) store_.Confirm(kName, "run-1", 300);
  }
  const std::vector<LedgerChunk> chunks = store_.Chunks(kName);
  ASSERT_EQ(chunks.size(), 2U);  // the third is only intended
  for (std::uint64_t i = 0; i < 2; ++i) {
    EXPECT_EQ(chunks[i].chunk, ChunkNumber{i + 1});
    EXPECT_EQ(chunks[i].begin, SampleRecord(i, "run-1").position);
    EXPECT_EQ(chunks[i].end, SampleRecord(i + 1, "run-1").position);
    EXPECT_EQ(chunks[i].partitions, SampleRecord(i + 1, "run-1").partitions);
  }
}

TEST_F(CheckpointRunsTest, RejectedRowsAreOverwrittenWhenReadAgain) {
  Begin("run-1", 100);
  std::vector<RejectedRow> rows = Rejected({17});
  rows[0] = {"type",        "\xff is no integer", "price",        1,
             RowNumber{17}, ByteOffset{40},       ByteOffset{60}, {}};
  store_.RecordRejected(kName, "run-1", ChunkNumber{2}, rows);
  rows[0].detail = "again";
  rows.push_back({"columns", "3 of 4", "", 0, RowNumber{17}, ByteOffset{1}, ByteOffset{2}, {}});
  store_.RecordRejected(kName, "run-1", ChunkNumber{3}, rows);
  EXPECT_EQ(QueryText(path_,
                      "SELECT group_concat(file || ' ' || row || ' ' || chunk || ' ' || "
                      "begin_byte || ' ' || end_byte || ' ' || reason || ' ' || detail, "
                      "'; ') FROM (SELECT * FROM rejected_rows ORDER BY file)"),
            "0 17 3 1 2 columns 3 of 4; 1 17 3 40 60 type again");
}

}  // namespace
}  // namespace onceload
