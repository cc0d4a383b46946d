// What `status` and the audit read from the ledger.
#pragma once

#include <string>
#include <vector>

#include "checkpoint/record_rows.h"
#include "checkpoint/sqlite_db.h"
#include "onceload/checkpoint/checkpoint_store.h"

namespace onceload {

// Each is one snapshot: a load that writes meanwhile is seen before or after a write, never amid.
std::vector<LoadStatus> ReadStatuses(Connection& db, RecordRows& rows);
std::vector<LedgerRun> ReadRuns(Connection& db, const std::string& load_name);
std::vector<LedgerChunk> ReadChunks(Connection& db, RecordRows& rows, const std::string& load_name);

std::vector<RejectedForReason> ReadRejected(Connection& db, const std::string& load_name,
                                            std::size_t examples);

std::vector<LoadedFile> ReadLoadedFiles(Connection& db, const std::string& topic,
                                        const std::string& but);
std::vector<ProgressRecord> ReadUnfinished(Connection& db, RecordRows& rows,
                                           const std::string& topic, const std::string& but);

}  // namespace onceload
