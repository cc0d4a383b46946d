// Chunk after chunk, with chunk k + 1 under way while chunk k commits. commit_protocol.h has the
// order and why.
#pragma once

#include <atomic>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "load/rate_limit.h"
#include "load/rejects_file.h"
#include "load/session.h"
#include "onceload/load/load_run.h"
#include "onceload/load/patience.h"
#include "onceload/load/row_source.h"

namespace onceload {

class ChunkPipeline {
 public:
  // Goes on at `at`. All references must outlive it.
  ChunkPipeline(const LoadParts& parts, const LoadSettings& settings, const RowSourceOptions& rows,
                Patience& patience, Session& session, const ProgressRecord& at);
  // Waits until no commit is under way any more. Closes the session if a chunk is open: its
  // producer reads our batches.
  ~ChunkPipeline();
  ChunkPipeline(const ChunkPipeline&) = delete;
  ChunkPipeline& operator=(const ChunkPipeline&) = delete;

  // Loads until the input ends or fails, a row is rejected, or a signal has come; then every chunk
  // is committed and confirmed. kDone, or why the session is over.
  Outcome Run();

  // After an exception: aborts the open chunk, so that readers need not wait for its time-out.
  void Abort() noexcept { session_.Abort(open_.number); }

  // After kDone. Files that ended without another row are marked in it, though no chunk says so.
  const ProgressRecord& committed() const { return committed_; }
  bool input_ended() const { return input_ended_; }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  struct Chunk {
    ChunkNumber number;
    TransactionalProducer* producer = nullptr;
    std::vector<std::unique_ptr<EncodedBatch>> batches;
    Tally after;
    std::vector<std::pair<std::uint32_t, InputFile>> ended;  // files
    std::vector<RejectedRow> rejected;
    std::uint64_t consumed = 0;  // bytes of the file itself, for progress
    bool full = false;
    bool last = false;  // no other chunk comes after it
  };

  Outcome RunChunk();
  Outcome FillChunk();
  Outcome HoldBack(Duration left);
  [[noreturn]] void RefusePart() const;
  Outcome BeginChunk();
  Outcome SendBatch(const EncodedBatch& batch);
  Outcome AwaitAcknowledged();
  Outcome AwaitPreviousCommit();
  Outcome NotePreviousCommit();
  void StartCommit(const ProgressRecord& record);
  void TakeBatch();
  void KeepRejected();
  ProgressRecord RecordOfOpenChunk() const;
  void Tick(const std::string& what, const std::string& why);

  std::unique_ptr<EncodedBatch> NextBatch();
  std::unique_ptr<EncodedBatch> EncodeBatch();
  bool EncodeAhead();

  const LoadParts& parts_;
  const LoadSettings& settings_;
  Patience& patience_;
  Session& session_;
  RowSource source_;
  RateLimit rate_;

  // The encoder's side: what is ready to be sent, and how much of the chunk it will be is planned.
  std::optional<RejectsFile> rejects_file_;
  std::deque<std::unique_ptr<EncodedBatch>> ahead_;
  std::vector<std::unique_ptr<EncodedBatch>> spare_;
  std::size_t ahead_bytes_ = 0;
  std::uint64_t planned_rows_ = 0;
  std::uint64_t planned_bytes_ = 0;
  bool source_ended_ = false;

  // The protocol's side.
  Chunk open_;
  ProgressRecord sent_;  // state after the newest chunk handed to commit
  std::uint64_t sent_consumed_ = 0;
  ProgressRecord committed_;  // state after the newest chunk whose commit has returned
  std::optional<std::future<Outcome>> commit_;  // of sent_, if it is not yet committed_
  std::atomic<bool> abandon_{false};
  std::uint64_t acknowledged_seen_ = 0;
  bool input_ended_ = false;
  std::optional<Error> failure_;
};

}  // namespace onceload
