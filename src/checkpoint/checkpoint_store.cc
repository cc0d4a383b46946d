#include "onceload/checkpoint/checkpoint_store.h"

#include "checkpoint/kept_chunks.h"
#include "checkpoint/ledger_file.h"
#include "checkpoint/ledger_report.h"
#include "checkpoint/load_ledger.h"
#include "checkpoint/record_rows.h"
#include "checkpoint/sqlite_db.h"

namespace onceload {
namespace {

SqliteAccess AccessFor(CheckpointStore::Mode mode) {
  return mode == CheckpointStore::Mode::kReadOnly ? SqliteAccess::kReadOnly
                                                  : SqliteAccess::kReadWrite;
}

Error OutOfOrder(const char* call, const ProgressRecord& record) {
  return Error(ExitCode::kBug, std::string(call) + " for a chunk that is not next",
               record.load_name + ", chunk " + std::to_string(record.chunk.value), "");
}

// Do both records describe the same state? Who wrote it down, and whether the end has been reached
// since, does not count. Stricter than SameOutcome(): what Find() gives is this, input paths and
// all.
bool SameState(ProgressRecord a, const ProgressRecord& b) {
  a.run_id = b.run_id;
  a.writer = b.writer;
  a.tool_version = b.tool_version;
  a.complete = b.complete;
  return a == b;
}

}  // namespace

class CheckpointStore::Impl {
 public:
  Impl(const std::string& path, Mode mode, Failpoints& failpoints, Notice notice)
      : connection_(OpenLedger(path, AccessFor(mode), failpoints, std::move(notice))),
        rows_(*connection_) {}

  Connection& db() { return *connection_; }
  RecordRows& rows() { return rows_; }

  std::int64_t AddLoad(const ProgressRecord& start, std::int64_t now_ms);
  void AddRun(std::int64_t load, const ProgressRecord& start, const ProgressRecord& committed,
              const std::string& tool_version, std::int64_t now_ms);
  // Without an intent nothing is written, not even that the load has been touched.
  void EndIntent(const std::string& load_name, const std::string& run_id,
                 void (LoadLedger::*end)(std::int64_t now_ms), std::int64_t now_ms);

 private:
  std::unique_ptr<Connection> connection_;
  RecordRows rows_;
};

std::int64_t CheckpointStore::Impl::AddLoad(const ProgressRecord& start, std::int64_t now_ms) {
  Statement insert = db().Use(
      "INSERT INTO loads (name, run_id, created_ms, updated_ms) VALUES (?1, ?2, ?3, ?3) "
      "RETURNING id");
  insert.Bind(start.load_name, start.run_id, now_ms).Step();
  return insert.Int(0);
}

void CheckpointStore::Impl::AddRun(std::int64_t load, const ProgressRecord& start,
                                   const ProgressRecord& committed, const std::string& tool_version,
                                   std::int64_t now_ms) {
  db().Use(
          "INSERT INTO runs (run_id, load, writer, tool_version, started_ms, rows_at_start, "
          "bytes_at_start) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .Run(start.run_id, load, start.writer, tool_version, now_ms, committed.rows(),
           BytesBefore(committed));
}

void CheckpointStore::Impl::EndIntent(const std::string& load_name, const std::string& run_id,
                                      void (LoadLedger::*end)(std::int64_t now_ms),
                                      std::int64_t now_ms) {
  Transaction transaction(db(), Transaction::Kind::kWrite);
  LoadLedger ledger(db(), rows(), load_name, run_id);
  if (!ledger.live().intent) return;
  (ledger.*end)(now_ms);
  ledger.Touch(now_ms);
  transaction.Commit();
}

CheckpointStore::CheckpointStore(const std::string& path, Mode mode, Failpoints& failpoints,
                                 Notice notice)
    : impl_(std::make_unique<Impl>(path, mode, failpoints, std::move(notice))) {}

CheckpointStore::~CheckpointStore() = default;

std::optional<LedgerState> CheckpointStore::Find(const std::string& load_name) const {
  const Transaction snapshot(impl_->db(), Transaction::Kind::kRead);
  const std::optional<std::int64_t> load = impl_->rows().FindLoad(load_name);
  if (!load) return std::nullopt;
  const LiveChunks live = impl_->rows().FindLive(*load);
  LedgerState state;
  state.last = impl_->rows().Read(live.committed.id);
  if (live.intent) state.intent = impl_->rows().Read(live.intent->id);
  return state;
}

void CheckpointStore::BeginRun(const ProgressRecord& start, std::int64_t now_ms,
                               const std::string& tool_version) {
  Transaction transaction(impl_->db(), Transaction::Kind::kWrite);
  const std::optional<std::int64_t> load = impl_->rows().FindLoad(start.load_name);
  if (!load) {
    const std::int64_t added = impl_->AddLoad(start, now_ms);
    impl_->AddRun(added, start, /*committed=*/start, tool_version, now_ms);
    const Origin origin = start.chunk == ChunkNumber{0} ? Origin::kSent : Origin::kAdopted;
    impl_->rows().AddCommitted(added, start, origin, now_ms);
    transaction.Commit();
    return;
  }
  Statement known = impl_->db().Use("SELECT 1 FROM runs WHERE run_id = ?1");
  if (known.Bind(start.run_id).Step()) {
    // Begun before: fine while it is current, and no way back for one that has been superseded.
    const LoadLedger still_current(impl_->db(), impl_->rows(), start.load_name, start.run_id);
    return;
  }
  const LiveChunks live = impl_->rows().FindLive(*load);
  impl_->AddRun(*load, start, impl_->rows().ReadWithoutEnds(live.committed.id), tool_version,
                now_ms);
  impl_->db()
      .Use("UPDATE loads SET run_id = ?2, updated_ms = ?3 WHERE id = ?1")
      .Run(*load, start.run_id, now_ms);
  SweepChunks(impl_->db(), *load, live.committed.number.value);
  transaction.Commit();
}

void CheckpointStore::Intend(const ProgressRecord& next, std::int64_t now_ms) {
  Transaction transaction(impl_->db(), Transaction::Kind::kWrite);
  LoadLedger ledger(impl_->db(), impl_->rows(), next.load_name, next.run_id);
  ledger.ConfirmIntent(now_ms);
  if (next.chunk.value != ledger.live().committed.number.value + 1) {
    throw OutOfOrder("Intend", next);
  }
  impl_->rows().AddIntent(ledger.load(), next, now_ms);
  PruneChunks(impl_->db(), ledger.load(), ledger.live().committed.number.value);
  ledger.Touch(now_ms);
  transaction.Commit();
}

void CheckpointStore::Confirm(const std::string& load_name, const std::string& run_id,
                              std::int64_t now_ms) {
  impl_->EndIntent(load_name, run_id, &LoadLedger::ConfirmIntent, now_ms);
}

void CheckpointStore::Discard(const std::string& load_name, const std::string& run_id,
                              std::int64_t now_ms) {
  impl_->EndIntent(load_name, run_id, &LoadLedger::DiscardIntent, now_ms);
}

void CheckpointStore::Adopt(const ProgressRecord& record, const std::string& run_id,
                            std::int64_t now_ms) {
  Transaction transaction(impl_->db(), Transaction::Kind::kWrite);
  LoadLedger ledger(impl_->db(), impl_->rows(), record.load_name, run_id);
  ledger.DiscardIntent(now_ms);
  const std::int64_t last_id = ledger.live().committed.id;
  const ProgressRecord last = impl_->rows().Read(last_id);
  if (SameState(last, record)) {
    impl_->rows().Update(last_id, ledger.load(), record);
  } else {
    // Another load of this name: nothing that was known of the old one holds any more.
    const bool replaced = last.load_id != record.load_id;
    ledger.DiscardFrom(replaced ? ChunkNumber{0} : record.chunk, now_ms);
    if (replaced) {
      impl_->db().Use("DELETE FROM rejected_rows WHERE load = ?1").Run(ledger.load());
      impl_->db().Use("DELETE FROM file_ends WHERE load = ?1").Run(ledger.load());
      impl_->db().Use("DELETE FROM finished_pages WHERE load = ?1").Run(ledger.load());
    }
    ledger.AddForeignRun(record);
    impl_->rows().AddCommitted(ledger.load(), record, Origin::kAdopted, now_ms);
  }
  ledger.SetRunStart(record);
  ledger.Touch(now_ms);
  transaction.Commit();
}

void CheckpointStore::Complete(const ProgressRecord& record, std::int64_t now_ms) {
  Transaction transaction(impl_->db(), Transaction::Kind::kWrite);
  LoadLedger ledger(impl_->db(), impl_->rows(), record.load_name, record.run_id);
  ledger.ConfirmIntent(now_ms);
  const ChunkHead& last = ledger.live().committed;
  if (last.number != record.chunk || !record.complete ||
      impl_->rows().ReadPartitions(last.id) != record.partitions) {
    throw OutOfOrder("Complete", record);
  }
  impl_->rows().Update(last.id, ledger.load(), record);
  ledger.Touch(now_ms);
  transaction.Commit();
}

void CheckpointStore::EndRun(const std::string& load_name, const std::string& run_id, int exit_code,
                             const std::string& error, std::int64_t now_ms) {
  Transaction transaction(impl_->db(), Transaction::Kind::kWrite);
  impl_->db()
      .Use(
          "UPDATE runs SET ended_ms = ?3, exit_code = ?4, error = ?5 "
          "WHERE run_id = ?2 AND load = (SELECT id FROM loads WHERE name = ?1)")
      .Run(load_name, run_id, now_ms, exit_code, error);
  impl_->db()
      .Use("UPDATE loads SET updated_ms = ?3 WHERE name = ?1 AND run_id = ?2")
      .Run(load_name, run_id, now_ms);
  transaction.Commit();
}

void CheckpointStore::RecordRejected(const std::string& load_name, const std::string& run_id,
                                     ChunkNumber chunk, std::span<const RejectedRow> rows) {
  Transaction transaction(impl_->db(), Transaction::Kind::kWrite);
  const LoadLedger ledger(impl_->db(), impl_->rows(), load_name, run_id);
  {
    Statement insert = impl_->db().Use(
        "INSERT OR REPLACE INTO rejected_rows (load, file, row, chunk, run_id, begin_byte, "
        "end_byte, reason, detail, lines) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    for (const RejectedRow& row : rows) {
      insert.Run(ledger.load(), row.file, row.row.value, chunk.value, run_id, row.begin.value,
                 row.end.value, row.reason, row.detail, row.lines);
    }
  }
  transaction.Commit();
}

void CheckpointStore::ForgetUncommittedRejects(const std::string& load_name,
                                               const std::string& run_id) {
  Transaction transaction(impl_->db(), Transaction::Kind::kWrite);
  const LoadLedger ledger(impl_->db(), impl_->rows(), load_name, run_id);
  impl_->db()
      .Use("DELETE FROM rejected_rows WHERE load = ?1 AND chunk > ?2")
      .Run(ledger.load(), ledger.live().committed.number.value);
  transaction.Commit();
}

void CheckpointStore::BackUp(const std::string& to) const { impl_->db().CopyTo(to); }

// What refers to a row goes before it; who may write is asked about at the commit only.
void CheckpointStore::Forget(const std::string& load_name) {
  Transaction transaction(impl_->db(), Transaction::Kind::kWrite);
  const std::optional<std::int64_t> load = impl_->rows().FindLoad(load_name);
  if (!load) return;
  Connection& db = impl_->db();
  db.Use("DELETE FROM chunk_partitions WHERE chunk IN (SELECT id FROM chunks WHERE load = ?1)")
      .Run(*load);
  db.Use("DELETE FROM chunks WHERE load = ?1").Run(*load);
  db.Use("DELETE FROM plan_files WHERE plan IN (SELECT id FROM plans WHERE load = ?1)").Run(*load);
  db.Use("DELETE FROM plan_options WHERE plan IN (SELECT id FROM plans WHERE load = ?1)")
      .Run(*load);
  db.Use("DELETE FROM plans WHERE load = ?1").Run(*load);
  db.Use("DELETE FROM file_ends WHERE load = ?1").Run(*load);
  db.Use("DELETE FROM finished_pages WHERE load = ?1").Run(*load);
  db.Use("DELETE FROM rejected_rows WHERE load = ?1").Run(*load);
  db.Use("DELETE FROM runs WHERE load = ?1").Run(*load);
  db.Use("DELETE FROM loads WHERE id = ?1").Run(*load);
  transaction.Commit();
}

std::vector<LoadStatus> CheckpointStore::Statuses() const {
  return ReadStatuses(impl_->db(), impl_->rows());
}

std::vector<LedgerRun> CheckpointStore::Runs(const std::string& load_name) const {
  return ReadRuns(impl_->db(), load_name);
}

std::vector<LedgerChunk> CheckpointStore::Chunks(const std::string& load_name) const {
  return ReadChunks(impl_->db(), impl_->rows(), load_name);
}

std::vector<RejectedForReason> CheckpointStore::Rejected(const std::string& load_name,
                                                         std::size_t examples) const {
  return ReadRejected(impl_->db(), load_name, examples);
}

std::vector<LoadedFile> CheckpointStore::LoadedFiles(const std::string& topic,
                                                     const std::string& but) const {
  return ReadLoadedFiles(impl_->db(), topic, but);
}

std::vector<ProgressRecord> CheckpointStore::Unfinished(const std::string& topic,
                                                        const std::string& but) const {
  return ReadUnfinished(impl_->db(), impl_->rows(), topic, but);
}

}  // namespace onceload
