// The producers of a run, from Init to the claim: what a load needs before its first row, and
// again after every error that is not a matter of patience.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onceload/load/load_run.h"
#include "onceload/load/patience.h"

namespace onceload {

// What one session learns and the next one must know.
struct SessionMemory {
  // Run id of the progress record that was the newest when the last session began. Another one than
  // this and the run's own means that another loader has taken over.
  std::optional<std::string> known_run;
  // What brokers have refused of the transactions so far.
  std::vector<RefusedRow> refused;  // in the order of rows
  Narrowing narrowing;

  // False: nothing that was not known. `committed`: rows before that need no care any more.
  bool Learn(const RefusedOfTransaction& found, RowNumber committed);
};

// Used by the load thread, but for Commit() (chunk_pipeline.h).
class Session {
 public:
  Session(const LoadParts& parts, const LoadSettings& settings, Patience& patience,
          SessionMemory& memory);

  // Whether the ledger and Kafka agree that the load is complete, and its files look as they did;
  // then recovered() is set, and may tell of more to load all the same. Nothing is written to Kafka
  // and nobody fenced: whoever has nothing to send needs no producer. Throws as Open() does.
  bool FindComplete();

  // Init of all ids, progress record, recovery. Then recovered() is set. kDone, or why the session
  // is over. Throws Error where recovery refuses.
  Outcome Open();
  const Recovered& recovered() const { return recovered_; }

  // Commits a transaction of nothing but this record: the claim after recovery, the seal at the
  // end. Its being there tells every other loader of this name who holds the load.
  Outcome CommitRecord(const ProgressRecord& record, const std::string& what);

  // After the claim of a load that had no record: that nobody else has claimed it. Throws
  // Error(kHeld) if somebody has.
  Outcome ConfirmFirst();

  // Producer of a chunk.
  TransactionalProducer& turn(ChunkNumber chunk) { return *producers_[chunk.value % kTurns]; }

  // When the oldest transaction still open was begun; for telling a time-out from a fence.
  void Opened(ChunkNumber chunk);
  void Ended(ChunkNumber chunk);
  bool MayHaveTimedOut() const;

  // Abandons what is open, so that readers need not wait for its time-out. For the end of a run: in
  // one that goes on, the next session's Init does. A commit that is under way goes on
  // (rd_kafka_abort_transaction refuses). Best effort. REQUIRES: no thread is in Commit().
  void AbortOpen() noexcept;

 private:
  Outcome InitAll();

  const LoadParts& parts_;
  const LoadSettings& settings_;
  Patience& patience_;
  SessionMemory& memory_;
  std::array<std::unique_ptr<TransactionalProducer>, kTurns> producers_;
  std::array<std::optional<Duration>, kTurns> opened_at_;
  Recovered recovered_;
  bool first_ = false;  // there was no progress record of the load
};

// Throws Error(kHeld) if the newest progress record is another run's than `memory` knows. `watch`:
// how long to look out for one that is about to come.
void ThrowIfTakenOver(const LoadParts& parts, const LoadSettings& settings, Patience& patience,
                      SessionMemory& memory, Duration watch);

// Once: the text for a commit whose EndTxn may still be under way (KAFKA-17754).
Outcome CommitInDoubt(const std::string& what);

}  // namespace onceload
