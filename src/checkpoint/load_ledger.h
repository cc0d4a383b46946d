// The protocol's writes on one load, within a write transaction that the caller commits.
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/record_rows.h"
#include "checkpoint/sqlite_db.h"
#include "onceload/core/progress_record.h"

namespace onceload {

// Inputs' bytes before `record`'s position.
std::uint64_t BytesBefore(const ProgressRecord& record);

// A run's hold on its load, valid for one transaction. The constructor is the gate that every write
// of a run goes through; the transaction's write lock keeps it true until the commit.
class LoadLedger {
 public:
  // Throws Error(kHeld) unless `run_id` is the load's current run.
  LoadLedger(Connection& connection, RecordRows& rows, const std::string& load_name,
             const std::string& run_id);

  std::int64_t load() const { return load_; }
  const LiveChunks& live() const { return live_; }

  // The load has been written to.
  void Touch(std::int64_t now_ms);

  // No-ops without an intent.
  void ConfirmIntent(std::int64_t now_ms);
  void DiscardIntent(std::int64_t now_ms);
  // Live chunks from `number` on are not what Kafka holds: they become history. live() tells of
  // them still: the next write must be a committed chunk.
  void DiscardFrom(ChunkNumber number, std::int64_t now_ms);
  // The run goes on from `record`: what lies before it was committed by earlier ones.
  void SetRunStart(const ProgressRecord& record);
  // The run that wrote an adopted record, if it is unknown here.
  void AddForeignRun(const ProgressRecord& record);

 private:
  [[noreturn]] void ThrowSuperseded(const std::string& load_name);

  Connection& db_;
  RecordRows& rows_;
  std::string run_id_;
  std::int64_t load_ = 0;
  LiveChunks live_;
};

}  // namespace onceload
