#include "checkpoint/ledger_report.h"

#include <algorithm>

#include "checkpoint/kept_chunks.h"

namespace onceload {
namespace {

void ReadProgress(RecordRows& rows, std::int64_t load, LoadStatus& status) {
  status.last = rows.Read(rows.FindLive(load).committed.id);
  status.state = status.last.complete ? "finished" : "loading";
}

void ReadChunkCounts(Connection& db, std::int64_t load, LoadStatus& status) {
  const std::uint64_t newest = status.last.chunk.value;
  // Chunk 0 is no chunk that was sent. Those that were taken out were known; of those that are kept
  // and are not there, another machine's or a lost tail's, nothing is.
  Statement row = db.Use("SELECT number, state FROM chunks WHERE load = ?1 AND number > 0");
  row.Bind(load);
  std::uint64_t known = 0;
  while (row.Step()) {
    const std::string state = row.Text(1);
    if (state == "discarded") ++status.chunks_discarded;
    if (state != "committed") continue;
    ++status.chunks_kept;
    if (IsKept(row.Count(0), newest)) ++known;
  }
  status.chunks_unknown = KeptOf(newest) - known;
  status.chunks_committed = newest - status.chunks_unknown;
}

void ReadRuns(Connection& db, std::int64_t load, LoadStatus& status) {
  // A run without a start is known from an adopted record only.
  Statement newest = db.Use(
      "SELECT started_ms, ended_ms, exit_code, rows_at_start, bytes_at_start FROM runs "
      "WHERE load = ?1 AND started_ms IS NOT NULL ORDER BY id DESC LIMIT 1");
  if (newest.Bind(load).Step()) {
    status.run_started_ms = newest.Int(0);
    if (!newest.IsNull(1)) {
      status.run_ended_ms = newest.Int(1);
      status.run_exit_code = static_cast<int>(newest.Int(2));
    }
    status.run_start_rows = newest.Count(3);
    status.run_start_bytes = newest.Count(4);
  }
  Statement count = db.Use("SELECT count(*) FROM runs WHERE load = ?1 AND started_ms IS NOT NULL");
  count.Bind(load).Step();
  status.runs = count.Count(0);

  Statement error = db.Use(
      "SELECT error, ended_ms FROM runs WHERE load = ?1 AND error <> '' "
      "ORDER BY ended_ms DESC, id DESC LIMIT 1");
  if (error.Bind(load).Step()) {
    status.last_error = error.Text(0);
    status.last_error_ms = error.Int(1);
  }
}

}  // namespace

std::vector<LoadStatus> ReadStatuses(Connection& db, RecordRows& rows) {
  const Transaction snapshot(db, Transaction::Kind::kRead);
  Statement load =
      db.Use("SELECT id, created_ms, updated_ms FROM loads ORDER BY updated_ms DESC, id DESC");
  std::vector<LoadStatus> statuses;
  while (load.Step()) {
    LoadStatus& status = statuses.emplace_back();
    status.created_ms = load.Int(1);
    status.updated_ms = load.Int(2);
    ReadProgress(rows, load.Int(0), status);
    ReadChunkCounts(db, load.Int(0), status);
    ReadRuns(db, load.Int(0), status);
  }
  return statuses;
}

std::vector<LedgerRun> ReadRuns(Connection& db, const std::string& load_name) {
  Statement row = db.Use(
      "SELECT runs.run_id, writer, tool_version, started_ms, ended_ms, exit_code, error, "
      "rows_at_start FROM runs JOIN loads ON loads.id = runs.load WHERE loads.name = ?1 "
      "ORDER BY runs.id");
  row.Bind(load_name);
  std::vector<LedgerRun> runs;
  while (row.Step()) {
    LedgerRun& run = runs.emplace_back(
        LedgerRun{row.Text(0), row.Text(1), row.Text(2), 0, 0, {}, row.Text(6), row.Count(7)});
    if (!row.IsNull(3)) run.started_ms = row.Int(3);
    if (row.IsNull(4)) continue;
    run.ended_ms = row.Int(4);
    run.exit_code = static_cast<int>(row.Int(5));
  }
  return runs;
}

std::vector<RejectedForReason> ReadRejected(Connection& db, const std::string& load_name,
                                            std::size_t examples) {
  Statement row = db.Use(
      "SELECT reason, detail, file, row, begin_byte, end_byte, lines FROM rejected_rows "
      "JOIN loads ON loads.id = rejected_rows.load WHERE loads.name = ?1 AND chunk <= "
      "(SELECT max(number) FROM chunks WHERE chunks.load = loads.id AND state = 'committed') "
      "ORDER BY file, row");
  row.Bind(load_name);
  std::vector<RejectedForReason> reasons;
  while (row.Step()) {
    const std::string reason = row.Text(0);
    auto at = std::find_if(reasons.begin(), reasons.end(),
                           [&](const RejectedForReason& known) { return known.reason == reason; });
    if (at == reasons.end()) at = reasons.insert(at, RejectedForReason{reason, 0, {}});
    if (++at->rows > examples) continue;
    RejectedRow& example = at->examples.emplace_back();
    example.reason = reason;
    example.detail = row.Text(1);
    example.file = static_cast<std::uint32_t>(row.Count(2));
    example.row = RowNumber{row.Count(3)};
    example.begin = ByteOffset{row.Count(4)};
    example.end = ByteOffset{row.Count(5)};
    example.lines = row.Count(6);
  }
  return reasons;
}

std::vector<LedgerChunk> ReadChunks(Connection& db, RecordRows& rows,
                                    const std::string& load_name) {
  const Transaction snapshot(db, Transaction::Kind::kRead);
  Statement row = db.Use(
      "SELECT chunks.id, number, end_file, end_byte, end_row, end_empty_lines, end_blocks, "
      "end_tail, rejected "
      "FROM chunks JOIN loads ON loads.id = chunks.load "
      "WHERE loads.name = ?1 AND state = 'committed' ORDER BY number");
  row.Bind(load_name);
  std::vector<LedgerChunk> chunks;
  InputPosition begin;
  while (row.Step()) {
    InputPosition end{static_cast<std::uint32_t>(row.Count(2)), ByteOffset{row.Count(3)},
                      RowNumber{row.Count(4)}, row.Count(5),
                      PrefixFingerprint{row.HexDigest(6), row.HexDigest(7)}};
    const ChunkNumber number{row.Count(1)};
    if (number.value > 0) {
      chunks.push_back({number, begin, end, rows.ReadPartitions(row.Int(0)), row.Count(8)});
    }
    begin = end;
  }
  return chunks;
}

namespace {

// Those that are kept as keys; how they were called is not known any more.
void ReadFinished(Connection& db, const std::string& topic, const std::string& but,
                  std::vector<LoadedFile>& files) {
  Statement row = db.Use(
      "SELECT loads.name, keys FROM finished_pages JOIN loads ON loads.id = finished_pages.load "
      "WHERE loads.name <> ?2 AND EXISTS (SELECT 1 FROM plans WHERE plans.load = loads.id "
      "AND plans.topic = ?1)");
  row.Bind(topic, but);
  while (row.Step()) {
    const std::optional<FinishedPage> page = DecodeFinishedPage(row.Text(1));
    if (!page) throw DamagedLedger("a page of finished inputs is none", db.path());
    for (const FinishedKey& key : *page) {
      InputFile file;
      file.path = "a file that it has finished with long ago";
      if (key.head != Digest{}) file.head = HeadKey{key.head};
      file.end = InputPosition{0, ByteOffset{key.bytes}, RowNumber{key.rows}, 0,
                               PrefixFingerprint{key.blocks, key.tail}};
      files.push_back({row.Text(0), std::move(file)});
    }
  }
}

}  // namespace

std::vector<LoadedFile> ReadLoadedFiles(Connection& db, const std::string& topic,
                                        const std::string& but) {
  Statement row = db.Use(
      "SELECT loads.name, path, size, mtime_ns, inode, device, byte, row, empty_lines, blocks, "
      "tail, head "
      "FROM file_ends JOIN loads ON loads.id = file_ends.load "
      // The newest one: those before it are taken out in time.
      "JOIN chunks ON chunks.id = (SELECT id FROM chunks AS c WHERE c.load = loads.id "
      "AND c.state = 'committed' AND c.state <> 'discarded' ORDER BY c.number DESC LIMIT 1) "
      "AND file_ends.chunk <= chunks.number "
      "JOIN plans ON plans.id = chunks.plan AND plans.topic = ?1 "
      "JOIN plan_files ON plan_files.plan = plans.id "
      "AND plan_files.file = file_ends.file - plans.finished WHERE loads.name <> ?2");
  row.Bind(topic, but);
  std::vector<LoadedFile> files;
  while (row.Step()) {
    InputFile file;
    file.path = row.Text(1);
    file.size = row.Count(2);
    file.mtime_ns = row.Int(3);
    file.inode = static_cast<std::uint64_t>(row.Int(4));
    file.device = static_cast<std::uint64_t>(row.Int(5));
    if (!row.IsNull(11)) file.head = HeadKey{row.HexDigest(11)};
    file.end = InputPosition{0, ByteOffset{row.Count(6)}, RowNumber{row.Count(7)}, row.Count(8),
                             PrefixFingerprint{row.HexDigest(9), row.HexDigest(10)}};
    files.push_back({row.Text(0), std::move(file)});
  }
  ReadFinished(db, topic, but, files);
  return files;
}

std::vector<ProgressRecord> ReadUnfinished(Connection& db, RecordRows& rows,
                                           const std::string& topic, const std::string& but) {
  const Transaction snapshot(db, Transaction::Kind::kRead);
  Statement row = db.Use(
      "SELECT chunks.id FROM loads JOIN chunks ON chunks.load = loads.id "
      "JOIN plans ON plans.id = chunks.plan AND plans.topic = ?1 "
      "WHERE loads.name <> ?2 AND chunks.state = 'committed' AND NOT chunks.complete "
      "AND chunks.number = (SELECT max(number) FROM chunks AS c WHERE c.load = loads.id "
      "AND c.state = 'committed')");
  row.Bind(topic, but);
  std::vector<ProgressRecord> loads;
  while (row.Step()) loads.push_back(rows.Read(row.Int(0)));
  return loads;
}

}  // namespace onceload
