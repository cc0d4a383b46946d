// Killed processes and lost tails: whatever is cut off, what is left is an earlier state.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/checkpoint/checkpoint_store.h"
#include "support/temp_dir.h"
#include "unit/checkpoint/ledger_samples.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;
using Mode = CheckpointStore::Mode;
using Step = std::function<void(CheckpointStore&)>;

const std::string& Name() {
  static const std::string name = "clicks/clicks.csv";
  return name;
}

ProgressRecord Completed(std::uint64_t number, const std::string& run) {
  ProgressRecord record = SampleRecord(number, run);
  record.complete = true;
  return record;
}

// Two runs and a half, with every call of the protocol.
std::vector<Step> History() {
  return {
      [](CheckpointStore& s) { s.BeginRun(SampleRecord(0, "run-1"), 1, "version of run-1"); },
      [](CheckpointStore& s) { s.Intend(SampleRecord(1, "run-1"), 2); },
      [](CheckpointStore& s) { s.Intend(SampleRecord(2, "run-1"), 3); },
      [](CheckpointStore& s) { s.RecordRejected(Name(), "run-1", ChunkNumber{3}, Rejected({9})); },
      [](CheckpointStore& s) { s.Discard(Name(), "run-1", 4); },
      [](CheckpointStore& s) { s.EndRun(Name(), "run-1", 5, "no broker", 5); },
      [](CheckpointStore& s) { s.BeginRun(SampleRecord(0, "run-2"), 6, "version of run-2"); },
      [](CheckpointStore& s) { s.Intend(SampleRecord(2, "run-2"), 7); },
      [](CheckpointStore& s) { s.Adopt(SampleRecord(6, "run-elsewhere"), "run-2", 8); },
      [](CheckpointStore& s) { s.Intend(SampleRecord(7, "run-2"), 9); },
      [](CheckpointStore& s) { s.BeginRun(SampleRecord(0, "run-3"), 10, "version of run-3"); },
      [](CheckpointStore& s) { s.Confirm(Name(), "run-3", 11); },
      [](CheckpointStore& s) { s.Complete(Completed(7, "run-3"), 12); },
      [](CheckpointStore& s) { s.EndRun(Name(), "run-3", 0, "", 13); },
  };
}

void RunFirst(const std::string& path, std::size_t calls) {
  Failpoints failpoints;
  CheckpointStore store(path, Mode::kReadWrite, failpoints);
  const std::vector<Step> history = History();
  for (std::size_t i = 0; i < calls; ++i) history[i](store);
}

// As RunFirst(), in a process that is killed before it can close anything.
void RunFirstAndKill(const std::string& path, std::size_t calls) {
  RunAndKill([&] {
    Failpoints failpoints;
    CheckpointStore store(path, Mode::kReadWrite, failpoints);
    const std::vector<Step> history = History();
    for (std::size_t i = 0; i < calls; ++i) history[i](store);
    std::raise(SIGKILL);
  });
}

// The dump of the ledger after each number of calls.
std::vector<std::string> States() {
  std::vector<std::string> states;
  for (std::size_t calls = 0; calls <= History().size(); ++calls) {
    TempDir dir;
    RunFirst(dir / "ledger.db", calls);
    states.push_back(Dump(dir / "ledger.db"));
  }
  return states;
}

std::string Reopened(const std::string& path) {
  Failpoints failpoints;
  CheckpointStore store(path, Mode::kReadWrite, failpoints);
  store.Find(Name());
  store.Statuses();
  store.Chunks(Name());
  return Dump(path);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(CheckpointCrashTest, EveryCallChangesTheLedger) {
  const std::vector<std::string> states = States();
  EXPECT_EQ(std::set<std::string>(states.begin(), states.end()).size(), History().size() + 1);
}

TEST(CheckpointCrashTest, KilledAfterAnyCallNothingIsLost) {
  const std::vector<std::string> states = States();
  for (std::size_t calls = 0; calls <= History().size(); ++calls) {
    TempDir dir;
    RunFirstAndKill(dir / "ledger.db", calls);
    ASSERT_TRUE(fs::exists(dir / "ledger.db-wal"));  // really not closed
    EXPECT_EQ(Reopened(dir / "ledger.db"), states[calls]) << calls;
  }
}

TEST(CheckpointCrashTest, KilledAfterAnyCallTheNextRunGoesOn) {
  for (std::size_t calls = 0; calls <= History().size(); ++calls) {
    TempDir dir;
    RunFirstAndKill(dir / "ledger.db", calls);
    Failpoints failpoints;
    CheckpointStore store(dir / "ledger.db", Mode::kReadWrite, failpoints);
    store.BeginRun(SampleRecord(0, "run-9"), 100, "v");
    store.Discard(Name(), "run-9", 101);
    const std::uint64_t next = store.Find(Name())->last.chunk.value + 1;
    store.Intend(SampleRecord(next, "run-9"), 102);
    EXPECT_TRUE(SameButWriter(*store.Find(Name())->intent, SampleRecord(next, "run-9"))) << calls;
  }
}

// In memory where there is such a place: thousands of reopenings test no disk, but wait for it.
fs::path FastParent() {
  return fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
}

// What a machine that lost power may leave: `left` bytes of the WAL, then whatever `damage` makes
// of the rest.
using Damage = std::function<std::string(const std::string& wal, std::size_t left)>;
void ExpectEarlierStates(std::size_t step, const Damage& damage) {
  TempDir origin;
  RunFirstAndKill(origin / "ledger.db", History().size());
  const std::string database = ReadFile(origin / "ledger.db");
  const std::string wal = ReadFile(origin / "ledger.db-wal");
  const std::vector<std::string> states = States();
  std::size_t latest = 0;
  std::set<std::size_t> seen;
  std::size_t left = 0;
  for (;; left = std::min(left + step, wal.size())) {
    TempDir dir(FastParent());
    WriteFile(dir / "ledger.db", database);
    WriteFile(dir / "ledger.db-wal", damage(wal, left));
    std::string state;
    ASSERT_NO_THROW(state = Reopened(dir / "ledger.db")) << left;
    const auto found = std::find(states.begin(), states.end(), state);
    ASSERT_NE(found, states.end()) << "neither state nor error at " << left;
    const auto number = static_cast<std::size_t>(found - states.begin());
    EXPECT_GE(number, latest) << "more bytes and an older state at " << left;
    latest = number;
    seen.insert(number);
    if (left == wal.size()) break;
  }
  EXPECT_EQ(seen.size(), states.size());  // each was cut off somewhere
}

// Two or three cuts in each frame of a page and its 24 bytes of header, each elsewhere.
constexpr std::size_t kPartOfAFrame = 1543;

TEST(CheckpointCrashTest, LostTailLeavesAnEarlierState) {
  ExpectEarlierStates(512,
                      [](const std::string& wal, std::size_t left) { return wal.substr(0, left); });
}

TEST(CheckpointCrashTest, TailOfZerosLeavesAnEarlierState) {
  ExpectEarlierStates(kPartOfAFrame, [](const std::string& wal, std::size_t left) {
    return wal.substr(0, left) + std::string(wal.size() - left, '\0');
  });
}

TEST(CheckpointCrashTest, GarbageTailLeavesAnEarlierState) {
  ExpectEarlierStates(kPartOfAFrame, [](const std::string& wal, std::size_t left) {
    std::string damaged = wal;
    for (std::size_t i = left; i < std::min(left + 64, damaged.size()); ++i) damaged[i] ^= 0x5a;
    return damaged;
  });
}

// --- migrations
// ------------------------------------------------------------------------------------

struct Crash {};

TEST(CheckpointCrashTest, CutWithinMigrationsItGoesOnWhereItWas) {
  TempDir dir;
  Failpoints crash("after_migration:1", [] { throw Crash(); });
  EXPECT_THROW(CheckpointStore(dir / "ledger.db", Mode::kReadWrite, crash), Crash);
  EXPECT_EQ(QueryText(dir / "ledger.db", "PRAGMA user_version"), "1");
  EXPECT_EQ(Reopened(dir / "ledger.db"), States()[0]);
}

TEST(CheckpointCrashTest, MigratesOnlyOnce) {
  TempDir dir;
  RunFirst(dir / "ledger.db", 3);
  Failpoints crash("after_migration:1", [] { throw Crash(); });
  EXPECT_NO_THROW(CheckpointStore(dir / "ledger.db", Mode::kReadWrite, crash));
  EXPECT_EQ(Reopened(dir / "ledger.db"), States()[3]);
}

TEST(CheckpointCrashTest, KilledBeforeTheFirstMigrationTheFileIsStillOurs) {
  TempDir dir;
  {
    Connection connection(dir / "ledger.db", SqliteAccess::kReadWrite, std::chrono::seconds(1));
    ASSERT_EQ(connection.Pragma("journal_mode = WAL"), "wal");
  }
  EXPECT_EQ(Reopened(dir / "ledger.db"), States()[0]);
}

}  // namespace
}  // namespace onceload
