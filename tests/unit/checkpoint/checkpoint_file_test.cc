// The state file: what is made, what is opened, what is refused and left as it is.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "checkpoint/ledger_file.h"
#include "onceload/checkpoint/checkpoint_store.h"
#include "support/temp_dir.h"
#include "unit/checkpoint/ledger_samples.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;
using Mode = CheckpointStore::Mode;

class CheckpointFileTest : public testing::Test {
 protected:
  void Open(const std::string& path, Mode mode = Mode::kReadWrite) {
    CheckpointStore(path, mode, failpoints_);
  }
  Error Refusal(const std::string& path, Mode mode = Mode::kReadWrite) {
    return ErrorOf([&] { Open(path, mode); });
  }
  void Execute(const std::string& script) {
    Connection(path_, SqliteAccess::kReadWrite, std::chrono::seconds(1)).Execute(script);
  }
  static std::string Bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  static unsigned ModeOf(const std::string& path) {
    struct stat info = {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0);
    return info.st_mode & 0777U;
  }

  TempDir dir_;
  std::string path_ = dir_ / "ledger.db";
  Failpoints failpoints_;
};

TEST_F(CheckpointFileTest, IsWalAndOursAndOfTheNewestVersion) {
  Open(path_);
  EXPECT_EQ(QueryText(path_, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(QueryText(path_, "PRAGMA application_id"), std::to_string(kApplicationId));
  EXPECT_EQ(QueryText(path_, "PRAGMA user_version"), "5");
  EXPECT_EQ(QueryText(path_, "PRAGMA integrity_check"), "ok");
}

TEST_F(CheckpointFileTest, ConnectionsSyncAtCheckpointsAndCheckForeignKeys) {
  const auto connection = OpenLedger(path_, SqliteAccess::kReadWrite, failpoints_);
  EXPECT_EQ(connection->Pragma("synchronous"), "1");
  EXPECT_EQ(connection->Pragma("foreign_keys"), "1");
  EXPECT_EQ(connection->Pragma("wal_autocheckpoint"), "1000");
}

TEST_F(CheckpointFileTest, MakesItsDirectoriesForTheOwnerOnly) {
  Open(dir_ / "state/onceload/ledger.db");
  EXPECT_EQ(ModeOf(dir_ / "state"), 0700U);
  EXPECT_EQ(ModeOf(dir_ / "state/onceload"), 0700U);
}

TEST_F(CheckpointFileTest, KeepsTheModeOfADirectoryThatExists) {
  fs::create_directory(dir_ / "open");
  ASSERT_EQ(::chmod((dir_ / "open").c_str(), 0755), 0);
  Open(dir_ / "open/ledger.db");
  EXPECT_EQ(ModeOf(dir_ / "open"), 0755U);
}

TEST_F(CheckpointFileTest, NamesThatSqliteTakesForItselfAreFiles) {
  const fs::path before = fs::current_path();
  fs::current_path(dir_.path());
  Open(":memory:");
  Open("file:x?mode=memory");
  fs::current_path(before);
  EXPECT_TRUE(fs::exists(dir_ / ":memory:"));
  EXPECT_TRUE(fs::exists(dir_ / "file:x?mode=memory"));
}

TEST_F(CheckpointFileTest, EmptyFileIsANewOne) {
  std::ofstream(path_).flush();
  EXPECT_NO_THROW(Open(path_));
}

TEST_F(CheckpointFileTest, RefusesAnEmptyNameAndADirectory) {
  ExpectThreeParts(Refusal(""), ExitCode::kUsage, "name is empty", "", "--state");
  ExpectThreeParts(Refusal(dir_.path().string()), ExitCode::kUsage, "is a directory",
                   dir_.path().string(), "--state");
}

TEST_F(CheckpointFileTest, RefusesAPipeThatNobodyWritesTo) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  ExpectThreeParts(Refusal(path_), ExitCode::kUsage, "no regular file", path_, "--state");
}

TEST_F(CheckpointFileTest, RefusesWhatIsNoDatabaseAndLeavesIt) {
  for (const std::string& content :
       {std::string("x"), std::string("id,name\n1,a\n"), std::string(10'000, 'x')}) {
    for (const Mode mode : {Mode::kReadWrite, Mode::kReadOnly}) {
      std::ofstream(path_) << content;
      ExpectThreeParts(Refusal(path_, mode), ExitCode::kUsage, "not a database", path_,
                       "name another file with --state");
      EXPECT_TRUE(Bytes(path_) == content);
    }
  }
}

TEST_F(CheckpointFileTest, RefusesAnotherApplicationsDatabaseAndLeavesIt) {
  for (const std::string script :
       {"CREATE TABLE t (x)", "PRAGMA application_id = 7", "PRAGMA user_version = 1"}) {
    fs::remove(path_);
    Execute(script);
    const std::string before = Bytes(path_);
    ExpectThreeParts(Refusal(path_), ExitCode::kUsage, "another application", path_, "--state");
    ExpectThreeParts(Refusal(path_, Mode::kReadOnly), ExitCode::kUsage, "another application",
                     path_, "--state");
    EXPECT_TRUE(Bytes(path_) == before) << script;
  }
}

TEST_F(CheckpointFileTest, RefusesANewerVersionNamingBoth) {
  Open(path_);
  Execute("PRAGMA user_version = 7");
  for (const Mode mode : {Mode::kReadWrite, Mode::kReadOnly}) {
    ExpectThreeParts(Refusal(path_, mode), ExitCode::kUsage,
                     "version 7, and this onceload knows versions up to 5", path_,
                     "newer onceload");
  }
  EXPECT_EQ(QueryText(path_, "PRAGMA user_version"), "7");
}

TEST_F(CheckpointFileTest, RefusesReadOnlyFiles) {
  Open(path_);
  ASSERT_EQ(::chmod(path_.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(dir_.path().c_str(), 0777), 0);
  const AsNobody nobody;
  ExpectThreeParts(Refusal(path_), ExitCode::kUsage, "readonly", path_, "writable");
}

TEST_F(CheckpointFileTest, RefusesUnwritableDirectories) {
  const std::string closed = dir_ / "closed";
  Open(closed + "/ledger.db");
  ASSERT_EQ(::chmod((closed + "/ledger.db").c_str(), 0666), 0);
  ASSERT_EQ(::chmod(closed.c_str(), 0555), 0);
  ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
  const AsNobody nobody;
  // A file that is there does not help: SQLite makes others beside it.
  for (const char* name : {"/ledger.db", "/new.db"}) {
    ExpectThreeParts(Refusal(closed + name), ExitCode::kUsage,
                     "directory cannot be written (Permission denied)", closed, "writable");
  }
  ExpectThreeParts(Refusal(closed + "/below/ledger.db"), ExitCode::kUsage,
                   "directory cannot be made (Permission denied)", closed + "/below", "--state");
}

// --- reading only
// ----------------------------------------------------------------------------------

TEST_F(CheckpointFileTest, ReadOnlyNeverMakesAFile) {
  ExpectThreeParts(Refusal(dir_ / "no/ledger.db", Mode::kReadOnly), ExitCode::kUsage,
                   "there is no state file", "no/ledger.db", "onceload load");
  EXPECT_FALSE(fs::exists(dir_ / "no"));
}

TEST_F(CheckpointFileTest, ReadOnlyNeverMigrates) {
  std::ofstream(path_).flush();
  ExpectThreeParts(Refusal(path_, Mode::kReadOnly), ExitCode::kUsage,
                   "version 0, and this onceload reads version 5", path_, "brings it up to date");
  EXPECT_EQ(fs::file_size(path_), 0U);
}

TEST_F(CheckpointFileTest, ReadOnlyReadsAndDoesNotWrite) {
  {
    CheckpointStore store(path_, Mode::kReadWrite, failpoints_);
    store.BeginRun(SampleRecord(0, "run-1"), 100, "v");
  }
  CheckpointStore reader(path_, Mode::kReadOnly, failpoints_);
  EXPECT_EQ(reader.Statuses().size(), 1U);
  ExpectThreeParts(ErrorOf([&] { reader.Intend(SampleRecord(1, "run-1"), 200); }), ExitCode::kUsage,
                   "readonly", path_, "writable");
}

TEST_F(CheckpointFileTest, ReadOnlyReadsWhatAKilledWriterLeft) {
  RunAndKill([&] {
    CheckpointStore store(path_, Mode::kReadWrite, failpoints_);
    store.BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
    std::raise(SIGKILL);
  });
  fs::remove(path_ + "-shm");
  CheckpointStore reader(path_, Mode::kReadOnly, failpoints_);
  EXPECT_EQ(reader.Find("clicks/clicks.csv")->last, SampleRecord(0, "run-1"));
}

TEST_F(CheckpointFileTest, ReadOnlyExplainsADirectoryWhereNothingCanBeMade) {
  Open(path_);
  ASSERT_FALSE(fs::exists(path_ + "-shm"));
  ASSERT_EQ(::chmod(dir_.path().c_str(), 0555), 0);
  const AsNobody nobody;
  ExpectThreeParts(Refusal(path_, Mode::kReadOnly), ExitCode::kUsage, "cannot be read", path_,
                   "reading needs the -wal and -shm files");
}

// --- damage
// ----------------------------------------------------------------------------------------

TEST_F(CheckpointFileTest, DamagedPagesAreRefusedWithAWayOut) {
  {
    CheckpointStore store(path_, Mode::kReadWrite, failpoints_);
    store.BeginRun(SampleRecord(0, "run-1", 500), 100, "v");
  }
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  const auto size = static_cast<std::streamoff>(fs::file_size(path_));
  file.seekp(4096);  // the first page, with the file's header, stays
  for (std::streamoff i = 4096; i < size; ++i) file.put('\x5a');
  file.close();
  ExpectThreeParts(ErrorOf([&] {
                     CheckpointStore store(path_, Mode::kReadWrite, failpoints_);
                     store.Find("clicks/clicks.csv");
                   }),
                   ExitCode::kUsage, "malformed", path_, "rebuilt from Kafka");
}

TEST_F(CheckpointFileTest, RowsThatAreMissingAreRefusedWithAWayOut) {
  CheckpointStore store(path_, Mode::kReadWrite, failpoints_);
  store.BeginRun(SampleRecord(0, "run-1"), 100, "v");
  const auto find = [&] { store.Find("clicks/clicks.csv"); };
  Execute("UPDATE chunk_partitions SET partition = 9 WHERE partition = 4");
  ExpectThreeParts(ErrorOf(find), ExitCode::kUsage, "partitions of a chunk are missing", path_,
                   "rebuilt from Kafka");
  Execute("UPDATE chunk_partitions SET partition = 4 WHERE partition = 9");
  EXPECT_NO_THROW(find());
  Execute("DELETE FROM chunk_partitions WHERE partition = 4");
  ExpectThreeParts(ErrorOf(find), ExitCode::kUsage, "partitions of a chunk are missing", path_,
                   "rebuilt from Kafka");
  Execute("DELETE FROM chunk_partitions WHERE partition = 0");
  ExpectThreeParts(ErrorOf(find), ExitCode::kUsage, "partitions of a chunk are missing", path_,
                   "rebuilt from Kafka");
  Execute("UPDATE chunks SET state = 'discarded'");
  ExpectThreeParts(ErrorOf(find), ExitCode::kUsage, "no committed chunk", path_,
                   "rebuilt from Kafka");
  Execute("DROP TABLE chunk_partitions; DROP TABLE rejected_rows; DROP TABLE chunks");
  ExpectThreeParts(ErrorOf(find), ExitCode::kUsage, "no such table", path_, "rebuilt from Kafka");
}

// --- what the schema forbids
// -----------------------------------------------------------------------

TEST_F(CheckpointFileTest, SchemaForbidsImpossibleStates) {
  CheckpointStore store(path_, Mode::kReadWrite, failpoints_);
  store.BeginRun(SampleRecord(0, "run-1"), 100, "v");
  store.Intend(SampleRecord(1, "run-1"), 200);
  const std::string columns =
      ", adopted, complete, plan, run_id, rejected, end_file, end_byte, end_row, end_empty_lines, "
      "end_blocks, end_tail, written_ms, ";
  const std::string another =
      "INSERT INTO chunks (load, number, state" + columns + "settled_ms) SELECT load, ";
  const std::string& rest = columns;
  const std::string of = " FROM chunks WHERE state = 'intended'";
  const auto connection = OpenLedger(path_, SqliteAccess::kReadWrite, failpoints_);
  const std::vector<std::string> forbidden = {
      another + "1, 'intended'" + rest + "NULL" + of,   // the same intent twice
      another + "2, 'intended'" + rest + "NULL" + of,   // two intents
      another + "1, 'committed'" + rest + "300" + of,   // intended and committed
      another + "0, 'committed'" + rest + "300" + of,   // committed twice
      another + "2, 'lost'" + rest + "300" + of,        // no such state
      another + "2, 'committed'" + rest + "NULL" + of,  // settled, but never
      "UPDATE chunks SET settled_ms = 1 WHERE state = 'intended'",
      "UPDATE chunks SET adopted = 1 WHERE state = 'intended'",
      "UPDATE chunks SET run_id = 'nobody'",
      "UPDATE chunks SET plan = 99",
      "UPDATE chunks SET end_tail = 'F000000000000000'",
      "UPDATE chunks SET dead_digest = ''",
      "UPDATE chunks SET rejects_bytes = -1",
      "UPDATE chunk_partitions SET digest = '0'",
      "UPDATE chunk_partitions SET rows = -1",
      "UPDATE chunk_partitions SET rows = 'many'",
      "UPDATE runs SET ended_ms = 5",
      "UPDATE loads SET run_id = 'nobody'",
      "INSERT INTO loads SELECT NULL, name, run_id, 1, 1 FROM loads",
      "DELETE FROM chunks",
  };
  for (const std::string& script : forbidden) {
    const Error error = ErrorOf([&] { connection->Execute(script); });
    EXPECT_TRUE(Contains(error.what(), "constraint failed") ||
                Contains(error.what(), "cannot store"))
        << script << ": " << error.Line();
    EXPECT_EQ(error.code(), ExitCode::kBug) << script;
  }
  // And these are fine: history may hold a number as often as it was tried.
  connection->Execute(another + "1, 'discarded'" + rest + "300" + of);
  connection->Execute(another + "1, 'discarded'" + rest + "300" + of);
}

TEST_F(CheckpointFileTest, EveryTableAndColumnIsDocumented) {
  Open(path_);
  const std::string document =
      Bytes(std::string(ONCELOAD_SOURCE_DIR) + "/docs/checkpoint-format.md");
  Connection connection(path_, SqliteAccess::kReadOnly, std::chrono::seconds(1));
  Statement column = connection.Use(
      "SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c "
      "WHERE t.type = 'table'");
  int columns = 0;
  for (; column.Step(); ++columns) {
    EXPECT_TRUE(Contains(document, column.Text(0))) << column.Text(0);
    EXPECT_TRUE(Contains(document, column.Text(1) + "`")) << column.Text(0) + "." << column.Text(1);
  }
  EXPECT_GT(columns, 50);
}

TEST_F(CheckpointFileTest, ViewsForPeopleWork) {
  {
    CheckpointStore store(path_, Mode::kReadWrite, failpoints_);
    store.BeginRun(SampleRecord(0, "run-1"), 100, "v");
    store.Intend(SampleRecord(1, "run-1"), 200);
    store.Intend(SampleRecord(2, "run-1"), 300);
  }
  EXPECT_EQ(QueryText(path_,
                      "SELECT load || ' ' || chunk || ' ' || rows || ' ' || end_row || ' ' "
                      "|| updated FROM progress"),
            "clicks/clicks.csv 1 89 107 1970-01-01 00:00:00");
  EXPECT_EQ(QueryText(path_,
                      "SELECT group_concat(chunk || state || ifnull(begin_row, '-') || '-' "
                      "|| end_row, ' ') FROM chunk_history"),
            "0committed--7 1committed7-107 2intended107-207");
}

}  // namespace
}  // namespace onceload
