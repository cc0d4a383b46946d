// Ledgers that stay open while simulated processes come and go. To open one (its schema is parsed,
// its statements are prepared) costs more than all that a schedule does with it.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "checkpoint/sqlite_db.h"
#include "onceload/checkpoint/checkpoint_store.h"
#include "unit/load/load_world.h"

namespace onceload {

// What a dead process leaves behind is what its transactions have committed: it died by an
// exception, which has rolled back the one that was open. Had it not, the next BEGIN would fail.
class KeptLedger {
 public:
  KeptLedger() : directory_(Parent()), store_(path_, CheckpointStore::Mode::kReadWrite, none_) {
    besides_ = Open(path_, SQLITE_OPEN_READWRITE);
    Prepare("BEGIN");
    for (const std::string& table : Tables()) {
      if (table != "plans") Prepare("DELETE FROM " + table);
    }
    // The store remembers plans by their ids, which the ledger never uses again. So the newest one
    // stays, as no load's.
    Prepare("DELETE FROM plans WHERE id < (SELECT max(id) FROM plans)");
    Prepare("UPDATE plans SET load = 0");
    Prepare("COMMIT");
  }

  CheckpointStore& store() { return store_; }

  // As if it had just been made.
  void Clear() {
    for (const auto& statement : clear_) {
      Check(sqlite3_step(statement.get()), SQLITE_DONE);
      Check(sqlite3_reset(statement.get()));
    }
  }

  // What it holds now, as a file of its own.
  void CopyTo(const std::string& path) {
    const Handle copy = Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    sqlite3_backup* backup = sqlite3_backup_init(copy.get(), "main", besides_.get(), "main");
    if (backup == nullptr) Check(sqlite3_errcode(copy.get()));
    const int code = sqlite3_backup_step(backup, /*nPage=*/-1);
    Check(sqlite3_backup_finish(backup));
    Check(code, SQLITE_DONE);
  }

 private:
  using Handle = std::unique_ptr<sqlite3, CloseConnection>;

  static void Check(int code, int expected = SQLITE_OK) {
    if (code != expected) throw std::runtime_error(sqlite3_errstr(code));
  }

  static Handle Open(const std::string& path, int flags) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, /*zVfs=*/nullptr);
    Handle owned(handle);
    Check(code);
    return owned;
  }

  sqlite3_stmt* Prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    Check(sqlite3_prepare_v2(besides_.get(), sql.c_str(), /*nByte=*/-1, &statement, nullptr));
    clear_.emplace_back(statement);
    return statement;
  }

  std::vector<std::string> Tables() {
    sqlite3_stmt* tables = Prepare("SELECT name FROM sqlite_schema WHERE type = 'table'");
    std::vector<std::string> names;
    while (sqlite3_step(tables) == SQLITE_ROW) {
      names.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(tables, 0)));
    }
    clear_.pop_back();
    return names;
  }

  Failpoints none_;
  TempDir directory_;
  std::string path_ = directory_ / "kept.db";
  CheckpointStore store_;
  Handle besides_;
  std::vector<std::unique_ptr<sqlite3_stmt, FinalizeStatement>> clear_;  // in this order
};

// The ledgers of one schedule after the other.
class KeptLedgers {
 public:
  // All of them are free again.
  void Begin() { taken_ = 0; }

  KeptLedger& TakeBlank() {
    if (taken_ == ledgers_.size()) ledgers_.push_back(std::make_unique<KeptLedger>());
    KeptLedger& ledger = *ledgers_[taken_++];
    ledger.Clear();
    return ledger;
  }

 private:
  std::vector<std::unique_ptr<KeptLedger>> ledgers_;
  std::size_t taken_ = 0;
};

}  // namespace onceload
