// The state file as a whole: whose it is, which version it has, how it is opened.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "checkpoint/sqlite_db.h"
#include "onceload/core/failpoints.h"

namespace onceload {

// PRAGMA application_id: "once" in ASCII. Tells a ledger from any other SQLite database, which
// must neither be migrated nor switched to WAL.
inline constexpr std::int64_t kApplicationId = 0x6f6e6365;

// How long a statement waits for another process's lock. A write transaction of ours takes
// milliseconds, a checkpoint with its fsyncs on a slow disk seconds; what lasts longer is a
// stopped process or a shell with an open transaction, and waiting on would hide it.
inline constexpr std::chrono::milliseconds kBusyTimeout{10'000};

// Opens, and with kReadWrite makes and migrates, the state file at `path`. See CheckpointStore.
std::unique_ptr<Connection> OpenLedger(const std::string& path, SqliteAccess access,
                                       Failpoints& failpoints, Connection::Notice notice = {});

}  // namespace onceload
