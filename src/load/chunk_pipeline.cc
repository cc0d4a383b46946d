#include "load/chunk_pipeline.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "onceload/core/error.h"

namespace onceload {
namespace {

// One wait for one of several things that may happen; between two, the others are looked at. A wait
// for all of them at once would need librdkafka's event queues and an end of the commit's thread in
// one poll(); 2 ms a turn costs less than 1 % of a core.
constexpr Duration kWaitSlice{2};
constexpr Duration kHoldSlice{20};
constexpr Duration kCommitSlice{1'000};

// A commit is left to librdkafka for so long, which is longer than it takes to notice a dead
// connection (40 s) and, with what a new session takes, no more than a minute. Its producers would
// wait for ever for a coordinator whose address has changed and whose broker id has not: they are
// told the new one, and go on asking (seen with 2.14.2).
constexpr Duration kCommitPatience{45'000};

// Of a transaction's time-out a chunk may be filled for; the rest is for sending and committing it.
constexpr int kOpenShare = 4;

std::optional<RejectsFile> OpenRejects(const LoadSettings& settings, const ProgressRecord& at) {
  if (settings.rejects_path.empty()) {
    if (at.rejects_bytes == 0 || settings.no_rejects) return std::nullopt;
    throw Error(ExitCode::kUsage, "this load keeps its rejected rows in a file",
                "load " + at.load_name,
                "name it again with --rejects, or go on without it: --no-rejects");
  }
  return std::optional<RejectsFile>(std::in_place, settings.rejects_path, at.rejects_bytes,
                                    at.load_id);
}

RowSourceOptions InFormatOf(const std::optional<RejectsFile>& file, RowSourceOptions rows) {
  if (file) rows.rejects.format = file->format();
  return rows;
}

}  // namespace

CommittedSoFar CommittedAt(const ProgressRecord& at) {
  return {BytesDone(at), BytesOf(at), at.rows(), at.chunk.value, at.rejected};
}

ChunkPipeline::ChunkPipeline(const LoadParts& parts, const LoadSettings& settings,
                             const RowSourceOptions& rows, Patience& patience, Session& session,
                             const ProgressRecord& at, FileRange fresh)
    : parts_(parts),
      settings_(settings),
      patience_(patience),
      session_(session),
      rejects_file_(OpenRejects(settings, at)),
      source_(InFormatOf(rejects_file_, rows), at),
      rate_(settings.max_rate, parts.context.clock),
      pace_(at.partitions.size(), settings.transaction_timeout, settings.chunk.age),
      fresh_(fresh),
      committed_(at),
      sent_(at) {
  if (rejects_file_) parts_.events.On(RejectsFileOpened{settings.rejects_path, at.rejects_bytes});
}

ChunkPipeline::~ChunkPipeline() {
  abandon_ = true;
  if (commit_) commit_->wait();
}

RefusedOfTransaction ChunkPipeline::refused() const {
  RefusedOfTransaction all = draining_ ? draining_->producer->refused() : RefusedOfTransaction{};
  if (open_.producer == nullptr) return all;
  // Of a chunk behind it only rows count: the chunk before is sent again first, as it was.
  const RefusedOfTransaction more = open_.producer->refused();
  all.rows.insert(all.rows.end(), more.rows.begin(), more.rows.end());
  if (!all.narrowing.any()) all.narrowing = more.narrowing;
  return all;
}

Outcome ChunkPipeline::Run() {
  while (!open_.last) {
    Outcome outcome = RunChunk();
    if (!outcome.done()) return outcome;
  }
  while (draining_ || commit_) {
    Outcome outcome = Advance(kWaitSlice);
    if (!outcome.done()) return outcome;
  }
  for (const auto& [index, file] : open_.ended) committed_.inputs[index] = file;
  const ProgressRecord& blank = settings_.here.blank;
  parts_.store.Confirm(blank.load_name, blank.run_id, parts_.context.clock.WallClock().count());
  parts_.context.failpoints.Hit("after_confirm");
  return {};
}

// Fills a chunk while the one before it drains, and the one before that commits.
Outcome ChunkPipeline::RunChunk() {
  open_ = Chunk{};
  open_.number = ChunkNumber{(draining_ ? draining_->number : sent_.chunk).value + 1};
  Outcome outcome = FillChunk();
  while (outcome.done() && draining_) outcome = Advance(kWaitSlice);
  if (!outcome.done() || open_.producer == nullptr) return outcome;
  draining_ = std::move(open_);
  open_ = Chunk{};
  open_.last = draining_->last;
  return Advance(Duration{0});
}

// What is under way besides the chunk that is being filled: the protocol's steps, in the order of
// kSteps. Waits up to `wait`.
Outcome ChunkPipeline::Advance(Duration wait) {
  Outcome outcome = NotePreviousCommit();
  if (!outcome.done()) return outcome;
  if (!draining_) return commit_ ? AwaitPreviousCommit(wait) : Outcome{};
  // Its messages go out partition by partition, as the draining chunk's are acknowledged.
  if (open_.producer != nullptr && wait > Duration{0}) {
    outcome = open_.producer->AwaitAcknowledged(Duration{0});
    if (outcome.failed()) return outcome;
  }
  if (!draining_->acknowledged) {
    outcome = AwaitAcknowledged(*draining_, wait);
    if (outcome.verdict == Verdict::kPending) return {};
    if (!outcome.done()) return outcome;
    draining_->acknowledged = true;
    draining_->sent = parts_.context.clock.Now();
    pace_.Acknowledged(draining_->bytes, draining_->sent - draining_->begun);
    TellThrottle();
    parts_.events.On(ChunkSent{SizeOf(*draining_), draining_->begun, draining_->sent});
    parts_.context.failpoints.Hit("after_send");
  }
  // Not while the commit of k - 1 is undecided: k's record says that the rows of k - 1 are loaded.
  // If k were committed and k - 1 not, no run would ever load them.
  if (commit_) return AwaitPreviousCommit(wait);
  return Settle();
}

// The draining chunk is acknowledged and the one before it has committed.
Outcome ChunkPipeline::Settle() {
  Failpoints& failpoints = parts_.context.failpoints;
  failpoints.Hit("after_previous");
  Chunk& chunk = *draining_;
  KeepRejected(chunk);
  // Not before all is acknowledged: rows that the producer still keeps would be counted in the
  // record, and missing in the transaction.
  ProgressRecord record = RecordOf(chunk);
  FileRange changed{sent_.position.file, record.position.file + std::size_t{1}};
  if (fresh_.begin < fresh_.end) {
    changed = {std::min(changed.begin, fresh_.begin), std::max(changed.end, fresh_.end)};
  }
  Outcome outcome = chunk.producer->Mark(record, changed);
  if (!outcome.done()) return outcome;
  fresh_ = {};
  record.finished.pages_written = record.finished.pages.size();
  failpoints.Hit("after_mark");
  // Before the commit: after a kill a chunk without its intent is adopted as Kafka has it. No row
  // suffers, but the ledger's history has a hole where the chunk before it was.
  parts_.store.Intend(record, parts_.context.clock.WallClock().count());
  failpoints.Hit("after_intend");
  StartCommit(chunk, record);
  draining_.reset();
  return {};
}

// Sends rows until the chunk is full or nothing comes after it. If there is neither a row nor a new
// position, no transaction is begun and open_.producer stays null.
Outcome ChunkPipeline::FillChunk() {
  open_.begun = parts_.context.clock.Now();
  while (!open_.full && !open_.last) {
    if (parts_.context.stop) {
      open_.last = true;
      break;
    }
    if (const Duration left = rate_.Delay(); left > Duration{0}) {
      Outcome outcome = HoldBack(left);
      if (!outcome.done()) return outcome;
      open_.full = open_.producer != nullptr && Full();
      continue;
    }
    TakeBatch();
    open_.full = Full();
    if (open_.producer == nullptr && NothingToRecord()) continue;
    Outcome outcome = open_.producer == nullptr ? BeginChunk() : Outcome{};
    if (outcome.done()) outcome = SendBatch();
    if (outcome.done()) outcome = Advance(Duration{0});
    if (!outcome.done()) return outcome;
    parts_.context.failpoints.Hit("mid_send");
  }
  if (settings_.chunk.atomic && !input_ended_) RefusePart();
  return {};
}

// Where a file ends that has no row behind the chunk before is told by the seal of the load. With a
// feed the load goes on, and its file may be moved away: a chunk without rows tells it.
bool ChunkPipeline::NothingToRecord() const {
  const InputPosition& filled = draining_ ? draining_->after.position : sent_.position;
  return batch_.after.position == filled && (parts_.feed == nullptr || open_.ended.empty());
}

bool ChunkPipeline::Full() const {
  const ChunkLimits& limits = settings_.chunk;
  if (limits.atomic) return false;
  const Duration age = parts_.context.clock.Now() - open_.begun;
  // Closed while the one before is not even sent, it would only wait: what a transaction costs
  // grows with the partitions, and where it costs seconds, chunks have to be as long.
  const Duration age_max = draining_ ? settings_.transaction_timeout / kOpenShare : limits.age;
  return open_.rows >= limits.rows || open_.bytes >= std::min(limits.bytes, pace_.bytes_max()) ||
         open_.rejected.size() >= kRejectedInChunkMax || age >= std::max(age_max, limits.age);
}

// Waits a slice of `left`, which --max-rate asks for.
Outcome ChunkPipeline::HoldBack(Duration left) {
  const Duration slice = std::min(left, kHoldSlice);
  parts_.context.clock.Sleep(slice);
  patience_.HeldBack(slice);
  // An even flow: nothing waits for a larger request.
  if (open_.producer != nullptr) {
    Outcome outcome = open_.producer->AwaitAcknowledged(Duration{0});
    if (outcome.failed()) return outcome;
  }
  return Advance(Duration{0});
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
  BatchLimits limits;
  if (!settings_.chunk.atomic) {
    limits.rows = std::min(limits.rows, settings_.chunk.rows - open_.rows);
  }
  rate_.Narrow(limits);
  source_.Fill(limits, batch_);
  open_.rows += batch_.rows;
  open_.bytes += batch_.messages.bytes();
  open_.after = batch_.after;
  open_.last = batch_.stops();
  input_ended_ = batch_.last;
  failure_ = batch_.failure;
  TellBatch();
  for (auto& ended : batch_.ended) open_.ended.push_back(std::move(ended));
  for (RejectedRow& row : batch_.rejected) open_.rejected.push_back(std::move(row));
  if (rejects_file_) rejects_file_->Append(batch_.rejects_text);
  // An atomic chunk closes at the input's end only. Its rejected rows may be written down before:
  // they count once the chunk is committed, and are dropped or written over if it is not.
  if (settings_.chunk.atomic && open_.rejected.size() >= kRejectedInChunkMax) KeepRejected(open_);
}

// A call a batch, and nothing a row that loads well.
void ChunkPipeline::TellBatch() {
  TellFiles();
  for (const std::string& notice : batch_.notices) parts_.events.On(RowRemark{notice});
  for (const RejectedRow& row : batch_.rejected) {
    parts_.events.On(RowRejected{open_.number.value, sent_.inputs[row.file].path, row});
  }
}

// In the files' order: each begins where the one before it ends.
void ChunkPipeline::TellFiles() {
  const std::vector<InputFile>& inputs = sent_.inputs;
  const std::uint64_t before = sent_.finished.count;
  auto begun = batch_.begun.begin();
  const auto tell_begun = [&](std::uint64_t up_to) {
    for (; begun != batch_.begun.end() && begun->file <= up_to; ++begun) {
      parts_.events.On(FileBegun{inputs[begun->file].path, before + begun->file + 1,
                                 before + inputs.size(), begun->row, begun->byte});
    }
  };
  for (const auto& [index, file] : batch_.ended) {
    tell_begun(index);
    parts_.events.On(FileEnded{file.path, before + index + 1, file.end->row, file.end->byte});
  }
  tell_begun(inputs.size());
}

// Before the record that counts them: what lies behind a record's count is cut off by the next run.
void ChunkPipeline::KeepRejected(Chunk& chunk) {
  if (rejects_file_) rejects_file_->Sync();
  if (chunk.rejected.empty()) return;
  const ProgressRecord& blank = settings_.here.blank;
  // The ledger counts inputs from the load's first.
  for (RejectedRow& row : chunk.rejected) {
    row.file += static_cast<std::uint32_t>(sent_.finished.count);
  }
  parts_.store.RecordRejected(blank.load_name, blank.run_id, chunk.number, chunk.rejected);
  chunk.rejected.clear();
}

Outcome ChunkPipeline::BeginChunk() {
  TransactionalProducer& producer = session_.turn(open_.number);
  // It is told of the chunk before it, and keeps back a partition until that one's rows are
  // acknowledged there: a request that is sent again would put k's rows behind those of k + 1.
  Outcome outcome = producer.Begin(draining_ ? draining_->producer : nullptr);
  if (!outcome.done()) return outcome;
  open_.producer = &producer;
  session_.Opened(open_.number);
  parts_.events.On(ChunkBegun{open_.number.value, parts_.context.clock.Now()});
  parts_.context.failpoints.Hit("after_begin");
  return {};
}

Outcome ChunkPipeline::SendBatch() {
  // BeginChunk() was done. NOLINTNEXTLINE(clang-analyzer-core.NullDereference)
  TransactionalProducer& producer = *open_.producer;
  rate_.Take(batch_.messages);
  Outcome outcome = producer.Send(batch_.messages);
  while (outcome.done() && producer.full()) {
    if (draining_) {
      outcome = Advance(kWaitSlice);
      continue;
    }
    outcome = producer.AwaitAcknowledged(kWaitSlice);
    if (outcome.verdict != Verdict::kPending) continue;
    Tick(open_, "room to send", outcome.detail);
    outcome = {};
  }
  return outcome;
}

Outcome ChunkPipeline::AwaitAcknowledged(Chunk& chunk, Duration wait) {
  Outcome outcome = chunk.producer->AwaitAcknowledged(wait);
  if (outcome.verdict == Verdict::kPending && wait > Duration{0}) {
    Tick(chunk, "acknowledgements", outcome.detail);
  }
  return outcome;
}

// A pause shorter than a second is none that a person should know of.
void ChunkPipeline::TellThrottle() {
  constexpr Duration kWorthALine{1'000};
  constexpr Duration kBetweenLines{60'000};
  Duration all{0};
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    all += session_.turn(ChunkNumber{turn}).throttled();
  }
  const Duration now = parts_.context.clock.Now();
  const bool early = throttled_told_ > Duration{0} && now - throttle_told_at_ < kBetweenLines;
  if (early || all - throttled_told_ < kWorthALine) return;
  parts_.events.On(Throttled{settings_.client_id, all - throttled_told_});
  throttled_told_ = all;
  throttle_told_at_ = now;
}

void ChunkPipeline::Tick(Chunk& chunk, const std::string& what, const std::string& why) {
  TellThrottle();
  const std::uint64_t acknowledged = chunk.producer->acknowledged_messages();
  if (acknowledged != chunk.acknowledged_seen) {
    chunk.acknowledged_seen = acknowledged;
    // An atomic load commits once, at its end: it is its rows that must get on.
    settings_.chunk.atomic ? patience_.Progressed() : patience_.Alive();
  } else {
    patience_.Waiting(what, why, /*chunk_open=*/true);
  }
}

// REQUIRES: commit_.
Outcome ChunkPipeline::AwaitPreviousCommit(Duration wait) {
  if (wait == Duration{0}) return {};
  if (commit_->wait_for(wait) == std::future_status::timeout) {
    const std::string what = "the commit of chunk " + std::to_string(sent_.chunk.value);
    if (parts_.context.clock.Now() - committing_.asked > kCommitPatience) {
      return {Verdict::kFatal, what + " is not answered; new producers ask for it anew"};
    }
    patience_.Waiting(what, "no answer from the transaction coordinator", /*chunk_open=*/true);
    return {};
  }
  return NotePreviousCommit();
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
  committing_.committed = parts_.context.clock.Now();
  committing_.at = CommittedAt(committed_);
  parts_.events.On(committing_);
  // Before this producer's turn comes again: the late copy would end its next transaction, and show
  // half a chunk or lose a whole one.
  if (session_.turn(committed_.chunk).commit_in_doubt()) {
    return CommitInDoubt("chunk " + std::to_string(committed_.chunk.value));
  }
  return {};
}

// On a thread of its own, so that the next chunk is sent meanwhile. The thread touches nothing but
// the producer, which nobody else uses until the future is ready.
void ChunkPipeline::StartCommit(const Chunk& chunk, const ProgressRecord& record) {
  committing_ = {SizeOf(chunk), chunk.begun, chunk.sent, parts_.context.clock.Now(), {}, {}};
  sent_ = record;
  commit_ = std::async(std::launch::async, [this, producer = chunk.producer] {
    for (;;) {
      Outcome outcome = producer->Commit(kCommitSlice);
      if (outcome.done()) parts_.context.failpoints.Hit("after_commit");
      if (outcome.verdict != Verdict::kPending || abandon_) return outcome;
    }
  });
}

// REQUIRES: it is the one after sent_, so the one that drains.
ChunkSize ChunkPipeline::SizeOf(const Chunk& chunk) const {
  const std::uint64_t rejected = chunk.after.rejected - sent_.rejected;
  return {chunk.number.value, chunk.rows - rejected, rejected, chunk.bytes};
}

ProgressRecord ChunkPipeline::RecordOf(const Chunk& chunk) const {
  ProgressRecord record = sent_;
  record.chunk = chunk.number;
  record.complete = false;
  chunk.after.PutInto(record);
  for (const auto& [index, file] : chunk.ended) record.inputs[index] = file;
  PartitionProgress& dead_letters = record.dead_letters;
  const AcknowledgedRange dead = chunk.producer->acknowledged_dead_letters();
  if (dead.first != kNoOffset) {
    if (dead_letters.first == kNoOffset) dead_letters.first = dead.first;
    dead_letters.end = dead.end;
  }
  const std::vector<AcknowledgedRange>& acknowledged = chunk.producer->acknowledged();
  for (std::size_t p = 0; p < record.partitions.size(); ++p) {
    PartitionProgress& partition = record.partitions[p];
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

}  // namespace onceload
