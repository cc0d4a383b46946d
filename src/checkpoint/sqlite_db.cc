#include "checkpoint/sqlite_db.h"

#include <cstring>
#include <filesystem>
#include <limits>
#include <thread>
#include <utility>

#include <sqlite3.h>

namespace onceload {
namespace {

constexpr std::chrono::milliseconds kQuietLock{1'000};  // a shorter wait is not worth a line
constexpr std::chrono::milliseconds kLockPause{5};

}  // namespace

static_assert(SQLITE_VERSION_NUMBER >= 3037000, "STRICT tables need SQLite 3.37 or newer");

void CloseConnection::operator()(sqlite3* handle) const { sqlite3_close(handle); }
void FinishBackup::operator()(sqlite3_backup* handle) const { sqlite3_backup_finish(handle); }
void FinalizeStatement::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

// --- Statement -----------------------------------------------------------------------------------

Statement::~Statement() {
  sqlite3_reset(handle_);  // gives the last Step()'s error once more
  sqlite3_clear_bindings(handle_);
}

bool Statement::Step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) throw connection_.Failure(code);
  return false;
}

void Statement::Finish() {
  while (Step()) {
  }
  sqlite3_reset(handle_);
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::int64_t Statement::Int(int column) const { return sqlite3_column_int64(handle_, column); }

std::uint64_t Statement::Count(int column) const {
  const std::int64_t value = Int(column);
  if (value < 0) throw DamagedLedger("a count is negative", connection_.path());
  return static_cast<std::uint64_t>(value);
}

std::string Statement::Text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  const int size = sqlite3_column_bytes(handle_, column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

Digest Statement::HexDigest(int column) const {
  const std::optional<Digest> digest = Digest::FromHex(Text(column));
  if (!digest) throw DamagedLedger("a digest is not 16 hexadecimal digits", connection_.path());
  return *digest;
}

void Statement::BindOne(int index, std::int64_t value) {
  const int code = sqlite3_bind_int64(handle_, index, value);
  if (code != SQLITE_OK) throw connection_.Failure(code);
}

void Statement::BindOne(int index, std::uint64_t value) {
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    throw Error(ExitCode::kBug, "a count does not fit the state file", std::to_string(value), "");
  }
  BindOne(index, static_cast<std::int64_t>(value));
}

void Statement::BindOne(int index, std::string_view value) {
  // A null pointer would bind NULL, and an empty view may have one.
  const char* bytes = value.data() == nullptr ? "" : value.data();
  const int code =
      sqlite3_bind_text64(handle_, index, bytes, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) throw connection_.Failure(code);
}

void Statement::BindNull(int index) {
  const int code = sqlite3_bind_null(handle_, index);
  if (code != SQLITE_OK) throw connection_.Failure(code);
}

// --- Connection ----------------------------------------------------------------------------------

Connection::Connection(const std::string& path, SqliteAccess access,
                       std::chrono::milliseconds busy_timeout, Notice notice)
    : path_(path), access_(access), busy_timeout_(busy_timeout), notice_(std::move(notice)) {
  const int flags = access == SqliteAccess::kReadOnly ? SQLITE_OPEN_READONLY
                                                      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  // NOMUTEX: one thread at a time uses a connection, as the header says.
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, /*zVfs=*/nullptr);
  handle_.reset(handle);  // even a failed open gives a handle that must be closed
  if (code != SQLITE_OK) throw Failure(code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_handler(handle, &Connection::OnBusy, this);
  // SQLite opens a file it may not write read-only, without a word.
  if (access == SqliteAccess::kReadWrite && sqlite3_db_readonly(handle, "main") == 1) {
    throw SqliteError(SQLITE_READONLY, "attempt to write a readonly database", path_, access_);
  }
}

// In place of sqlite3_busy_timeout(), which waits without a word. `calls`: for this lock, so far.
int Connection::OnBusy(void* connection, int calls) {
  auto& self = *static_cast<Connection*>(connection);
  if (calls == 0) self.busy_ = {std::chrono::steady_clock::now()};
  return self.Pause(self.busy_) ? 1 : 0;
}

bool Connection::Pause(LockWait& wait) const {
  const auto waited = std::chrono::steady_clock::now() - wait.since;
  if (waited >= busy_timeout_) return false;
  if (waited >= kQuietLock && !wait.noticed && notice_) {
    wait.noticed = true;
    const auto left = std::chrono::ceil<std::chrono::seconds>(busy_timeout_ - waited);
    notice_("waiting for the state file, which another process has locked (" + path_ +
            "); giving up in " + std::to_string(left.count()) + " s");
  }
  std::this_thread::sleep_for(kLockPause);
  return true;
}

Statement Connection::Use(Sql sql) {
  auto& kept = kept_[sql.text];
  if (!kept) {
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.text, /*nByte=*/-1,
                                        SQLITE_PREPARE_PERSISTENT, &handle, /*pzTail=*/nullptr);
    if (code != SQLITE_OK) throw Failure(code);
    kept.reset(handle);
  }
  return Statement(*this, kept.get());
}

void Connection::Execute(const std::string& script) {
  const int code = sqlite3_exec(handle_.get(), script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw Failure(code);
}

std::string Connection::Pragma(const std::string& assignment_or_name) {
  const std::optional<std::string> value = TryPragma(assignment_or_name);
  if (!value) throw Failure(SQLITE_BUSY);
  return *value;
}

std::string Connection::PatientPragma(const std::string& assignment) {
  LockWait wait{std::chrono::steady_clock::now()};
  std::optional<std::string> value = TryPragma(assignment);
  while (!value && Pause(wait)) value = TryPragma(assignment);
  if (!value) throw Failure(SQLITE_BUSY);
  return *value;
}

std::optional<std::string> Connection::TryPragma(const std::string& assignment_or_name) {
  std::string value;
  const auto take = [](void* into, int, char** values, char**) {
    auto& text = *static_cast<std::string*>(into);
    if (text.empty() && values[0] != nullptr) text = values[0];
    return 0;
  };
  const std::string sql = "PRAGMA " + assignment_or_name;
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), take, &value, nullptr);
  if ((code & 0xff) == SQLITE_BUSY) return std::nullopt;
  if (code != SQLITE_OK) throw Failure(code);
  return value;
}

std::int64_t Connection::Changes() const { return sqlite3_changes64(handle_.get()); }

bool Connection::InTransaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

// All pages in one step, under a read lock of ours: whoever writes goes on in the journal.
void Connection::CopyTo(const std::string& to) const {
  std::error_code ignored;
  if (std::filesystem::exists(to, ignored)) {
    throw Error(ExitCode::kUsage, "the copy of the state file would overwrite a file", to,
                "move that one away");
  }
  const Connection copy(to, SqliteAccess::kReadWrite, busy_timeout_);
  std::unique_ptr<sqlite3_backup, FinishBackup> backup(
      sqlite3_backup_init(copy.handle_.get(), "main", handle_.get(), "main"));
  if (!backup) throw copy.Failure(sqlite3_errcode(copy.handle_.get()));
  const int code = sqlite3_backup_step(backup.get(), /*nPage=*/-1);
  backup.reset();
  if (code != SQLITE_DONE) throw copy.Failure(code);
}

Error Connection::Failure(int code) const {
  if (!handle_) return SqliteError(code, sqlite3_errstr(code), path_, access_);
  std::string reason = sqlite3_errmsg(handle_.get());
  const int primary = code & 0xff;
  const int system_error = sqlite3_system_errno(handle_.get());
  if (system_error != 0 && (primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR)) {
    reason += std::string(": ") + std::strerror(system_error);
  }
  return SqliteError(code, reason, path_, access_);
}

// --- Transaction ---------------------------------------------------------------------------------

Transaction::Transaction(Connection& connection, Kind kind) : connection_(connection) {
  if (kind == Kind::kWrite) {
    connection.Use("BEGIN IMMEDIATE").Run();
  } else {
    connection.Use("BEGIN").Run();
  }
}

Transaction::~Transaction() {
  if (!connection_.InTransaction()) return;
  try {
    connection_.Use("ROLLBACK").Run();
  } catch (...) {
    // Closing the connection rolls back too; the error that led here says more.
  }
}

void Transaction::Commit() { connection_.Use("COMMIT").Run(); }

}  // namespace onceload
