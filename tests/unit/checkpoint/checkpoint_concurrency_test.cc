// Several processes and threads at one state file.
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/checkpoint/checkpoint_store.h"
#include "support/temp_dir.h"
#include "unit/checkpoint/ledger_samples.h"

namespace onceload {
namespace {

using Mode = CheckpointStore::Mode;
constexpr std::uint64_t kChunks = 150;

void Load(const std::string& path, const std::string& name) {
  const std::string run = "run of " + name;
  Failpoints failpoints;
  CheckpointStore store(path, Mode::kReadWrite, failpoints);
  store.BeginRun(SampleRecord(0, run, 5, name), 1, "version of " + run);
  for (std::uint64_t number = 1; number <= kChunks; ++number) {
    store.Intend(SampleRecord(number, run, 5, name), static_cast<std::int64_t>(number));
  }
  store.Confirm(name, run, kChunks + 1);
}

void ExpectOneSnapshot(const std::optional<LedgerState>& state) {
  if (!state) return;
  const ProgressRecord& last = state->last;
  EXPECT_EQ(last, SampleRecord(last.chunk.value, last.run_id, 5, last.load_name));
  if (!state->intent) return;
  EXPECT_EQ(*state->intent, SampleRecord(last.chunk.value + 1, last.run_id, 5, last.load_name));
}

TEST(CheckpointConcurrencyTest, TwoLoadsWriteWhileStatusReads) {
  TempDir dir;
  const std::string path = dir / "ledger.db";
  Failpoints failpoints;
  CheckpointStore(path, Mode::kReadWrite, failpoints);  // so that the reader finds something
  std::atomic<int> loading = 2;
  std::vector<std::thread> loads;
  for (const std::string name : {"one", "two"}) {
    loads.emplace_back([&, name] {
      EXPECT_NO_THROW(Load(path, name));
      --loading;
    });
  }
  std::uint64_t between = 0;
  CheckpointStore reader(path, Mode::kReadOnly, failpoints);
  while (loading > 0) {
    for (const LoadStatus& status : reader.Statuses()) {
      const std::uint64_t number = status.last.chunk.value;
      // One snapshot: all that is read belongs to one chunk.
      EXPECT_EQ(status.last, SampleRecord(number, status.last.run_id, 5, status.last.load_name));
      EXPECT_EQ(status.chunks_committed, number);
      if (number > 0 && number < kChunks) ++between;
    }
    ExpectOneSnapshot(reader.Find("one"));
  }
  for (std::thread& load : loads) load.join();
  EXPECT_GT(between, 0U) << "the reader never met a writer; the test shows nothing";
  for (const std::string name : {"one", "two"}) {
    EXPECT_EQ(reader.Find(name)->last, SampleRecord(kChunks, "run of " + name, 5, name));
    EXPECT_EQ(reader.Chunks(name).size(), kChunks);
  }
}

TEST(CheckpointConcurrencyTest, FirstRunsOfSeveralProcessesShareOneNewFile) {
  for (int round = 0; round < 5; ++round) {
    TempDir dir;
    const std::string path = dir / "state/ledger.db";
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) {
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child > 0) {
        children.push_back(child);
        continue;
      }
      try {
        Failpoints failpoints;
        CheckpointStore store(path, Mode::kReadWrite, failpoints);
        const std::string name = std::to_string(i);
        store.BeginRun(SampleRecord(0, "run of " + name, 5, name), 1, "v");
        std::_Exit(0);
      } catch (const Error& error) {
        std::fprintf(stderr, "in the child: %s\n", error.Line().c_str());
        std::_Exit(1);
      }
    }
    for (const pid_t child : children) {
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0);
    }
    Failpoints failpoints;
    EXPECT_EQ(CheckpointStore(path, Mode::kReadOnly, failpoints).Statuses().size(), 4U);
  }
}

TEST(CheckpointConcurrencyTest, AWriterWaitsForAnotherOne) {
  TempDir dir;
  const std::string path = dir / "ledger.db";
  Failpoints failpoints;
  CheckpointStore store(path, Mode::kReadWrite, failpoints);
  Connection other(path, SqliteAccess::kReadWrite, std::chrono::seconds(1));
  auto held = std::make_unique<Transaction>(other, Transaction::Kind::kWrite);
  std::atomic<bool> written = false;
  std::thread writer([&] {
    EXPECT_NO_THROW(store.BeginRun(SampleRecord(0, "run-1"), 1, "v"));
    written = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(written);
  held.reset();
  writer.join();
  EXPECT_TRUE(written);
}

// SQLite's busy timeout does not cover every wait of the switch to WAL.
TEST(CheckpointConcurrencyTest, AFirstRunWaitsForOthersAtTheNewFile) {
  for (const auto kind : {Transaction::Kind::kRead, Transaction::Kind::kWrite}) {
    TempDir dir;
    const std::string path = dir / "ledger.db";
    Connection other(path, SqliteAccess::kReadWrite, std::chrono::seconds(1));
    auto held = std::make_unique<Transaction>(other, kind);
    EXPECT_TRUE(other.Use("SELECT count(*) FROM sqlite_schema").Step());
    std::atomic<bool> opened = false;
    std::thread first_run([&] {
      Failpoints failpoints;
      EXPECT_NO_THROW(CheckpointStore(path, Mode::kReadWrite, failpoints));
      opened = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_FALSE(opened);
    held.reset();
    first_run.join();
    EXPECT_TRUE(opened);
  }
}

}  // namespace
}  // namespace onceload
