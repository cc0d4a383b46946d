// SQLite's handles, each with one owner. A wrapper of our own and not SQLiteCpp: what is needed of
// it is smaller than a dependency, and its exceptions know neither our exit codes nor advice.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "checkpoint/sqlite_error.h"
#include "onceload/core/digest.h"

struct sqlite3;
struct sqlite3_backup;
struct sqlite3_stmt;

namespace onceload {

struct CloseConnection {
  void operator()(sqlite3* handle) const;
};
struct FinishBackup {
  void operator()(sqlite3_backup* handle) const;
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* handle) const;
};

// A statement's text: a literal, for it is the key of the statements kept.
struct Sql {
  consteval Sql(const char* literal)
      : text(literal) {}  // NOLINT: implicit, so that Use("...") reads well
  const char* text;
};

class Connection;

// One use of a kept statement. Not movable; destroying it resets the statement, so that no read
// transaction outlives its reader. Text() is a copy and stays valid.
class Statement {
 public:
  Statement(const Connection& connection, sqlite3_stmt* handle)
      : connection_(connection), handle_(handle) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binds ?1, ?2, ...
  template <typename... Values>
  Statement& Bind(const Values&... values) {
    int index = 0;
    (BindOne(++index, values), ...);
    return *this;
  }
  // False: no further row.
  bool Step();
  // Binds and runs to the end. May be repeated.
  template <typename... Values>
  void Run(const Values&... values) {
    Bind(values...);
    Finish();
  }

  // Columns of the row that Step() has just found, from 0. A value that cannot be (a digest that is
  // none, a negative count) throws the error of a damaged ledger.
  bool IsNull(int column) const;
  bool Flag(int column) const { return Int(column) != 0; }
  std::int64_t Int(int column) const;
  std::uint64_t Count(int column) const;
  std::string Text(int column) const;
  Digest HexDigest(int column) const;

 private:
  void BindOne(int index, std::int64_t value);
  void BindOne(int index, std::uint64_t value);  // throws kBug above 2^63 - 1
  void BindOne(int index, std::uint32_t value) { BindOne(index, std::int64_t{value}); }
  void BindOne(int index, int value) { BindOne(index, std::int64_t{value}); }
  void BindOne(int index, bool value) { BindOne(index, std::int64_t{value ? 1 : 0}); }
  void BindOne(int index, std::string_view value);
  void BindOne(int index, const std::string& value) { BindOne(index, std::string_view(value)); }
  void BindOne(int index, const char* value) { BindOne(index, std::string_view(value)); }
  void BindOne(int index, Digest value) { BindOne(index, std::string_view(value.Hex())); }
  template <typename T>
  void BindOne(int index, const std::optional<T>& value) {
    value ? BindOne(index, *value) : BindNull(index);
  }
  void BindNull(int index);
  void Finish();

  const Connection& connection_;
  sqlite3_stmt* handle_;
};

// One connection, for one thread at a time.
class Connection {
 public:
  using Notice = std::function<void(const std::string&)>;

  // kReadWrite makes the file if there is none. Nothing has been read or written afterwards.
  // `notice` gets a line when another process's lock has become a noticeable wait.
  Connection(const std::string& path, SqliteAccess access, std::chrono::milliseconds busy_timeout,
             Notice notice = {});
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Prepared at the first use of `sql` and kept. A statement is used once at a time.
  Statement Use(Sql sql);
  // Several statements, none of which gives rows.
  void Execute(const std::string& script);
  // PRAGMA `name`, the first value.
  std::string Pragma(const std::string& assignment_or_name);
  // As Pragma(), for the one that SQLite does not let wait for a lock: waits all the same.
  std::string PatientPragma(const std::string& assignment);
  // Rows that the last INSERT, UPDATE or DELETE has changed.
  std::int64_t Changes() const;
  // False after COMMIT, and after an error that made SQLite roll back by itself.
  bool InTransaction() const;

  // A copy of the database as it is now, by SQLite's own backup. Throws Error(kUsage) if `to`
  // exists or cannot be written; what has been written of it then stays.
  void CopyTo(const std::string& to) const;

  const std::string& path() const { return path_; }
  // The Error of the call that has just failed with `code`.
  Error Failure(int code) const;

 private:
  struct LockWait {
    std::chrono::steady_clock::time_point since;
    bool noticed = false;
  };
  static int OnBusy(void* connection, int calls);
  // Sleeps for a moment; false: it has been long enough.
  bool Pause(LockWait& wait) const;
  // nullopt: another connection holds a lock in the way.
  std::optional<std::string> TryPragma(const std::string& assignment_or_name);

  std::string path_;
  SqliteAccess access_;
  std::chrono::milliseconds busy_timeout_;
  Notice notice_;
  LockWait busy_;
  // Declared before the statements: they must go first.
  std::unique_ptr<sqlite3, CloseConnection> handle_;
  std::unordered_map<std::string_view, std::unique_ptr<sqlite3_stmt, FinalizeStatement>> kept_;
};

// A transaction that takes effect by Commit() only: its destructor rolls back.
class Transaction {
 public:
  // kRead: one snapshot for several statements. kWrite takes the write lock at once (BEGIN
  // IMMEDIATE): a deferred transaction that reads first can fail with SQLITE_BUSY at its first
  // write, where no busy timeout helps.
  enum class Kind { kRead, kWrite };
  Transaction(Connection& connection, Kind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void Commit();

 private:
  Connection& connection_;
};

}  // namespace onceload
