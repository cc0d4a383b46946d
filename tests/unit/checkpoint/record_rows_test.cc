// How records share rows of the ledger: plans, ends of files, pages of finished ones.
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "unit/checkpoint/ledger_samples.h"

namespace onceload {
namespace {

class RecordRowsTest : public testing::Test {
 protected:
  LedgerState State() { return store_.Find(kName).value(); }
  std::string Query(Sql sql) { return QueryText(path_, sql); }

  // A load of three files of which the first has ended, after so many chunks.
  static ProgressRecord Record(std::uint64_t number) {
    ProgressRecord record = SampleRecord(number, "run");
    record.inputs.push_back({"/data/c.csv", 7, 8, 9, 10});
    return record;
  }
  static InputPosition EndAt(std::uint32_t file, std::uint64_t byte) {
    return {file, ByteOffset{byte}, RowNumber{byte / 10}, 1, {Digest{byte}, Digest{file}}};
  }

  // 512 files that have ended, and two behind them; then the same with the 512 as keys, and with as
  // many keys again, as the files of two pages would be.
  static ProgressRecord LongList() {
    ProgressRecord record = SampleRecord(1, "run");
    const std::vector<InputFile> last = record.inputs;
    record.inputs.clear();
    for (std::uint32_t i = 0; i < kKeysOfAPage; ++i) {
      record.inputs.push_back({"/data/" + std::to_string(i), i, 2, 3, 4});
      record.inputs.back().end = EndAt(i, i + 10);
    }
    record.inputs.insert(record.inputs.end(), last.begin(), last.end());
    record.inputs[kKeysOfAPage].end->file = kKeysOfAPage;
    record.position.file = kKeysOfAPage + 1;
    return record;
  }
  static ProgressRecord AsKeys(std::uint64_t number, std::size_t pages) {
    ProgressRecord record = SampleRecord(number, "run");
    const FinishedPage page(kKeysOfAPage, FinishedKey{9, 3, Digest{1}, Digest{2}, {}, {}, 4});
    record.finished.pages.assign(pages, std::make_shared<const FinishedPage>(page));
    record.finished.count = pages * kKeysOfAPage;
    record.finished.rows = 1'000 * pages;
    record.finished.empty_lines = 20 * pages;
    record.finished.bytes = 70'000 * pages;
    return record;
  }

  const std::string kName = "clicks/clicks.csv";
  TempDir dir_;
  std::string path_ = dir_ / "ledger.db";
  Failpoints failpoints_;
  CheckpointStore store_{path_, CheckpointStore::Mode::kReadWrite, failpoints_};
};

// The next chunk's end of a file is none of the committed chunk's.
TEST_F(RecordRowsTest, EndsBelongToTheChunkThatHasComeToThem) {
  const ProgressRecord start = Record(0);
  store_.BeginRun(start, 1, "version of run");
  ProgressRecord first = Record(1);
  first.inputs[1].end = EndAt(1, 600);
  store_.Intend(first, 2);
  EXPECT_EQ(State().last, start);
  EXPECT_EQ(*State().intent, first);
  ProgressRecord second = Record(2);
  second.inputs[1].end = first.inputs[1].end;
  second.inputs[2].end = EndAt(2, 70);
  store_.Intend(second, 3);
  EXPECT_EQ(State().last, first);
  EXPECT_EQ(*State().intent, second);
  EXPECT_EQ(Query("SELECT group_concat(chunk) FROM file_ends"), "0,1,2");
}

TEST_F(RecordRowsTest, EndsOfADiscardedChunkAreForgotten) {
  store_.BeginRun(Record(0), 1, "version of run");
  ProgressRecord lost = Record(1);
  lost.inputs[1].end = EndAt(1, 600);
  lost.inputs[2].end = EndAt(2, 70);
  store_.Intend(lost, 2);
  store_.Discard(kName, "run", 3);
  ProgressRecord again = Record(1);
  again.inputs[1].end = EndAt(1, 610);
  store_.Intend(again, 4);
  EXPECT_EQ(*State().intent, again);
}

// The newest one's file may have grown.
TEST_F(RecordRowsTest, AnEndMayMove) {
  store_.BeginRun(Record(0), 1, "version of run");
  ProgressRecord first = Record(1);
  first.inputs[1].end = EndAt(1, 600);
  store_.Intend(first, 2);
  ProgressRecord grown = Record(2);
  grown.inputs[1].end = EndAt(1, 650);
  store_.Intend(grown, 3);
  EXPECT_EQ(*State().intent, grown);
  ProgressRecord open = Record(3);
  store_.Intend(open, 4);
  EXPECT_EQ(*State().intent, open);
}

TEST_F(RecordRowsTest, TheLastRecordHasEndsOfItsOwn) {
  store_.BeginRun(Record(0), 1, "version of run");
  store_.Intend(Record(1), 2);
  ProgressRecord all = Record(1);
  all.complete = true;
  all.inputs[1].end = EndAt(1, 600);
  all.inputs[2].end = EndAt(2, 70);
  store_.Complete(all, 3);
  EXPECT_EQ(State().last, all);
}

// One chunk may end 100,000 files, and each start of a complete load says so again.
TEST_F(RecordRowsTest, AnEndThatIsWrittenDownIsNotWrittenAgain) {
  Query("CREATE TABLE written (file INTEGER)");
  Query(
      "CREATE TRIGGER note AFTER INSERT ON file_ends BEGIN "
      "INSERT INTO written VALUES (NEW.file); END");
  store_.BeginRun(Record(0), 1, "version of run");
  ProgressRecord all = Record(1);
  all.inputs[1].end = EndAt(1, 600);
  all.inputs[2].end = EndAt(2, 70);
  store_.Intend(all, 2);
  all.complete = true;
  store_.Complete(all, 3);
  store_.Complete(all, 4);
  EXPECT_EQ(State().last, all);
  EXPECT_EQ(Query("SELECT group_concat(file) FROM written"), "0,1,2");
}

// The ledger knows of a file that is a key by now, and of none behind it: that one's end is not the
// end of the first file that is left, though both are as long.
TEST_F(RecordRowsTest, AnEndOfAFileThatIsAKeyIsNoOtherFiles) {
  store_.BeginRun(SampleRecord(0, "run"), 1, "version of run");
  const ProgressRecord kafkas = AsKeys(9, 2);
  ASSERT_TRUE(kafkas.inputs[0].end->byte == State().last.inputs[0].end->byte);
  store_.Adopt(kafkas, "run", 2);
  EXPECT_EQ(State().last, kafkas);
}

// While the same store goes on: it remembers plans.
TEST_F(RecordRowsTest, FilesThatComeAreKnownAtOnce) {
  store_.BeginRun(SampleRecord(0, "run"), 1, "version of run");
  EXPECT_EQ(State().last.inputs.size(), 2U);
  store_.Intend(Record(1), 2);
  EXPECT_EQ(State().last.inputs.size(), 2U);
  EXPECT_EQ(*State().intent, Record(1));
}

TEST_F(RecordRowsTest, APageIsWrittenOnceAndTakesThePlaceOfRows) {
  store_.BeginRun(SampleRecord(0, "run"), 1, "version of run");
  const ProgressRecord rows = LongList();
  store_.Intend(rows, 2);
  EXPECT_EQ(*State().intent, rows);
  store_.Intend(AsKeys(2, 1), 3);
  EXPECT_EQ(State().last, rows) << "its rows are there until the keys are committed";
  EXPECT_EQ(*State().intent, AsKeys(2, 1));
  EXPECT_EQ(State().intent->finished.empty_lines, 20U);
  EXPECT_EQ(State().intent->finished.bytes, 70'000U);
  EXPECT_EQ(Query("SELECT count(*) FROM file_ends WHERE file < 512"), "512");
  store_.Intend(AsKeys(3, 2), 4);
  EXPECT_EQ(State().last, AsKeys(2, 1));
  EXPECT_EQ(*State().intent, AsKeys(3, 2));
  EXPECT_EQ(Query("SELECT group_concat(page) FROM finished_pages"), "0,1");
  EXPECT_EQ(Query("SELECT count(*) FROM file_ends WHERE file < 512"), "0");
  EXPECT_EQ(Query("SELECT count(*) FROM plan_files"), "4") << "of the two plans that live";
}

}  // namespace
}  // namespace onceload
