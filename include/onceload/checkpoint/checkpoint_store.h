// The ledger: what has been planned, sent and committed, in SQLite. Kafka's progress record is the
// truth; the ledger is the plan, the history and the fast local answer.
//
// Chunk states: intended -> committed | discarded. A chunk number has one `intended` or `committed`
// row at most; discarded rows stay as history.
//
// Every write names the run that makes it in its WHERE clause: a run that has been superseded
// changes nothing and is told so with Error(kHeld). Every other failure of SQLite throws
// Error(kUsage) with the state file, SQLite's reason, and what to do (for a full disk, a read-only
// directory, a file that is no database, one that is locked for too long, a damaged one). A call
// against its REQUIRES throws Error(kBug). Whatever throws has changed nothing.
//
// A store is for one thread at a time; stores of several threads and processes may share a file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "onceload/core/failpoints.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/rejected_row.h"

namespace onceload {

// What the ledger holds of one load, as recovery needs it.
struct LedgerState {
  ProgressRecord last;                   // last committed chunk; chunk 0: none yet
  std::optional<ProgressRecord> intent;  // chunk last.chunk + 1, sent but not known to be committed
};

// What `status` prints of one load.
struct LoadStatus {
  ProgressRecord last;
  std::string state;            // "loading" "finished": of the load, not of a process
  std::int64_t created_ms = 0;  // wall clock
  std::int64_t updated_ms = 0;  // last ledger write of this load
  std::uint64_t runs = 0;
  std::int64_t run_started_ms = 0;   // newest run
  std::int64_t run_ended_ms = 0;     // 0: it has not ended, or was killed
  int run_exit_code = -1;            // -1: as above
  std::uint64_t run_start_rows = 0;  // rows committed when the newest run began
  std::uint64_t run_start_bytes = 0;
  std::string last_error;  // newest error of any run, with its time; empty: none
  std::int64_t last_error_ms = 0;
  std::uint64_t chunks_committed = 0;
  std::uint64_t chunks_kept = 0;  // of them: older ones are thinned out (docs/checkpoint-format.md)
  std::uint64_t chunks_discarded = 0;
  std::uint64_t chunks_unknown = 0;  // committed chunks this ledger has no row of (adopted)
};

// A process that has loaded.
struct LedgerRun {
  std::string run_id;
  std::string writer;
  std::string tool_version;
  std::int64_t started_ms = 0;      // 0: known only from a record of Kafka's
  std::int64_t ended_ms = 0;        // 0: it runs, or was killed
  std::optional<int> exit_code{};   // nullopt: likewise
  std::string error;                // what it ended with; empty if well
  std::uint64_t rows_at_start = 0;  // that earlier runs had committed
};

// One committed chunk, for the audit. Older ones are thinned out.
struct LedgerChunk {
  ChunkNumber chunk;
  InputPosition begin, end;                   // begin == end of the committed chunk before it here;
                                              // an adopted one so spans the unknown ones before it
  std::vector<PartitionProgress> partitions;  // cumulative, after this chunk
  std::uint64_t rejected = 0;                 // likewise
};

// Rows that could not be loaded for one reason.
struct RejectedForReason {
  std::string reason;
  std::uint64_t rows = 0;
  std::vector<RejectedRow> examples;  // the first ones
};

// A file that some load has finished with.
struct LoadedFile {
  std::string load_name;
  InputFile file;  // `end` is set
};

class CheckpointStore {
 public:
  enum class Mode { kReadWrite, kReadOnly };

  // Opens or creates the file (and its directory), applies migrations/ in order, each in a
  // transaction; PRAGMA user_version is the version. A file newer than this program is refused.
  // WAL, synchronous=NORMAL: a lost tail is repaired from Kafka. kReadOnly never creates or
  // migrates: for a file that is missing or older it throws Error(kUsage).
  // Hits `after_migration` after each migration. `failpoints` must outlive the store.
  // `notice` gets a line when another process's lock on the file has become a noticeable wait.
  using Notice = std::function<void(const std::string&)>;
  CheckpointStore(const std::string& path, Mode mode, Failpoints& failpoints, Notice notice = {});
  ~CheckpointStore();
  CheckpointStore(const CheckpointStore&) = delete;
  CheckpointStore& operator=(const CheckpointStore&) = delete;

  // --- the load, by name -------------------------------------------------------------------------
  std::optional<LedgerState> Find(const std::string& load_name) const;

  // Starts a run of the load `start.load_name`: from now on only writes with start.run_id count.
  // Creates the load with `start` as its state (chunk 0 or adopted later) if there is none; else
  // only run_id and writer of `start` are taken. No-op for the current run; a superseded one gets
  // Error(kHeld).
  void BeginRun(const ProgressRecord& start, std::int64_t now_ms, const std::string& tool_version);

  // --- the protocol; each is one SQLite transaction ----------------------------------------------
  // Writes down that `next` is about to be committed in Kafka, and that the chunk before it is. The
  // two go together: one fsync-free WAL append a chunk.
  // REQUIRES: next.chunk == last committed or intended chunk + 1.
  void Intend(const ProgressRecord& next, std::int64_t now_ms);
  // The intended chunk is committed. No-op if there is no intent.
  void Confirm(const std::string& load_name, const std::string& run_id, std::int64_t now_ms);
  // The intended chunk is not committed and never will be. No-op if there is no intent.
  void Discard(const std::string& load_name, const std::string& run_id, std::int64_t now_ms);
  // Kafka is ahead of the ledger, or the ledger is new: takes over Kafka's record, load id
  // included. Chunks in between are unknown here. An intent is discarded, and so are committed
  // chunks that the record contradicts: record.chunk and later ones, or all of them if the load id
  // is another. Afterwards Find() gives `record`, whatever was there before.
  void Adopt(const ProgressRecord& record, const std::string& run_id, std::int64_t now_ms);
  // `record` is the state with complete = true, of the last committed or intended chunk and with
  // the same partitions; its position may lie behind trailing empty or rejected rows.
  void Complete(const ProgressRecord& record, std::int64_t now_ms);

  // --- the run -----------------------------------------------------------------------------------
  // How the run ended; `error` empty if well. A later run is not disturbed: a superseded run's end
  // is still recorded as its own. No-op for a run that never began.
  void EndRun(const std::string& load_name, const std::string& run_id, int exit_code,
              const std::string& error, std::int64_t now_ms);
  // Rows that `chunk` rejects. Overwrites what was recorded of the same rows: a discarded chunk is
  // read again. May be called several times for a chunk.
  void RecordRejected(const std::string& load_name, const std::string& run_id, ChunkNumber chunk,
                      std::span<const RejectedRow> rows);
  // Drops the rows of chunks after the last committed one. They are read again, and a row that has
  // been mended since would otherwise count as rejected once its chunk's number is committed.
  // REQUIRES: no intent, or one that is not going to be promoted.
  void ForgetUncommittedRejects(const std::string& load_name, const std::string& run_id);

  // --- mending -----------------------------------------------------------------------------------
  // A copy of the whole file at `to`, which must not exist: consistent, whoever writes meanwhile.
  void BackUp(const std::string& to) const;
  // Takes out all that is known of the load, its runs too. No-op for one that is not known.
  // REQUIRES: the load's lock (load_lock.h): whoever is loading would be told kBug.
  void Forget(const std::string& load_name);

  // --- reading -----------------------------------------------------------------------------------
  std::vector<LoadStatus> Statuses() const;                             // last written to first
  std::vector<LedgerRun> Runs(const std::string& load_name) const;      // as they began
  std::vector<LedgerChunk> Chunks(const std::string& load_name) const;  // committed, ascending
  // Those that count, by reason; `examples` of each at most.
  std::vector<RejectedForReason> Rejected(const std::string& load_name, std::size_t examples) const;
  // Of all loads into it but the one of that name.
  std::vector<LoadedFile> LoadedFiles(const std::string& topic, const std::string& but) const;
  // Of these loads, the ones that have not come to their end.
  std::vector<ProgressRecord> Unfinished(const std::string& topic, const std::string& but) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
