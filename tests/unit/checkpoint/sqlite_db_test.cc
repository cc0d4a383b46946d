// Handles, transactions and what SQLite's failures become.
#include "checkpoint/sqlite_db.h"

#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "unit/checkpoint/ledger_samples.h"

namespace onceload {
namespace {

using namespace std::chrono_literals;
using Kind = Transaction::Kind;

class SqliteDbTest : public testing::Test {
 protected:
  SqliteDbTest() { db_.Execute("CREATE TABLE t (x)"); }
  std::int64_t Rows() {
    Statement count = db_.Use("SELECT count(*) FROM t");
    count.Step();
    return count.Int(0);
  }
  void Insert(const std::string& text) { db_.Use("INSERT INTO t VALUES (?1)").Run(text); }

  TempDir dir_;
  std::string path_ = dir_ / "test.db";
  Connection db_{path_, SqliteAccess::kReadWrite, 20ms};
};

TEST_F(SqliteDbTest, TransactionCountsByCommitOnly) {
  {
    Transaction transaction(db_, Kind::kWrite);
    Insert("lost");
  }
  EXPECT_EQ(Rows(), 0);
  {
    Transaction transaction(db_, Kind::kWrite);
    Insert("kept");
    transaction.Commit();
  }
  EXPECT_EQ(Rows(), 1);
}

TEST_F(SqliteDbTest, TransactionIsRolledBackByAnException) {
  EXPECT_THROW(
      {
        Transaction transaction(db_, Kind::kWrite);
        Insert("lost");
        throw std::runtime_error("x");
      },
      std::runtime_error);
  EXPECT_EQ(Rows(), 0);
  EXPECT_FALSE(db_.InTransaction());
}

TEST_F(SqliteDbTest, TextKeepsNulsAndEmptiness) {
  Insert(std::string("a\0b", 3));
  Insert("");
  db_.Use("INSERT INTO t VALUES (?1)").Run(std::string_view());
  Statement row = db_.Use("SELECT x FROM t ORDER BY rowid");
  ASSERT_TRUE(row.Step());
  EXPECT_EQ(row.Text(0), std::string("a\0b", 3));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(row.Step());
    EXPECT_FALSE(row.IsNull(0));
    EXPECT_EQ(row.Text(0), "");
  }
  EXPECT_FALSE(row.Step());
}

TEST_F(SqliteDbTest, CountsBeyondSqlitesIntegersAreABug) {
  const std::uint64_t most = (std::uint64_t{1} << 63U) - 1;
  db_.Use("INSERT INTO t VALUES (?1)").Run(most);
  Statement row = db_.Use("SELECT x FROM t");
  ASSERT_TRUE(row.Step());
  EXPECT_EQ(row.Count(0), most);
  EXPECT_EQ(ErrorOf([&] { db_.Use("INSERT INTO t VALUES (?1)").Run(most + 1); }).code(),
            ExitCode::kBug);
}

TEST_F(SqliteDbTest, ImpossibleValuesAreDamage) {
  Statement row = db_.Use("SELECT -1, 'f00', NULL");
  ASSERT_TRUE(row.Step());
  ExpectThreeParts(ErrorOf([&] { row.Count(0); }), ExitCode::kUsage, "count is negative", path_,
                   "rebuilt from Kafka");
  ExpectThreeParts(ErrorOf([&] { row.HexDigest(1); }), ExitCode::kUsage, "hexadecimal", path_,
                   "rebuilt from Kafka");
  EXPECT_TRUE(row.IsNull(2));
}

TEST_F(SqliteDbTest, AUseLeavesNoReadTransactionBehind) {
  Insert("a");
  Insert("b");
  { EXPECT_TRUE(db_.Use("SELECT x FROM t").Step()); }  // left at the first of two rows
  Connection other(path_, SqliteAccess::kReadWrite, 20ms);
  EXPECT_NO_THROW(other.Execute("DROP TABLE t"));
}

// --- real failures
// ---------------------------------------------------------------------------------

TEST_F(SqliteDbTest, FullDisk) {
  db_.Pragma("max_page_count = 3");
  ExpectThreeParts(ErrorOf([&] { Insert(std::string(100'000, 'x')); }), ExitCode::kUsage, "full",
                   path_, "free some space");
  EXPECT_EQ(Rows(), 0);
}

TEST_F(SqliteDbTest, LockedForTooLong) {
  Connection other(path_, SqliteAccess::kReadWrite, 20ms);
  const Transaction held(other, Kind::kWrite);
  ExpectThreeParts(ErrorOf([&] { const Transaction second(db_, Kind::kWrite); }), ExitCode::kUsage,
                   "locked", path_, "another process has kept it locked");
  EXPECT_THROW(db_.Pragma("journal_mode = WAL"), Error);
}

TEST_F(SqliteDbTest, AWaitForALockIsTold) {
  std::vector<std::string> told;
  Connection other(path_, SqliteAccess::kReadWrite, 1500ms,
                   [&told](const std::string& text) { told.push_back(text); });
  Transaction holder(db_, Transaction::Kind::kWrite);
  EXPECT_THROW(Transaction(other, Transaction::Kind::kWrite), Error);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find("giving up in 1 s"), std::string::npos) << told[0];
}

TEST_F(SqliteDbTest, SoIsTheWaitOfTheSwitchToWalWhichSqliteDoesNotMake) {
  std::vector<std::string> told;
  Connection other(path_, SqliteAccess::kReadWrite, 1500ms,
                   [&told](const std::string& text) { told.push_back(text); });
  auto reader = std::make_unique<Transaction>(db_, Transaction::Kind::kRead);
  Rows();
  ExpectThreeParts(ErrorOf([&] { other.PatientPragma("journal_mode = WAL"); }), ExitCode::kUsage,
                   "locked", path_, "another process has kept it locked");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find("giving up in 1 s"), std::string::npos) << told[0];
  reader.reset();
  EXPECT_EQ(other.PatientPragma("journal_mode = WAL"), "wal");
}

TEST_F(SqliteDbTest, ReadOnlyConnection) {
  Connection reader(path_, SqliteAccess::kReadOnly, 20ms);
  ExpectThreeParts(ErrorOf([&] { reader.Execute("DELETE FROM t"); }), ExitCode::kUsage, "readonly",
                   path_, "reading needs");
}

TEST_F(SqliteDbTest, NoDirectory) {
  ExpectThreeParts(
      ErrorOf([&] { Connection(dir_ / "no/test.db", SqliteAccess::kReadWrite, 20ms); }),
      ExitCode::kUsage, "No such file or directory", "no/test.db", "writable");
}

TEST_F(SqliteDbTest, EachFailureHasItsOwnAdvice) {
  // Codes by value: this test calls nothing of <sqlite3.h>.
  constexpr int kBusy = 5, kReadOnly = 8, kIoErrorWrite = 10 | 3 << 8, kCorrupt = 11, kFull = 13,
                kConstraint = 19, kNotADatabase = 26;
  std::set<std::string> advices;
  for (const int code :
       {kBusy, kReadOnly, kIoErrorWrite, kCorrupt, kFull, kConstraint, kNotADatabase}) {
    const Error error = SqliteError(code, "reason", "/f", SqliteAccess::kReadWrite);
    EXPECT_EQ(error.code(), code == kConstraint ? ExitCode::kBug : ExitCode::kUsage) << code;
    EXPECT_EQ(error.where(), "/f");
    advices.insert(error.advice());
  }
  EXPECT_EQ(advices.size(), 7U);
}

}  // namespace
}  // namespace onceload
