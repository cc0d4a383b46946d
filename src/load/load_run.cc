#include "onceload/load/load_run.h"

#include <algorithm>
#include <utility>

#include "load/chunk_pipeline.h"
#include "load/session.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

// Between two sessions, so that a fault that comes back at once does not spin.
constexpr Duration kRestartPauseMin{100};
constexpr Duration kRestartPauseMax{2'000};

// A loader that fences us claims the load next: after its Init of the other id (which may have to
// wait for our open transaction, 0.5 s a round) and recovery.
constexpr Duration kClaimWatch{10'000};

// How often a feed is asked; it looks itself when it is time to.
constexpr Duration kFeedSlice{100};

// Why no further row was read.
struct ChunksEnd {
  bool input_ended = false;
  std::optional<Error> failure;
};

bool AllEnded(const ProgressRecord& at) {
  return std::all_of(at.inputs.begin(), at.inputs.end(),
                     [](const InputFile& input) { return input.end.has_value(); });
}

// The input that is read at `at`, or the next one that will be; |inputs|: all have ended.
std::size_t CurrentInput(const ProgressRecord& at) {
  std::size_t file = at.position.file;
  while (file < at.inputs.size() && at.inputs[file].end) ++file;
  return file;
}

// A row of an input that has not ended is loaded.
bool InputOpen(const ProgressRecord& at) {
  const std::size_t file = CurrentInput(at);
  return file < at.inputs.size() && file == at.position.file &&
         at.position.row.value > at.inputs[file].rows_before();
}

class LoadRunner {
 public:
  LoadRunner(const LoadParts& parts, const LoadSettings& settings)
      : parts_(parts),
        settings_(settings),
        patience_(settings.retry_budget, parts.context, parts.events) {}

  LoadReport Run();

 private:
  LoadReport RunSessions();
  void TellBegun(const Recovered& recovered);
  void TellEnd(ExitCode code);
  bool RunSession();
  Outcome RunIn(Session& session);
  Outcome RunToEnd(Session& session);
  Outcome RunFeed(Session& session);
  Outcome RunChunks(Session& session, FileRange fresh, ChunksEnd& end);
  Outcome EndFailed(Session& session, const Error& error);
  bool AwaitInputs(FileRange& fresh);
  Outcome Seal(Session& session);
  void Restart(const Outcome& outcome);
  Outcome LearnRefused(const ChunkPipeline& pipeline, Outcome outcome);
  bool FindsNothingToSend(Session& session) const;
  bool NothingLeft(const ProgressRecord& at) const;

  const LoadParts& parts_;
  const LoadSettings& settings_;
  Patience patience_;
  SessionMemory memory_;
  LoadReport report_;
  Duration begun_{0};
  std::uint64_t sessions_ = 0;
  bool fence_may_be_timeout_ = false;
  Duration pause_ = kRestartPauseMin;
};

LoadReport LoadRunner::Run() {
  begun_ = parts_.context.clock.Now();
  try {
    LoadReport report = RunSessions();
    // A load without end that was stopped has done what was asked.
    const bool clean = report.at.rejected == 0 || parts_.feed != nullptr;
    const ExitCode code = clean ? ExitCode::kDone : ExitCode::kDifferences;
    TellEnd(report.stopped ? ExitCode::kStopped : code);
    return report;
  } catch (const Error& error) {
    TellEnd(error.code());
    throw;
  }
}

void LoadRunner::TellEnd(ExitCode code) {
  const ProgressRecord& at = report_.at;
  parts_.events.On(RunEnded{code, at.complete, at.rows(), at.rows() - report_.begin_rows,
                            at.rejected, at.chunk.value, report_.restarts,
                            parts_.context.clock.Now() - begun_});
}

LoadReport LoadRunner::RunSessions() {
  while (!RunSession()) continue;
  report_.elapsed = parts_.context.clock.Now() - begun_;
  return report_;
}

// Destroying the producers, making new ones and recovering is the one way on from every error that
// is neither a matter of patience nor another loader's fence. Throws if there is no way on.
void LoadRunner::Restart(const Outcome& outcome) {
  if (outcome.hopeless()) {
    throw Error(RefusalOf(outcome, "load " + settings_.here.blank.load_name + ", topic " +
                                       settings_.here.blank.topic));
  }
  // A firewall that has forgotten one connection has forgotten all: each would be waited for in its
  // turn. Not for refused rows, which are found by many a restart.
  if (outcome.verdict != Verdict::kRefused) {
    parts_.progress_log.Renew();
    parts_.surroundings.Renew();
  }
  const bool fenced = outcome.verdict == Verdict::kFenced;
  ThrowIfTakenOver(parts_, settings_, patience_, memory_,
                   fenced && !fence_may_be_timeout_ ? kClaimWatch : Duration{0});
  ++report_.restarts;
  parts_.events.On(Restarted{outcome.detail, report_.restarts});
  patience_.Waiting("a transaction that holds", outcome.detail);
  parts_.context.clock.Sleep(pause_);
  pause_ = std::min(2 * pause_, kRestartPauseMax);
}

// The chunk is loaded again, without the rows that were refused, or in smaller requests to find
// them. Each round finds some: no wait, so nothing that the budget is for.
Outcome LoadRunner::LearnRefused(const ChunkPipeline& pipeline, Outcome outcome) {
  if (memory_.Learn(pipeline.refused(), RowNumber{pipeline.committed().input_rows()})) {
    patience_.Progressed();
  } else {
    outcome.verdict = Verdict::kDenied;
  }
  return outcome;
}

// False: another one has to follow. While that is found out the session is still there: if there is
// no way on, what it has left open is aborted.
bool LoadRunner::RunSession() {
  Session session(parts_, settings_, patience_, memory_);
  try {
    const Outcome outcome = RunIn(session);
    if (outcome.done()) return true;
    fence_may_be_timeout_ = session.MayHaveTimedOut();
    Restart(outcome);
    return false;
  } catch (...) {
    session.AbortOpen();
    throw;
  }
}

Outcome LoadRunner::RunIn(Session& session) {
  Outcome outcome;
  if (!FindsNothingToSend(session)) outcome = session.Open();
  if (!outcome.done()) return outcome;
  ProgressRecord at = session.recovered().at;
  for (const MatchRemark& remark : session.recovered().remarks) {
    parts_.events.On(
        FileRecognized{remark.path, remark.known_as, std::string(NameOf(remark.as)), remark.text});
  }
  if (sessions_++ == 0) {
    report_.known_elsewhere = session.recovered().known_elsewhere;
    report_.decision = session.recovered().decision;
    report_.begin_rows = at.rows();
    TellBegun(session.recovered());
  }
  report_.at = at;
  if (settings_.chunk.atomic && at.chunk.value > 0 && !AllEnded(at)) {
    throw Error(ExitCode::kUsage,
                "--atomic comes too late: " + std::to_string(at.rows()) +
                    " rows of this load are visible already",
                "load " + at.load_name, "leave it out, or give the load another --name");
  }
  if (parts_.feed == nullptr && NothingLeft(at)) {
    report_.was_complete = sessions_ == 1;
    // Else the next run would have to compare the files' texts again.
    if (session.recovered().inputs_moved) {
      outcome = session.CommitRecord(at, "the files' new names");
      if (!outcome.done()) return outcome;
    }
    parts_.store.Complete(at, parts_.context.clock.WallClock().count());
    return {};
  }
  at.complete = false;
  outcome = session.CommitRecord(at, "the claim of the load");
  if (outcome.done()) outcome = session.ConfirmFirst();
  if (!outcome.done()) return outcome;
  parts_.context.failpoints.Hit("after_claim");
  // Not Progressed(): a claim is no chunk. Where each one works and no row does, the budget
  // would never end.
  patience_.Alive();
  report_.at = std::move(at);
  return parts_.feed == nullptr ? RunToEnd(session) : RunFeed(session);
}

// Of most loads that are run again from a schedule, and in a third of the time that producers take.
bool LoadRunner::FindsNothingToSend(Session& session) const {
  if (sessions_ > 0 || parts_.feed != nullptr || !session.FindComplete()) return false;
  const Recovered& recovered = session.recovered();
  return NothingLeft(recovered.at) && !recovered.inputs_moved;
}

void LoadRunner::TellBegun(const Recovered& recovered) {
  const ProgressRecord& at = recovered.at;
  parts_.events.On(RunBegun{at.load_id, at.run_id, at.topic, at.partitions.size(),
                            at.finished.count + at.inputs.size(),
                            std::string(NameOf(recovered.decision)), CommittedAt(at)});
}

bool LoadRunner::NothingLeft(const ProgressRecord& at) const { return at.complete && AllEnded(at); }

// Loads report_.at's inputs, as far as they can be read, and sets report_.at.
Outcome LoadRunner::RunChunks(Session& session, FileRange fresh, ChunksEnd& end) {
  RowSourceOptions rows = settings_.rows;
  rows.columns = ColumnsOf(report_.at);
  rows.clock = &parts_.context.clock;
  rows.refused = memory_.refused;
  ChunkPipeline pipeline(parts_, settings_, rows, patience_, session, report_.at, fresh);
  Outcome outcome;
  const Duration begun = parts_.context.clock.Now();
  try {
    outcome = pipeline.Run();
  } catch (...) {
    report_.at = pipeline.committed();
    throw;
  }
  report_.loading += parts_.context.clock.Now() - begun;
  if (outcome.verdict == Verdict::kRefused) outcome = LearnRefused(pipeline, std::move(outcome));
  if (pipeline.committed().chunk > report_.at.chunk) pause_ = kRestartPauseMin;
  report_.at = pipeline.committed();
  end.input_ended = pipeline.input_ended();
  end.failure = pipeline.failure();
  return outcome;
}

Outcome LoadRunner::RunToEnd(Session& session) {
  ChunksEnd end;
  Outcome outcome = RunChunks(session, {}, end);
  if (!outcome.done()) return outcome;
  if (end.failure) throw Error(*end.failure);
  report_.stopped = !end.input_ended;
  return report_.stopped ? Outcome{} : Seal(session);
}

// The load is complete, as far as its inputs go.
Outcome LoadRunner::Seal(Session& session) {
  ProgressRecord at = report_.at;
  at.complete = true;
  if (at.input_rows() != at.rows() + at.rejected) {
    throw Error(ExitCode::kBug,
                std::to_string(at.input_rows()) + " rows were read, " + std::to_string(at.rows()) +
                    " loaded and " + std::to_string(at.rejected) + " rejected",
                "load " + at.load_name, "");
  }
  Outcome outcome = session.CommitRecord(at, "the last progress record");
  if (!outcome.done()) return outcome;
  parts_.context.failpoints.Hit("after_seal");
  parts_.store.Complete(at, parts_.context.clock.WallClock().count());
  parts_.context.failpoints.Hit("after_complete");
  report_.at = std::move(at);
  return {};
}

// Round after round over the same producers: what is there is loaded, with chunk upon chunk under
// way; then nothing is open, and files that are loaded may be moved away.
Outcome LoadRunner::RunFeed(Session& session) {
  FileRange fresh;
  do {
    ChunksEnd end;
    Outcome outcome = RunChunks(session, fresh, end);
    if (outcome.done() && end.failure) outcome = EndFailed(session, *end.failure);
    if (!outcome.done()) return outcome;
    parts_.feed->Settle(report_.at);
  } while (AwaitInputs(fresh));
  report_.stopped = InputOpen(report_.at);
  // Without a row there is nothing to be sealed, and chunk 0 is a load that was never begun.
  return AllEnded(report_.at) && report_.at.chunk.value > 0 ? Seal(session) : Outcome{};
}

// The input ends where it cannot be read on. Recorded before anything is done with its file: a load
// that is killed then would miss it.
Outcome LoadRunner::EndFailed(Session& session, const Error& error) {
  ProgressRecord at = report_.at;
  const std::size_t file = CurrentInput(at);
  if (file >= at.inputs.size()) throw Error(error);
  parts_.feed->Fail(at, file, error);
  InputPosition none;
  none.file = static_cast<std::uint32_t>(file);
  at.inputs[file].end =
      file == at.position.file ? at.position : at.inputs[file].begin.value_or(none);
  at.inputs[file].end->file = none.file;
  Outcome outcome = session.CommitRecord(at, "the end of a file that cannot be loaded");
  if (outcome.done()) report_.at = std::move(at);
  return outcome;
}

// False: a signal has come.
bool LoadRunner::AwaitInputs(FileRange& fresh) {
  Clock& clock = parts_.context.clock;
  const Duration begun = clock.Now();
  for (;;) {
    if (parts_.context.stop) return false;
    fresh = parts_.feed->Look(report_.at);
    if (fresh.begin < fresh.end) break;
    clock.Sleep(kFeedSlice);
  }
  patience_.HeldBack(clock.Now() - begun);
  return true;
}

}  // namespace

LoadReport RunLoad(const LoadParts& parts, const LoadSettings& settings) {
  return LoadRunner(parts, settings).Run();
}

}  // namespace onceload
