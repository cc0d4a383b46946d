// Chunk after chunk: k + 1 is filled while k's last messages are acknowledged and k - 1 commits.
// commit_protocol.h has the order and why.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "load/chunk_pace.h"
#include "load/rate_limit.h"
#include "load/rejects_file.h"
#include "load/session.h"
#include "onceload/load/load_run.h"
#include "onceload/load/patience.h"
#include "onceload/load/row_source.h"

namespace onceload {

// What is told of how far a load has come.
CommittedSoFar CommittedAt(const ProgressRecord& at);

class ChunkPipeline {
 public:
  // Goes on at `at`. `fresh`: inputs of it that no progress record has yet as they are there. All
  // references must outlive it.
  ChunkPipeline(const LoadParts& parts, const LoadSettings& settings, const RowSourceOptions& rows,
                Patience& patience, Session& session, const ProgressRecord& at,
                FileRange fresh = {});
  // Waits until no commit is under way any more.
  ~ChunkPipeline();
  ChunkPipeline(const ChunkPipeline&) = delete;
  ChunkPipeline& operator=(const ChunkPipeline&) = delete;

  // Loads until the input ends or fails, a row is rejected, or a signal has come; then every chunk
  // is committed and confirmed. kDone, or why the session is over.
  Outcome Run();

  // After kRefused: what the brokers have refused of the transactions that were open.
  RefusedOfTransaction refused() const;

  // After kDone. Files that ended without another row are marked in it, though without a feed no
  // chunk says so.
  const ProgressRecord& committed() const { return committed_; }
  bool input_ended() const { return input_ended_; }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Chunk {
    ChunkNumber number;
    Duration begun{0};
    Duration sent{0};  // once it is acknowledged
    TransactionalProducer* producer = nullptr;
    Tally after;
    std::vector<std::pair<std::uint32_t, InputFile>> ended;  // files
    std::vector<RejectedRow> rejected;
    std::uint64_t rows = 0;   // loaded or rejected
    std::uint64_t bytes = 0;  // of messages
    bool full = false;
    bool last = false;  // no other chunk comes after it
    bool acknowledged = false;
    std::uint64_t acknowledged_seen = 0;  // of the producer's messages, when last looked at
  };

  Outcome RunChunk();
  Outcome FillChunk();
  bool Full() const;
  bool NothingToRecord() const;
  Outcome HoldBack(Duration left);
  [[noreturn]] void RefusePart() const;
  Outcome BeginChunk();
  Outcome SendBatch();
  Outcome Advance(Duration wait);
  Outcome Settle();
  Outcome AwaitAcknowledged(Chunk& chunk, Duration wait);
  Outcome AwaitPreviousCommit(Duration wait);
  Outcome NotePreviousCommit();
  void StartCommit(const Chunk& chunk, const ProgressRecord& record);
  void TakeBatch();
  void TellBatch();
  void TellFiles();
  ChunkSize SizeOf(const Chunk& chunk) const;
  void KeepRejected(Chunk& chunk);
  ProgressRecord RecordOf(const Chunk& chunk) const;
  void TellThrottle();
  void Tick(Chunk& chunk, const std::string& what, const std::string& why);

  const LoadParts& parts_;
  const LoadSettings& settings_;
  Patience& patience_;
  Session& session_;
  std::optional<RejectsFile> rejects_file_;  // before source_, which writes as it was begun
  RowSource source_;
  RateLimit rate_;
  ChunkPace pace_;
  Duration throttled_told_{0};  // pauses, all producers'
  Duration throttle_told_at_{0};

  FileRange fresh_;  // to be written with the next record

  EncodedBatch batch_;  // the newest; producers copy what they are given

  // At most one chunk in each state, and in this order in the file.
  ProgressRecord committed_;  // state after the newest chunk whose commit has returned
  std::optional<std::future<Outcome>> commit_;  // of sent_, if it is not yet committed_
  ChunkCommitted committing_;                   // what will be told of it
  ProgressRecord sent_;                         // state after the newest chunk handed to commit
  std::optional<Chunk> draining_;  // full; not all of it is acknowledged, or sent_ not committed
  Chunk open_;                     // being filled
  std::atomic<bool> abandon_{false};
  bool input_ended_ = false;
  std::optional<Error> failure_;
};

}  // namespace onceload
