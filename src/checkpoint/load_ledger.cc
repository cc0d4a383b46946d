#include "checkpoint/load_ledger.h"

#include <algorithm>

namespace onceload {

std::uint64_t BytesBefore(const ProgressRecord& record) {
  const std::size_t files = std::min<std::size_t>(record.position.file, record.inputs.size());
  std::uint64_t bytes = record.finished.bytes + record.position.byte.value;
  for (std::size_t i = 0; i < files; ++i) bytes += record.inputs[i].size;
  return bytes;
}

LoadLedger::LoadLedger(Connection& connection, RecordRows& rows, const std::string& load_name,
                       const std::string& run_id)
    : db_(connection), rows_(rows), run_id_(run_id) {
  {
    Statement load = db_.Use("SELECT id FROM loads WHERE name = ?1 AND run_id = ?2");
    if (!load.Bind(load_name, run_id).Step()) ThrowSuperseded(load_name);
    load_ = load.Int(0);
  }
  live_ = rows_.FindLive(load_);
}

void LoadLedger::ThrowSuperseded(const std::string& load_name) {
  Statement holder = db_.Use(
      "SELECT runs.writer FROM loads JOIN runs ON runs.run_id = loads.run_id "
      "WHERE loads.name = ?1");
  if (!holder.Bind(load_name).Step()) {
    throw Error(ExitCode::kBug, "a write for a load that has not begun", load_name, "");
  }
  throw Error(ExitCode::kHeld, "another run has taken over this load", holder.Text(0),
              "let that one go on; this one has changed nothing since");
}

void LoadLedger::Touch(std::int64_t now_ms) {
  db_.Use("UPDATE loads SET updated_ms = ?3 WHERE id = ?1 AND run_id = ?2")
      .Run(load_, run_id_, now_ms);
}

void LoadLedger::ConfirmIntent(std::int64_t now_ms) {
  if (!live_.intent) return;
  db_.Use("UPDATE chunks SET state = 'committed', settled_ms = ?2 WHERE id = ?1")
      .Run(live_.intent->id, now_ms);
  // Another run's intent, promoted by recovery, is no work of this run.
  if (live_.intent->run_id != run_id_) SetRunStart(rows_.ReadWithoutEnds(live_.intent->id));
  live_.committed = *live_.intent;
  live_.intent.reset();
}

void LoadLedger::DiscardIntent(std::int64_t now_ms) {
  if (!live_.intent) return;
  db_.Use("UPDATE chunks SET state = 'discarded', settled_ms = ?2 WHERE id = ?1")
      .Run(live_.intent->id, now_ms);
  live_.intent.reset();
}

void LoadLedger::DiscardFrom(ChunkNumber number, std::int64_t now_ms) {
  db_.Use(
         "UPDATE chunks SET state = 'discarded', settled_ms = ?3 "
         "WHERE load = ?1 AND state <> 'discarded' AND number >= ?2")
      .Run(load_, number.value, now_ms);
}

void LoadLedger::SetRunStart(const ProgressRecord& record) {
  db_.Use("UPDATE runs SET rows_at_start = ?2, bytes_at_start = ?3 WHERE run_id = ?1")
      .Run(run_id_, record.rows(), BytesBefore(record));
}

void LoadLedger::AddForeignRun(const ProgressRecord& record) {
  db_.Use(
         "INSERT INTO runs (run_id, load, writer, tool_version, rows_at_start, bytes_at_start) "
         "VALUES (?1, ?2, ?3, ?4, 0, 0) ON CONFLICT (run_id) DO NOTHING")
      .Run(record.run_id, load_, record.writer, record.tool_version);
}

}  // namespace onceload
