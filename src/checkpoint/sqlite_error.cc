#include "checkpoint/sqlite_error.h"

#include <cerrno>

#include <fcntl.h>
#include <sqlite3.h>

#include "onceload/core/descriptor.h"

namespace onceload {
namespace {

constexpr char kRebuild[] =
    "move the file away, with its -wal and -shm, and run the same command again: the state is "
    "rebuilt from Kafka";

std::string AccessAdvice(SqliteAccess access) {
  if (access == SqliteAccess::kReadOnly) {
    return "reading needs the -wal and -shm files beside it, and makes them where they are "
           "missing: "
           "run it as the user who loads, or make the directory writable";
  }
  return "make the file and its directory writable, or name another file with --state";
}

constexpr char kLocalDisk[] =
    "put it on a local disk with --state FILE; what Kafka has of the load is found again";

// SQLite takes a file system that has no locks for one whose file is locked by somebody else. Asked
// only once it has given up: closing a descriptor gives up the process's locks on that file.
bool HasLocks(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.value() < 0) return true;
  struct flock lock {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;  // far from the bytes that SQLite locks
  return ::fcntl(file.value(), F_SETLK, &lock) == 0 || (errno != ENOLCK && errno != EOPNOTSUPP);
}

// Memory that processes share is what the WAL's index lies in.
bool LacksSharedMemory(int extended_code) {
  return extended_code == SQLITE_IOERR_SHMMAP || extended_code == SQLITE_IOERR_SHMOPEN ||
         extended_code == SQLITE_IOERR_SHMSIZE || extended_code == SQLITE_IOERR_SHMLOCK ||
         extended_code == SQLITE_IOERR_LOCK;
}

}  // namespace

std::string SqliteAdvice(int extended_code, SqliteAccess access) {
  switch (extended_code & 0xff) {
    case SQLITE_FULL:
      return "free some space on its disk and run the same command again: nothing is lost";
    case SQLITE_IOERR:
      return "look for disk errors in the kernel's log, or name a file on another local disk with "
             "--state: the state is rebuilt from Kafka";
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:  // a table is missing or altered: no statement of ours is wrong by itself
    case SQLITE_SCHEMA:
      return kRebuild;
    case SQLITE_NOTADB:
      return "name another file with --state; this one is left as it is";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return AccessAdvice(access);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process has kept it locked for too long: end it (fuser names it; a sqlite3 "
             "shell with an open transaction, often) and run the same command again";
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
      return "put the file on a local disk with --state";
    case SQLITE_NOMEM:
      return "free some memory and run the same command again";
    case SQLITE_CONSTRAINT:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      return "please report this; the same command goes on after the file has been moved away, "
             "with its -wal and -shm";
    default:
      return kRebuild;
  }
}

Error SqliteError(int extended_code, const std::string& reason, const std::string& path,
                  SqliteAccess access) {
  if ((extended_code & 0xff) == SQLITE_BUSY && !HasLocks(path)) {
    return Error(ExitCode::kUsage, "the state file's file system has no locks", path, kLocalDisk);
  }
  if (LacksSharedMemory(extended_code)) {
    return Error(ExitCode::kUsage,
                 "the state file's file system has no shared memory or locks (" + reason + ")",
                 path, kLocalDisk);
  }
  ExitCode exit = ExitCode::kUsage;
  switch (extended_code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      exit = ExitCode::kBug;
      break;
    default:
      break;
  }
  const char* verb = access == SqliteAccess::kReadOnly ? "read" : "used";
  return Error(exit, "the state file cannot be " + std::string(verb) + " (" + reason + ")", path,
               SqliteAdvice(extended_code, access));
}

Error DamagedLedger(const std::string& what, const std::string& path) {
  return Error(ExitCode::kUsage, "the state file is damaged (" + what + ")", path, kRebuild);
}

}  // namespace onceload
