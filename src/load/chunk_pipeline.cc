#include "load/chunk_pipeline.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "onceload/core/error.h"

namespace onceload {
namespace {

// Encoded rows kept ready while a chunk is acknowledged and committed: enough to bridge a commit at
// full speed, little enough not to show in the memory.
constexpr std::size_t kAheadBytesMax = std::size_t{8} << 20;

// One wait; between two, signals and the budget are looked at.
constexpr Duration kWaitSlice{20};
constexpr Duration kCommitSlice{1'000};

}  // namespace

ChunkPipeline::ChunkPipeline(const LoadParts& parts, const LoadSettings& settings,
                             const RowSourceOptions& rows, Patience& patience, Session& session,
                             const ProgressRecord& at)
    : parts_(parts),
      settings_(settings),
      patience_(patience),
      session_(session),
      source_(rows, at),
      rate_(settings.max_rate, parts.context.clock),
      sent_(at),
      committed_(at) {
  if (!settings.rejects_path.empty()) {
    rejects_file_.emplace(settings.rejects_path, at.rejects_bytes);
  } else if (at.rejects_bytes > 0) {
    throw Error(ExitCode::kUsage, "this load keeps its rejected rows in a file",
                "load " + at.load_name, "name it again with --rejects");
  }
}

ChunkPipeline::~ChunkPipeline() {
  abandon_ = true;
  if (commit_) commit_->wait();
  if (!open_.batches.empty()) session_.Close();
}

Outcome ChunkPipeline::Run() {
  while (!open_.last) {
    Outcome outcome = RunChunk();
    if (!outcome.done()) return outcome;
  }
  Outcome outcome = AwaitPreviousCommit();
  if (!outcome.done()) return outcome;
  for (const auto& [index, file] : open_.ended) committed_.inputs[index] = file;
  const ProgressRecord& blank = settings_.here.blank;
  parts_.store.Confirm(blank.load_name, blank.run_id, parts_.context.clock.WallClock().count());
  parts_.context.failpoints.Hit("after_confirm");
  return {};
}

// The protocol's steps, in the order of kSteps.
Outcome ChunkPipeline::RunChunk() {
  Failpoints& failpoints = parts_.context.failpoints;
  open_ = Chunk{};
  open_.number = ChunkNumber{sent_.chunk.value + 1};
  Outcome outcome = FillChunk();
  if (!outcome.done() || open_.producer == nullptr) return outcome;
  outcome = AwaitAcknowledged();
  if (!outcome.done()) return outcome;
  failpoints.Hit("after_send");
  outcome = AwaitPreviousCommit();
  if (!outcome.done()) return outcome;
  failpoints.Hit("after_previous");
  KeepRejected();
  const ProgressRecord record = RecordOfOpenChunk();
  outcome = open_.producer->Mark(record, {sent_.position.file, record.position.file + 1});
  if (!outcome.done()) return outcome;
  failpoints.Hit("after_mark");
  parts_.store.Intend(record, parts_.context.clock.WallClock().count());
  failpoints.Hit("after_intend");
  StartCommit(record);
  return {};
}

// Sends rows until the chunk is full or nothing comes after it. If there is neither a row nor a new
// position, no transaction is begun and open_.producer stays null.
Outcome ChunkPipeline::FillChunk() {
  const Duration begun = parts_.context.clock.Now();
  const auto old = [&] { return parts_.context.clock.Now() - begun >= settings_.chunk.age; };
  while (!open_.full && !open_.last) {
    if (parts_.context.stop) {
      open_.last = true;
      break;
    }
    if (const Duration left = rate_.Delay(); left > Duration{0}) {
      Outcome outcome = HoldBack(left);
      if (!outcome.done()) return outcome;
      open_.full = open_.producer != nullptr && old();
      continue;
    }
    TakeBatch();
    const EncodedBatch& batch = *open_.batches.back();
    open_.full = !settings_.chunk.atomic && (batch.ends_chunk || old());
    if (open_.producer == nullptr && batch.after.position == sent_.position) continue;
    Outcome outcome = open_.producer == nullptr ? BeginChunk() : Outcome{};
    if (outcome.done()) outcome = SendBatch(batch);
    if (outcome.done()) outcome = NotePreviousCommit();
    if (!outcome.done()) return outcome;
    parts_.context.failpoints.Hit("mid_send");
    // The batches of an atomic load do not fit the memory.
    if (batch.ends_chunk && !open_.full) outcome = AwaitAcknowledged();
    if (!outcome.done()) return outcome;
  }
  if (settings_.chunk.atomic && !input_ended_) RefusePart();
  return {};
}

// Waits a slice of `left`, which --max-rate asks for.
Outcome ChunkPipeline::HoldBack(Duration left) {
  const Duration slice = std::min(left, kWaitSlice);
  parts_.context.clock.Sleep(slice);
  patience_.HeldBack(slice);
  return NotePreviousCommit();
}

// An atomic load that has stopped before the input's end.
void ChunkPipeline::RefusePart() const {
  const std::string load = "load " + settings_.here.blank.load_name;
  if (failure_) {
    throw Error(failure_->code(), failure_->what(), failure_->where(),
                "nothing was loaded (--atomic); mend it and run the same command again");
  }
  throw Error(ExitCode::kStopped, "stopped by a signal", load + ", nothing was loaded (--atomic)",
              "run the same command again");
}

void ChunkPipeline::TakeBatch() {
  // Before it is sent, so that it lives as long as the producer that reads it.
  open_.batches.push_back(NextBatch());
  EncodedBatch& batch = *open_.batches.back();
  open_.after = batch.after;
  open_.consumed = batch.consumed;
  open_.last = batch.stops();
  input_ended_ = batch.last;
  failure_ = batch.failure;
  for (auto& ended : batch.ended) open_.ended.push_back(std::move(ended));
  for (RejectedRow& row : batch.rejected) open_.rejected.push_back(std::move(row));
  if (rejects_file_) rejects_file_->Append(batch.rejects_text);
}

// Before the record that counts them: what lies behind a record's count is cut off by the next run.
void ChunkPipeline::KeepRejected() {
  if (rejects_file_) rejects_file_->Sync();
  if (open_.rejected.empty()) return;
  const ProgressRecord& blank = settings_.here.blank;
  parts_.store.RecordRejected(blank.load_name, blank.run_id, open_.number, open_.rejected);
}

Outcome ChunkPipeline::BeginChunk() {
  TransactionalProducer& producer = session_.turn(open_.number);
  Outcome outcome = producer.Begin();
  if (!outcome.done()) return outcome;
  open_.producer = &producer;
  acknowledged_seen_ = producer.acknowledged_messages();
  session_.Opened(open_.number);
  parts_.context.failpoints.Hit("after_begin");
  return {};
}

Outcome ChunkPipeline::SendBatch(const EncodedBatch& batch) {
  rate_.Take(batch.messages);
  for (;;) {
    Outcome outcome = open_.producer->Send(batch.messages);
    if (outcome.verdict != Verdict::kPending) return outcome;
    Tick("room to send", outcome.detail);
  }
}

Outcome ChunkPipeline::AwaitAcknowledged() {
  for (;;) {
    const Duration wait = EncodeAhead() ? Duration{0} : kWaitSlice;
    Outcome outcome = open_.producer->AwaitAcknowledged(wait);
    if (outcome.done()) {
      for (auto& batch : open_.batches) spare_.push_back(std::move(batch));
      open_.batches.clear();
    }
    if (outcome.verdict != Verdict::kPending) return outcome;
    Tick("acknowledgements", outcome.detail);
    outcome = NotePreviousCommit();
    if (!outcome.done()) return outcome;
  }
}

void ChunkPipeline::Tick(const std::string& what, const std::string& why) {
  const std::uint64_t acknowledged = open_.producer->acknowledged_messages();
  if (acknowledged != acknowledged_seen_) {
    acknowledged_seen_ = acknowledged;
    patience_.Alive();
  } else {
    patience_.Waiting(what, why, /*chunk_open=*/true);
  }
}

Outcome ChunkPipeline::AwaitPreviousCommit() {
  while (commit_) {
    Outcome outcome = NotePreviousCommit();
    if (!outcome.done()) return outcome;
    if (!commit_ || EncodeAhead()) continue;
    if (commit_->wait_for(kWaitSlice) == std::future_status::timeout) {
      patience_.Waiting("the commit of chunk " + std::to_string(sent_.chunk.value),
                        "no answer from the transaction coordinator", /*chunk_open=*/true);
    }
  }
  return {};
}

// Takes notice of the commit under way if it has returned; does not wait.
Outcome ChunkPipeline::NotePreviousCommit() {
  if (!commit_ || commit_->wait_for(Duration{0}) != std::future_status::ready) return {};
  std::future<Outcome> commit = std::move(*commit_);
  commit_.reset();  // before get(), which may throw: the destructor waits for what is under way
  Outcome outcome = commit.get();
  if (!outcome.done()) return outcome;
  committed_ = sent_;
  session_.Ended(committed_.chunk);
  patience_.Progressed();
  parts_.display.Committed(
      {sent_consumed_, BytesOf(committed_.inputs), committed_.rows(), committed_.chunk.value});
  if (session_.turn(committed_.chunk).commit_in_doubt()) {
    return CommitInDoubt("chunk " + std::to_string(committed_.chunk.value));
  }
  return {};
}

// On a thread of its own, so that the next chunk is sent meanwhile. The thread touches nothing but
// the producer, which nobody else uses until the future is ready.
void ChunkPipeline::StartCommit(const ProgressRecord& record) {
  sent_ = record;
  sent_consumed_ = open_.consumed;
  commit_ = std::async(std::launch::async, [this, producer = open_.producer] {
    for (;;) {
      Outcome outcome = producer->Commit(kCommitSlice);
      if (outcome.done()) parts_.context.failpoints.Hit("after_commit");
      if (outcome.verdict != Verdict::kPending || abandon_) return outcome;
    }
  });
}

ProgressRecord ChunkPipeline::RecordOfOpenChunk() const {
  ProgressRecord record = sent_;
  record.chunk = open_.number;
  record.position = open_.after.position;
  record.complete = false;
  record.rejected = open_.after.rejected;
  record.rejects_bytes = open_.after.rejects_bytes;
  for (const auto& [index, file] : open_.ended) record.inputs[index] = file;
  PartitionProgress& dead_letters = record.dead_letters;
  dead_letters.rows = open_.after.dead_letters.rows;
  dead_letters.digest = open_.after.dead_letters.digest;
  const AcknowledgedRange dead = open_.producer->acknowledged_dead_letters();
  if (dead.first != kNoOffset) {
    if (dead_letters.first == kNoOffset) dead_letters.first = dead.first;
    dead_letters.end = dead.end;
  }
  const std::vector<AcknowledgedRange>& acknowledged = open_.producer->acknowledged();
  for (std::size_t p = 0; p < record.partitions.size(); ++p) {
    PartitionProgress& partition = record.partitions[p];
    partition.rows = open_.after.partitions[p].rows;
    partition.digest = open_.after.partitions[p].digest;
    const AcknowledgedRange& range = acknowledged[p];
    if (range.first == kNoOffset) continue;
    // A partition only grows, unless it is another one of the same name.
    if (range.first < partition.end) {
      throw Error(ExitCode::kDisagreement,
                  "partition " + std::to_string(p) + " of topic " + record.topic +
                      " has gone back from offset " + std::to_string(partition.end.value) + " to " +
                      std::to_string(range.first.value) +
                      " during the load: the topic was deleted and created again",
                  "load " + record.load_name,
                  "rows loaded before that are gone; load the file again under another --name");
    }
    if (partition.first == kNoOffset) partition.first = range.first;
    partition.end = range.end;
  }
  return record;
}

std::unique_ptr<EncodedBatch> ChunkPipeline::NextBatch() {
  if (ahead_.empty()) return EncodeBatch();
  std::unique_ptr<EncodedBatch> batch = std::move(ahead_.front());
  ahead_.pop_front();
  ahead_bytes_ -= batch->messages.bytes();
  return batch;
}

std::unique_ptr<EncodedBatch> ChunkPipeline::EncodeBatch() {
  std::unique_ptr<EncodedBatch> batch;
  if (spare_.empty()) {
    batch = std::make_unique<EncodedBatch>();
  } else {
    batch = std::move(spare_.back());
    spare_.pop_back();
  }
  BatchLimits limits;
  limits.rows = std::min(limits.rows, settings_.chunk.rows - planned_rows_);
  rate_.Narrow(limits);
  source_.Fill(limits, *batch);
  planned_rows_ += batch->rows;
  planned_bytes_ += batch->messages.bytes();
  batch->ends_chunk =
      planned_rows_ >= settings_.chunk.rows || planned_bytes_ >= settings_.chunk.bytes;
  if (batch->ends_chunk) planned_rows_ = planned_bytes_ = 0;
  source_ended_ = batch->stops();
  return batch;
}

// False if nothing is left to do ahead of time.
bool ChunkPipeline::EncodeAhead() {
  if (source_ended_ || ahead_bytes_ >= kAheadBytesMax) return false;
  ahead_.push_back(EncodeBatch());
  ahead_bytes_ += ahead_.back()->messages.bytes();
  return true;
}

}  // namespace onceload
