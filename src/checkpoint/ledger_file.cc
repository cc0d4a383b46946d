#include "checkpoint/ledger_file.h"

#include <filesystem>

#include "checkpoint/state_path.h"
#include "embedded_migrations.h"

namespace onceload {
namespace {

constexpr std::int64_t kNewestVersion = static_cast<std::int64_t>(kMigrations.size());

std::int64_t IntegerPragma(Connection& connection, const std::string& name) {
  return std::stoll(connection.Pragma(name));
}

// SQLite takes a file of one byte for an empty one (it leaves such files on some old file systems)
// and would overwrite it. Longer ones it checks itself.
void CheckNotOneByte(const std::string& path) {
  std::error_code error;
  if (std::filesystem::file_size(path, error) != 1 || error) return;
  throw Error(ExitCode::kUsage, "the state file is not a database", path,
              "name another file with --state; this one is left as it is");
}

// Ours, or empty: a new file, or one whose first run was killed before its first migration.
// REQUIRES: nothing has been written yet.
void CheckOwner(Connection& connection) {
  const Transaction snapshot(connection, Transaction::Kind::kRead);
  if (IntegerPragma(connection, "application_id") == kApplicationId) return;
  Statement tables = connection.Use("SELECT count(*) FROM sqlite_schema");
  tables.Step();
  if (tables.Int(0) == 0 && IntegerPragma(connection, "application_id") == 0 &&
      IntegerPragma(connection, "user_version") == 0) {
    return;
  }
  throw Error(ExitCode::kUsage, "the state file is the database of another application",
              connection.path(), "name another file with --state; this one is left as it is");
}

void CheckNotNewer(Connection& connection, std::int64_t version) {
  if (version <= kNewestVersion) return;
  throw Error(ExitCode::kUsage,
              "the state file has version " + std::to_string(version) +
                  ", and this onceload knows versions up to " + std::to_string(kNewestVersion),
              connection.path(), "use the newer onceload that wrote it");
}

void CheckCurrent(Connection& connection) {
  const std::int64_t version = IntegerPragma(connection, "user_version");
  CheckNotNewer(connection, version);
  if (version == kNewestVersion) return;
  throw Error(ExitCode::kUsage,
              "the state file has version " + std::to_string(version) +
                  ", and this onceload reads version " + std::to_string(kNewestVersion),
              connection.path(), "the next 'onceload load' brings it up to date");
}

// WAL: readers and one writer do not wait for each other, and a commit is one append without fsync.
void SwitchToWal(Connection& connection) {
  // For this one switch SQLite does not wait as a busy handler says: two processes that both hold a
  // shared lock would wait for each other. Two first runs at a time do wait, so.
  const std::string mode = connection.PatientPragma("journal_mode = WAL");
  if (mode == "wal") return;
  throw Error(
      ExitCode::kUsage, "the state file's journal stays in mode '" + mode + "'; it has to be 'wal'",
      connection.path(), "put it on a local disk with --state: network file systems cannot");
}

// Each migration in a transaction of its own, so that a killed one has not happened.
void Migrate(Connection& connection, Failpoints& failpoints) {
  CheckNotNewer(connection, IntegerPragma(connection, "user_version"));
  for (std::int64_t version = 0; version < kNewestVersion; ++version) {
    if (IntegerPragma(connection, "user_version") > version) continue;
    Transaction transaction(connection, Transaction::Kind::kWrite);
    // Once more, now that no one else can write: another process may have been faster.
    if (IntegerPragma(connection, "user_version") > version) continue;
    connection.Execute(std::string(kMigrations[static_cast<std::size_t>(version)].sql));
    connection.Pragma("application_id = " + std::to_string(kApplicationId));
    connection.Pragma("user_version = " + std::to_string(version + 1));
    transaction.Commit();
    failpoints.Hit("after_migration");
  }
}

// What waits for somebody to write would be waited for without a word.
void CheckKind(const std::string& path) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  if (kind != std::filesystem::file_type::fifo && kind != std::filesystem::file_type::socket &&
      kind != std::filesystem::file_type::character) {
    return;
  }
  throw Error(ExitCode::kUsage, "the state file is no regular file", path,
              "name another one with --state");
}

}  // namespace

std::unique_ptr<Connection> OpenLedger(const std::string& path, SqliteAccess access,
                                       Failpoints& failpoints, Connection::Notice notice) {
  const std::string resolved = ResolveStatePath(path);
  if (access == SqliteAccess::kReadWrite) {
    MakeStateDirectory(resolved);
  } else {
    std::error_code error;
    if (!std::filesystem::exists(resolved, error) && !error) {
      throw Error(ExitCode::kUsage, "there is no state file", resolved,
                  "the first 'onceload load' makes it; name another one with --state");
    }
  }
  CheckKind(resolved);
  CheckNotOneByte(resolved);
  auto connection = std::make_unique<Connection>(resolved, access, kBusyTimeout, std::move(notice));
  CheckOwner(*connection);
  if (access == SqliteAccess::kReadOnly) {
    CheckCurrent(*connection);
    return connection;
  }
  SwitchToWal(*connection);
  // NORMAL: fsync at checkpoints only. A machine that loses power may lose the newest commits, in
  // whole transactions; recovery takes them back from Kafka. FULL would cost an fsync a chunk.
  connection->Pragma("synchronous = NORMAL");
  connection->Pragma("foreign_keys = ON");
  Migrate(*connection, failpoints);
  return connection;
}

}  // namespace onceload
