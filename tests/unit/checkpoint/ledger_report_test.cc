// All that the ledger tells of a load, as text.
#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "unit/checkpoint/ledger_samples.h"

namespace onceload {
namespace {

std::string TextOf(const InputPosition& at) {
  return std::to_string(at.file) + "/" + std::to_string(at.byte.value) + "/" +
         std::to_string(at.row.value) + "/" + std::to_string(at.empty_lines) + "/" +
         at.prefix.blocks.Hex() + "/" + at.prefix.tail.Hex();
}

class LedgerReportTest : public testing::Test {
 protected:
  static constexpr const char* kLoad = "clicks/clicks.csv";

  // Two runs: the first commits chunks and discards one, and fails; the second goes on.
  void Write() {
    store_.BeginRun(SampleRecord(0, "r1"), 10, "v1");
    store_.Intend(SampleRecord(1, "r1"), 11);
    store_.Intend(SampleRecord(2, "r1"), 12);
    store_.Confirm(kLoad, "r1", 13);
    store_.RecordRejected(kLoad, "r1", ChunkNumber{2}, Rows());
    store_.Intend(SampleRecord(3, "r1"), 14);
    store_.RecordRejected(kLoad, "r1", ChunkNumber{3}, Rejected({99}));
    store_.EndRun(kLoad, "r1", 5, "no broker", 15);
    store_.BeginRun(SampleRecord(0, "r2"), 20, "v2");
    store_.Discard(kLoad, "r2", 21);
  }
  static std::vector<RejectedRow> Rows() {
    std::vector<RejectedRow> rows = Rejected({3, 5, 8});
    rows[1].file = 1;
    rows[1].row = RowNumber{1};
    rows[1].begin = ByteOffset{70};
    rows[1].end = ByteOffset{79};
    rows[1].lines = 2;
    rows[1].reason = "csv";
    rows[1].detail = "a quote";
    return rows;
  }

  std::string Statuses() const {
    std::string text;
    for (const LoadStatus& s : store_.Statuses()) {
      text +=
          s.last.load_name + " " + s.state + " chunk=" + std::to_string(s.last.chunk.value) +
          " created=" + std::to_string(s.created_ms) + " updated=" + std::to_string(s.updated_ms) +
          " runs=" + std::to_string(s.runs) + " started=" + std::to_string(s.run_started_ms) +
          " ended=" + std::to_string(s.run_ended_ms) + " code=" + std::to_string(s.run_exit_code) +
          " rows=" + std::to_string(s.run_start_rows) +
          " bytes=" + std::to_string(s.run_start_bytes) + " error=" + s.last_error + "@" +
          std::to_string(s.last_error_ms) + " committed=" + std::to_string(s.chunks_committed) +
          " kept=" + std::to_string(s.chunks_kept) +
          " discarded=" + std::to_string(s.chunks_discarded) +
          " unknown=" + std::to_string(s.chunks_unknown) + "\n";
    }
    return text;
  }
  std::string Runs() const {
    std::string text;
    for (const LedgerRun& run : store_.Runs(kLoad)) {
      text += run.run_id + ", " + run.writer + ", " + run.tool_version + ", " +
              std::to_string(run.started_ms) + ", " + std::to_string(run.ended_ms) + ", " +
              (run.exit_code ? std::to_string(*run.exit_code) : "none") + ", " + run.error + ", " +
              std::to_string(run.rows_at_start) + "\n";
    }
    return text;
  }
  std::string Chunks() const {
    std::string text;
    for (const LedgerChunk& chunk : store_.Chunks(kLoad)) {
      text += std::to_string(chunk.chunk.value) + ": " + TextOf(chunk.begin) + " to " +
              TextOf(chunk.end) + ", rejected " + std::to_string(chunk.rejected) + "\n";
      EXPECT_EQ(chunk.partitions, SampleRecord(chunk.chunk.value, "").partitions);
    }
    return text;
  }
  std::string RejectedText(std::size_t examples) const {
    std::string text;
    for (const RejectedForReason& reason : store_.Rejected(kLoad, examples)) {
      text += reason.reason + " x" + std::to_string(reason.rows) + "\n";
      for (const RejectedRow& row : reason.examples) {
        text += "  " + row.reason + ", " + row.detail + ", " + std::to_string(row.file) + ", " +
                std::to_string(row.row.value) + ", " + std::to_string(row.begin.value) + "-" +
                std::to_string(row.end.value) + ", " + std::to_string(row.lines) + "\n";
      }
    }
    return text;
  }
  std::string LoadedFiles(const std::string& topic, const std::string& but = "none") const {
    std::string text;
    for (const LoadedFile& loaded : store_.LoadedFiles(topic, but)) {
      const InputFile& file = loaded.file;
      text += loaded.load_name + ": " + file.path + ", " + std::to_string(file.size) + ", " +
              std::to_string(file.mtime_ns) + ", " + std::to_string(file.inode) + ", " +
              std::to_string(file.device) + ", " +
              (file.head ? file.head->digest.Hex() : std::string("none")) + ", " +
              TextOf(*file.end) + "\n";
    }
    return text;
  }

  TempDir directory_;
  Failpoints none_;
  CheckpointStore store_{directory_ / "state.db", CheckpointStore::Mode::kReadWrite, none_};
};

TEST_F(LedgerReportTest, ALoadThatHasNotBegunHasNothing) {
  EXPECT_EQ(Statuses(), "");
  EXPECT_EQ(Runs() + Chunks() + RejectedText(9) + LoadedFiles("clicks"), "");
  store_.BeginRun(SampleRecord(0, "r1"), 10, "v1");
  EXPECT_EQ(Statuses(),
            "clicks/clicks.csv loading chunk=0 created=10 updated=10 runs=1 started=10 ended=0 "
            "code=-1 rows=0 bytes=513 error=@0 committed=0 kept=0 discarded=0 unknown=0\n");
  EXPECT_EQ(Chunks() + RejectedText(9) + LoadedFiles("clicks"),
            "clicks/clicks.csv: /data/a.csv, 500, 1700000000123456789, 18446462598732840961, 42, "
            "fedcba9876543210, 0/500/17/2/0000000000000005/fffffffffffffff9\n");
}

TEST_F(LedgerReportTest, AStatusHasChunksAndRuns) {
  Write();
  EXPECT_EQ(Statuses(),
            "clicks/clicks.csv loading chunk=2 created=10 updated=21 runs=2 started=20 ended=0 "
            "code=-1 rows=169 bytes=2513 error=no broker@15 committed=2 kept=2 discarded=1 "
            "unknown=0\n");
  store_.EndRun(kLoad, "r2", 0, "", 22);
  ProgressRecord last = SampleRecord(2, "r2");
  last.complete = true;
  store_.Complete(last, 23);
  EXPECT_EQ(Statuses(),
            "clicks/clicks.csv finished chunk=2 created=10 updated=23 runs=2 started=20 ended=22 "
            "code=0 rows=169 bytes=2513 error=no broker@15 committed=2 kept=2 discarded=1 "
            "unknown=0\n");
}

TEST_F(LedgerReportTest, LoadsAreToldFromTheOneLastWritten) {
  Write();
  store_.BeginRun(SampleRecord(0, "o1", 5, "another"), 5, "v1");
  EXPECT_EQ(Statuses(),
            "clicks/clicks.csv loading chunk=2 created=10 updated=21 runs=2 started=20 ended=0 "
            "code=-1 rows=169 bytes=2513 error=no broker@15 committed=2 kept=2 discarded=1 "
            "unknown=0\n"
            "another loading chunk=0 created=5 updated=5 runs=1 started=5 ended=0 code=-1 rows=0 "
            "bytes=513 error=@0 committed=0 kept=0 discarded=0 unknown=0\n");
}

// Of what another machine has committed the chunks are not known.
TEST_F(LedgerReportTest, ChunksOfAnotherMachineAreUnknown) {
  Write();
  store_.Adopt(SampleRecord(7, "r2"), "r2", 30);
  EXPECT_EQ(Statuses(),
            "clicks/clicks.csv loading chunk=7 created=10 updated=30 runs=2 started=20 ended=0 "
            "code=-1 rows=569 bytes=7513 error=no broker@15 committed=3 kept=3 discarded=1 "
            "unknown=4\n");
  EXPECT_EQ(Chunks(),
            "1: 1/13/7/0/ffffffffffffffff/0000000000000000 to "
            "1/1013/107/2/fffffffffffffffe/0000000000000001, rejected 3\n"
            "2: 1/1013/107/2/fffffffffffffffe/0000000000000001 to "
            "1/2013/207/4/fffffffffffffffd/0000000000000002, rejected 6\n"
            "7: 1/2013/207/4/fffffffffffffffd/0000000000000002 to "
            "1/7013/707/14/fffffffffffffff8/0000000000000007, rejected 21\n");
}

TEST_F(LedgerReportTest, RunsAreToldAsTheyBegan) {
  Write();
  EXPECT_EQ(Runs(),
            "r1, writer of r1, v1, 10, 15, 5, no broker, 0\n"
            "r2, writer of r2, v2, 20, 0, none, , 169\n");
}

TEST_F(LedgerReportTest, ChunksLieEndToEnd) {
  Write();
  EXPECT_EQ(Chunks(),
            "1: 1/13/7/0/ffffffffffffffff/0000000000000000 to "
            "1/1013/107/2/fffffffffffffffe/0000000000000001, rejected 3\n"
            "2: 1/1013/107/2/fffffffffffffffe/0000000000000001 to "
            "1/2013/207/4/fffffffffffffffd/0000000000000002, rejected 6\n");
}

TEST_F(LedgerReportTest, RejectedRowsAreToldByReason) {
  Write();
  EXPECT_EQ(RejectedText(9),
            "type x2\n"
            "  type, no integer, 0, 3, 0-0, 1\n"
            "  type, no integer, 0, 8, 0-0, 1\n"
            "csv x1\n"
            "  csv, a quote, 1, 1, 70-79, 2\n");
  EXPECT_EQ(RejectedText(1),
            "type x2\n"
            "  type, no integer, 0, 3, 0-0, 1\n"
            "csv x1\n"
            "  csv, a quote, 1, 1, 70-79, 2\n");
  EXPECT_EQ(RejectedText(0),
            "type x2\n"
            "csv x1\n");
}

TEST_F(LedgerReportTest, FilesThatAreDoneAreToldToOtherLoads) {
  Write();
  EXPECT_EQ(LoadedFiles("clicks"),
            "clicks/clicks.csv: /data/a.csv, 500, 1700000000123456789, 18446462598732840961, 42, "
            "fedcba9876543210, 0/500/17/2/0000000000000005/fffffffffffffff9\n");
  EXPECT_EQ(LoadedFiles("clicks", kLoad), "");
  EXPECT_EQ(LoadedFiles("another"), "");
}

// Of them no more than a key is kept.
TEST_F(LedgerReportTest, FilesThatWereDoneLongAgoAreToldAsKeys) {
  store_.BeginRun(SampleRecord(0, "r1"), 10, "v1");
  ProgressRecord record = SampleRecord(1, "r1");
  FinishedPage page(kKeysOfAPage);
  for (std::size_t i = 0; i < page.size(); ++i) page[i].rows = 1;
  page[0] = {500, 17, Digest{5}, Digest{6}, Digest{7}, Digest{8}, 9};
  record.finished.pages.push_back(std::make_shared<const FinishedPage>(page));
  record.finished.count = kKeysOfAPage;
  store_.Intend(record, 11);
  store_.Confirm(kLoad, "r1", 12);
  std::string text = LoadedFiles("clicks");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), std::ptrdiff_t{kKeysOfAPage + 1});
  EXPECT_EQ(text.find("clicks/clicks.csv: /data/a.csv, 500,"), 0U) << "it is still an input";
  text.erase(0, text.find('\n') + 1);
  const std::size_t second = text.find('\n', text.find('\n') + 1);
  const std::size_t third = text.find('\n', second + 1);
  EXPECT_EQ(text.substr(0, third),
            "clicks/clicks.csv: a file that it has finished with long ago, 0, 0, 0, 0, "
            "0000000000000007, 0/500/17/0/0000000000000005/0000000000000006\n"
            "clicks/clicks.csv: a file that it has finished with long ago, 0, 0, 0, 0, none, "
            "0/0/1/0/0000000000000000/0000000000000000\n"
            "clicks/clicks.csv: a file that it has finished with long ago, 0, 0, 0, 0, none, "
            "0/0/1/0/0000000000000000/0000000000000000");
  EXPECT_EQ(LoadedFiles("clicks", kLoad), "");
  EXPECT_EQ(LoadedFiles("another"), "");
}

}  // namespace
}  // namespace onceload
