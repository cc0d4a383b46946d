// The protocol's calls, one transition after another, on real SQLite.
#include "onceload/checkpoint/checkpoint_store.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "unit/checkpoint/ledger_samples.h"

namespace onceload {
namespace {

using Mode = CheckpointStore::Mode;

class CheckpointStoreTest : public testing::Test {
 protected:
  CheckpointStoreTest() { Reopen(); }

  void Reopen() {
    store_.reset();
    store_ = std::make_unique<CheckpointStore>(path_, Mode::kReadWrite, failpoints_);
  }
  LedgerState State() { return store_->Find(kName).value(); }
  LoadStatus Status() { return store_->Statuses().at(0); }
  // Chunk `number` is committed by `run`.
  void Commit(std::uint64_t number, const std::string& run) {
    store_->Intend(SampleRecord(number, run), 1000 + static_cast<std::int64_t>(number));
    store_->Confirm(kName, run, 2000 + static_cast<std::int64_t>(number));
  }

  const std::string kName = "clicks/clicks.csv";
  TempDir dir_;
  std::string path_ = dir_ / "ledger.db";
  Failpoints failpoints_;
  std::unique_ptr<CheckpointStore> store_;
};

TEST_F(CheckpointStoreTest, KnowsNoLoadAtFirst) {
  EXPECT_FALSE(store_->Find(kName));
  EXPECT_TRUE(store_->Statuses().empty());
  EXPECT_TRUE(store_->Chunks(kName).empty());
}

TEST_F(CheckpointStoreTest, KeepsEveryFieldOfTheStart) {
  ProgressRecord start = SampleRecord(0, "run-1");
  start.partitions[2] = {0, Digest{}, kNoOffset, KafkaOffset{77}};
  store_->BeginRun(start, 100, start.tool_version);
  Reopen();
  EXPECT_EQ(State().last, start);
  EXPECT_FALSE(State().intent);
}

TEST_F(CheckpointStoreTest, TakesTheToolVersionFromItsParameter) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "9.9");
  EXPECT_EQ(State().last.tool_version, "9.9");
}

TEST_F(CheckpointStoreTest, IntentIsNotProgress) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  store_->Intend(SampleRecord(1, "run-1"), 200);
  Reopen();
  EXPECT_EQ(State().last, SampleRecord(0, "run-1"));
  EXPECT_EQ(State().intent, SampleRecord(1, "run-1"));
}

TEST_F(CheckpointStoreTest, IntendingTheNextChunkConfirmsTheOneBefore) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  store_->Intend(SampleRecord(1, "run-1"), 200);
  store_->Intend(SampleRecord(2, "run-1"), 300);
  EXPECT_EQ(State().last, SampleRecord(1, "run-1"));
  EXPECT_EQ(State().intent, SampleRecord(2, "run-1"));
}

TEST_F(CheckpointStoreTest, ConfirmMakesTheIntentProgress) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  Reopen();
  EXPECT_EQ(State().last, SampleRecord(1, "run-1"));
  EXPECT_FALSE(State().intent);
}

TEST_F(CheckpointStoreTest, DiscardForgetsTheIntentAndKeepsItAsHistory) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  store_->Intend(SampleRecord(2, "run-1"), 300);
  store_->Discard(kName, "run-1", 400);
  EXPECT_EQ(State().last, SampleRecord(1, "run-1"));
  EXPECT_FALSE(State().intent);
  EXPECT_EQ(Status().chunks_discarded, 1U);
  Commit(2, "run-1");
  EXPECT_EQ(State().last, SampleRecord(2, "run-1"));
}

TEST_F(CheckpointStoreTest, ConfirmAndDiscardWithoutAnIntentChangeNothing) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  const std::string before = Dump(path_);
  store_->Confirm(kName, "run-1", 999);
  store_->Discard(kName, "run-1", 999);
  EXPECT_EQ(Dump(path_), before);
}

TEST_F(CheckpointStoreTest, RefusesChunksOutOfOrderAndChangesNothing) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  store_->Intend(SampleRecord(2, "run-1"), 300);
  const std::string before = Dump(path_);
  for (const std::uint64_t number : {0U, 1U, 2U, 4U}) {
    const Error error = ErrorOf([&] { store_->Intend(SampleRecord(number, "run-1"), 400); });
    EXPECT_EQ(error.code(), ExitCode::kBug) << number;
  }
  EXPECT_EQ(Dump(path_), before);
}

TEST_F(CheckpointStoreTest, RefusesWritesForALoadThatHasNotBegun) {
  EXPECT_EQ(ErrorOf([&] { store_->Intend(SampleRecord(1, "run-1"), 1); }).code(), ExitCode::kBug);
}

TEST_F(CheckpointStoreTest, FilesMayMoveBetweenRuns) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  ProgressRecord moved = SampleRecord(2, "run-2");
  moved.inputs[0].path = "/elsewhere/a.csv";
  store_->BeginRun(moved, 200, "version of run-2");
  store_->Intend(moved, 300);
  EXPECT_EQ(State().last, SampleRecord(1, "run-1"));  // keeps what was true for it
  EXPECT_EQ(State().intent, moved);
  store_->Confirm(kName, "run-2", 400);
  EXPECT_EQ(State().last, moved);
}

TEST_F(CheckpointStoreTest, WhateverARecordSaysAnewIsKept) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  const std::vector<std::function<void(ProgressRecord&)>> changes = {
      [](ProgressRecord& record) { record.topic = "another"; },
      [](ProgressRecord& record) { record.topic_id = "another"; },
      [](ProgressRecord& record) { record.cluster_id = "another"; },
      [](ProgressRecord& record) { record.inputs.pop_back(); },
      [](ProgressRecord& record) { record.inputs[0].mtime_ns += 1; },
      [](ProgressRecord& record) { record.inputs[1].begin = InputPosition{}; },
      [](ProgressRecord& record) { record.inputs[1].begin = InputPosition{.byte = ByteOffset{9}}; },
      [](ProgressRecord& record) { record.options[0].second = "raw"; },
      [](ProgressRecord& record) { record.options.clear(); },
      [](ProgressRecord& record) { record.partitions.resize(7); },
  };
  std::uint64_t number = 0;
  for (const auto& change : changes) {
    ProgressRecord record = SampleRecord(++number, "run-1");
    change(record);
    store_->Intend(record, 200);
    EXPECT_EQ(State().intent, record) << number;
  }
}

TEST_F(CheckpointStoreTest, APlanThatWasRolledBackIsForgotten) {
  ProgressRecord failing = SampleRecord(0, "run-1");
  failing.topic = "of the failed start";
  failing.rejected = ~std::uint64_t{0};  // does not fit: all is rolled back
  EXPECT_EQ(ErrorOf([&] { store_->BeginRun(failing, 100, "v"); }).code(), ExitCode::kBug);
  EXPECT_FALSE(store_->Find(kName));
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  EXPECT_EQ(State().last, SampleRecord(0, "run-1"));
}

TEST_F(CheckpointStoreTest, PlansAreSharedAndNotConfusedAfterARollback) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  ProgressRecord failing = SampleRecord(2, "run-1");
  failing.topic_id = "another";
  failing.rejected = ~std::uint64_t{0};  // does not fit: the new plan is rolled back with the rest
  EXPECT_EQ(ErrorOf([&] { store_->Intend(failing, 300); }).code(), ExitCode::kBug);
  Commit(2, "run-1");
  EXPECT_EQ(State().last, SampleRecord(2, "run-1"));
  EXPECT_EQ(QueryText(path_, "SELECT count(*) FROM plans"), "1");
  ProgressRecord third = SampleRecord(3, "run-1");
  third.topic_id = "a third";  // its plan gets the id that was rolled back
  store_->Intend(third, 400);
  EXPECT_EQ(State().intent, third);
}

TEST_F(CheckpointStoreTest, FiveHundredPartitionsRoundTrip) {
  const ProgressRecord start = SampleRecord(0, "run-1", 500);
  const ProgressRecord next = SampleRecord(1, "run-1", 500);
  store_->BeginRun(start, 100, start.tool_version);
  store_->Intend(next, 200);
  Reopen();
  EXPECT_EQ(State().last, start);
  EXPECT_EQ(State().intent, next);
}

TEST_F(CheckpointStoreTest, NoPartitionsAndEmptyFieldsRoundTrip) {
  ProgressRecord bare;
  bare.load_name = kName;
  store_->BeginRun(bare, 0, "");
  EXPECT_EQ(State().last, bare);
}

// --- mending
// ---------------------------------------------------------------------------------------

TEST_F(CheckpointStoreTest, WhatIsForgottenLeavesNothingAndOthersStay) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  store_->BeginRun(SampleRecord(0, "run-2", 5, "other"), 100, "v");
  Commit(1, "run-1");
  store_->RecordRejected(kName, "run-1", ChunkNumber{1}, Rejected({3, 4}));
  store_->Forget(kName);
  store_->Forget("nobody");
  EXPECT_FALSE(store_->Find(kName));
  EXPECT_TRUE(store_->Runs(kName).empty());
  ASSERT_EQ(store_->Statuses().size(), 1U);
  EXPECT_EQ(store_->Statuses()[0].last.load_name, "other");
  store_->BeginRun(SampleRecord(0, "run-3"), 200, "version of run-3");
  EXPECT_EQ(State().last, SampleRecord(0, "run-3"));
}

TEST_F(CheckpointStoreTest, ACopyHasAllThatWasCommittedAndOverwritesNothing) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  const std::string to = dir_ / "copy.db";
  store_->BackUp(to);
  Commit(2, "run-1");
  const CheckpointStore copy(to, CheckpointStore::Mode::kReadOnly, failpoints_);
  EXPECT_EQ(copy.Find(kName)->last.chunk, ChunkNumber{1});
  EXPECT_THROW(store_->BackUp(to), Error);
}

// --- adopting Kafka's record
// -----------------------------------------------------------------------

TEST_F(CheckpointStoreTest, AdoptFillsANewLedger) {
  ProgressRecord start = SampleRecord(0, "run-9");
  start.load_id = "made up by the newcomer";
  store_->BeginRun(start, 100, "v");
  store_->Adopt(SampleRecord(40, "run-1"), "run-9", 200);
  EXPECT_EQ(State().last, SampleRecord(40, "run-1"));
  EXPECT_EQ(Status().chunks_unknown, 39U);
  EXPECT_EQ(Status().chunks_committed, 1U);
  EXPECT_EQ(Status().chunks_discarded, 0U);
  EXPECT_EQ(Status().runs, 1U);  // run-1 was never seen here
  EXPECT_EQ(Status().run_start_rows, SampleRecord(40, "run-1").rows());
  Commit(41, "run-9");
  EXPECT_EQ(Status().chunks_unknown, 39U);
}

TEST_F(CheckpointStoreTest, AdoptSkipsTheUnknownAndDiscardsTheIntent) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  store_->Intend(SampleRecord(2, "run-1"), 300);
  store_->Adopt(SampleRecord(5, "run-elsewhere"), "run-1", 400);
  EXPECT_EQ(State().last, SampleRecord(5, "run-elsewhere"));
  EXPECT_FALSE(State().intent);
  EXPECT_EQ(Status().chunks_unknown, 3U);
  EXPECT_EQ(Status().chunks_discarded, 1U);
  const std::vector<LedgerChunk> chunks = store_->Chunks(kName);
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(chunks[1].begin, chunks[0].end);  // spans the unknown ones
}

TEST_F(CheckpointStoreTest, AdoptOfARecordOfARunKnownHereLeavesThatRunAlone) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  store_->BeginRun(SampleRecord(0, "run-2"), 200, "version of run-2");
  store_->Adopt(SampleRecord(3, "run-1"), "run-2", 300);  // its tail was lost here
  EXPECT_EQ(State().last, SampleRecord(3, "run-1"));
  EXPECT_EQ(Status().runs, 2U);
  EXPECT_EQ(Status().run_started_ms, 200);
}

// Where a file of the load that was replaced ended says nothing of the new one's.
TEST_F(CheckpointStoreTest, AdoptOfAnotherLoadForgetsWhereFilesEnded) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  store_->Intend(SampleRecord(1, "run-1"), 200);
  store_->Confirm(SampleRecord(1, "run-1").load_name, "run-1", 300);
  ProgressRecord other = SampleRecord(1, "run-1");
  other.load_id = "another load's id";
  other.position.file = 0;
  for (InputFile& input : other.inputs) input.end.reset();
  store_->Adopt(other, "run-1", 400);
  const LedgerState found = *store_->Find(other.load_name);
  for (const InputFile& input : found.last.inputs) EXPECT_FALSE(input.end) << input.path;
  EXPECT_TRUE(store_->LoadedFiles(other.topic, "another").empty());
}

TEST_F(CheckpointStoreTest, AdoptOfAnotherLoadHasTheEndsOfItsOwnFiles) {
  const auto end_both = [](ProgressRecord record, std::uint64_t first_bytes) {
    record.inputs[0].end->byte = ByteOffset{first_bytes};
    record.inputs[1].end = record.inputs[0].end;
    record.inputs[1].end->file = 1;
    record.inputs[1].end->byte = ByteOffset{700};
    return record;
  };
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  store_->Adopt(end_both(SampleRecord(2, "run-1"), 500), "run-1", 300);
  ProgressRecord other = end_both(SampleRecord(3, "run-1"), 600);
  other.load_id = "another load's id";
  store_->Adopt(other, "run-1", 400);
  EXPECT_EQ(State().last.inputs, other.inputs);
}

TEST_F(CheckpointStoreTest, AdoptOverTheIntentsOwnNumber) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  store_->Intend(SampleRecord(1, "run-1"), 300);
  ProgressRecord other = SampleRecord(1, "run-elsewhere");
  other.partitions[0].rows += 1;
  store_->Adopt(other, "run-1", 400);
  EXPECT_EQ(State().last, other);
}

TEST_F(CheckpointStoreTest, AdoptOfTheSameStateKeepsTheHistory) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  ProgressRecord same = SampleRecord(1, "run-1");
  same.writer = "told differently";
  same.complete = true;
  store_->Adopt(same, "run-1", 400);
  EXPECT_TRUE(SameButWriter(State().last, same));
  EXPECT_EQ(Status().state, "finished");
  EXPECT_EQ(Status().chunks_discarded, 0U);
  EXPECT_EQ(QueryText(path_, "SELECT sum(adopted) FROM chunks"), "0");
}

TEST_F(CheckpointStoreTest, AdoptOfAnOlderRecordDiscardsWhatItContradicts) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  for (const std::uint64_t number : {1U, 2U, 3U}) Commit(number, "run-1");
  store_->Intend(SampleRecord(4, "run-1"), 350);
  store_->Discard(kName, "run-1", 360);
  ProgressRecord older = SampleRecord(2, "run-elsewhere");
  older.rejected += 1;
  store_->Adopt(older, "run-1", 400);
  EXPECT_EQ(State().last, older);
  EXPECT_EQ(Status().chunks_committed, 2U);
  EXPECT_EQ(Status().chunks_discarded, 3U);
  EXPECT_EQ(Status().chunks_unknown, 0U);
  // What had been discarded before is settled as it was.
  EXPECT_EQ(QueryText(path_, "SELECT settled_ms FROM chunks WHERE number = 4"), "360");
}

TEST_F(CheckpointStoreTest, AdoptOfAnotherLoadOfTheSameNameStartsAfresh) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  for (const std::uint64_t number : {1U, 2U, 3U}) Commit(number, "run-1");
  store_->RecordRejected(kName, "run-1", ChunkNumber{1}, Rejected({1}));
  ProgressRecord other = SampleRecord(5, "run-elsewhere");
  other.load_id = "another load";
  store_->Adopt(other, "run-1", 400);
  EXPECT_EQ(State().last, other);
  EXPECT_EQ(Status().chunks_unknown, 4U);
  ASSERT_EQ(store_->Chunks(kName).size(), 1U);
  EXPECT_EQ(store_->Chunks(kName)[0].begin, InputPosition{});
  EXPECT_EQ(QueryText(path_, "SELECT count(*) FROM rejected_rows"), "0");
}

// --- the end
// ---------------------------------------------------------------------------------------

TEST_F(CheckpointStoreTest, CompleteFinishesTheLoad) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  EXPECT_EQ(Status().state, "loading");
  ProgressRecord end = SampleRecord(1, "run-1");
  end.complete = true;
  end.position.empty_lines += 4;  // trailing ones
  end.position.byte.value += 4;
  end.rejected += 1;
  store_->Complete(end, 500);
  EXPECT_EQ(State().last, end);
  EXPECT_EQ(Status().state, "finished");
}

TEST_F(CheckpointStoreTest, CompleteConfirmsTheLastIntent) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  store_->Intend(SampleRecord(1, "run-1"), 200);
  ProgressRecord end = SampleRecord(1, "run-1");
  end.complete = true;
  store_->Complete(end, 500);
  EXPECT_EQ(State().last, end);
  EXPECT_FALSE(State().intent);
}

TEST_F(CheckpointStoreTest, CompleteRefusesAnotherChunkOrOtherRows) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  Commit(1, "run-1");
  const std::string before = Dump(path_);
  ProgressRecord end = SampleRecord(2, "run-1");
  end.complete = true;
  EXPECT_EQ(ErrorOf([&] { store_->Complete(end, 500); }).code(), ExitCode::kBug);
  end = SampleRecord(1, "run-1");
  EXPECT_EQ(ErrorOf([&] { store_->Complete(end, 500); }).code(), ExitCode::kBug);
  end.complete = true;
  end.partitions[0].rows += 1;
  EXPECT_EQ(ErrorOf([&] { store_->Complete(end, 500); }).code(), ExitCode::kBug);
  EXPECT_EQ(Dump(path_), before);
}

// A load that gets one file after the other writes each of them down once.
TEST_F(CheckpointStoreTest, APlanGetsFurtherFilesAndAChunkKnowsItsOwn) {
  store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  ProgressRecord next = SampleRecord(1, "run-1");
  next.inputs.push_back({"/data/c.csv", 7, 8, 9, 10});
  store_->Intend(next, 1001);
  Reopen();
  EXPECT_EQ(State().last, SampleRecord(0, "run-1"));
  EXPECT_EQ(*State().intent, next);
  EXPECT_EQ(QueryText(path_, "SELECT count(*) FROM plans"), "1");
  EXPECT_EQ(QueryText(path_, "SELECT count(*) FROM plan_files"), "3");
}

TEST_F(CheckpointStoreTest, FinishedInputsAreKeptAsPages) {
  const FinishedPage page(kKeysOfAPage, FinishedKey{9, 3, Digest{1}, Digest{2}, Digest{}, {}, 4});
  FinishedInputs finished;
  finished.pages.push_back(std::make_shared<const FinishedPage>(page));
  finished.count = kKeysOfAPage;
  finished.rows = 3 * kKeysOfAPage;
  ProgressRecord next = SampleRecord(0, "run-1");
  next.finished = finished;
  store_->BeginRun(next, 100, "version of run-1");
  next = SampleRecord(1, "run-1");
  next.finished = finished;
  store_->Intend(next, 1002);
  store_->Confirm(kName, "run-1", 2002);
  Reopen();
  EXPECT_EQ(State().last, next);
  EXPECT_TRUE(store_->LoadedFiles("clicks", kName).empty());
  const std::vector<LoadedFile> others = store_->LoadedFiles("clicks", "another");
  const auto is_key = [](const LoadedFile& file) { return file.file.end->byte.value == 9; };
  EXPECT_EQ(std::count_if(others.begin(), others.end(), is_key), kKeysOfAPage);
  EXPECT_EQ(store_->Chunks(kName).size(), 1U);
}

}  // namespace
}  // namespace onceload
