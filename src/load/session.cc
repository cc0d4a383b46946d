#include "load/session.h"

#include <future>

#include "onceload/core/error.h"

namespace onceload {
namespace {

// One call of librdkafka at most; between two, signals and the budget are looked at.
constexpr Duration kSlice{1'000};

// A partition held back for this long is told to the user as a wait.
constexpr Duration kProgressSlice{5'000};

constexpr Duration kAbortWait{2'000};

}  // namespace

std::string TransactionalId(const std::string& load_name, int turn) {
  return "onceload-" + load_name + (turn == 0 ? "-a" : "-b");
}

Outcome CommitInDoubt(const std::string& what) {
  return {Verdict::kFatal, "the commit of " + what +
                               " was asked for more than once; new producers keep a late copy of "
                               "the request from ending a later transaction"};
}

Session::Session(const LoadParts& parts, const LoadSettings& settings, Patience& patience,
                 SessionMemory& memory)
    : parts_(parts), settings_(settings), patience_(patience), memory_(memory) {}

Outcome Session::Open() {
  const std::string& name = settings_.here.blank.load_name;
  Here here = settings_.here;
  Outcome outcome = InitBoth();
  if (!outcome.done()) return outcome;
  parts_.context.failpoints.Hit("after_init");
  std::optional<ProgressRecord> latest;
  outcome = patience_.Until("the progress record", [&] {
    return parts_.progress_log.Latest(name, kProgressSlice, latest);
  });
  if (!outcome.done()) return outcome;
  parts_.context.failpoints.Hit("after_read");
  memory_.known_run = latest ? latest->run_id : std::string();
  // After the record was read: ends looked at before could be older than what the record, of a run
  // that was still writing, says of them.
  outcome = patience_.Until("the cluster's metadata",
                            [&] { return parts_.surroundings.Look(kSlice, here); });
  if (!outcome.done()) return outcome;
  recovered_ = Recover(here, latest, parts_.file, parts_.store, parts_.context);
  return {};
}

// Side by side: librdkafka takes half a second for each, most of it waiting.
Outcome Session::InitBoth() {
  std::array<Outcome, 2> outcomes;
  outcomes.fill({Verdict::kPending, {}});
  for (std::size_t turn = 0; turn < producers_.size(); ++turn) {
    producers_[turn] = parts_.producers.Make(
        TransactionalId(settings_.here.blank.load_name, static_cast<int>(turn)));
  }
  const auto init = [this, &outcomes](std::size_t turn) {
    if (!outcomes[turn].done()) outcomes[turn] = producers_[turn]->Init(kSlice);
  };
  return patience_.Until("the transaction coordinator", [&] {
    std::future<void> second = std::async(std::launch::async, init, 1);
    init(0);
    second.get();
    // What will never come counts before what has not come yet.
    const bool first_tells = outcomes[0].verdict > Verdict::kPending || outcomes[1].done();
    return first_tells ? outcomes[0] : outcomes[1];
  });
}

Outcome Session::CommitRecord(const ProgressRecord& record, const std::string& what) {
  TransactionalProducer& producer = turn(ChunkNumber{0});
  Outcome outcome = producer.Begin();
  if (!outcome.done()) return outcome;
  Opened(ChunkNumber{0});
  outcome = producer.Mark(record);
  if (!outcome.done()) return outcome;
  outcome = patience_.Until(what, [&] { return producer.Commit(kSlice); });
  if (!outcome.done()) return outcome;
  Ended(ChunkNumber{0});
  memory_.known_run = record.run_id;
  return producer.commit_in_doubt() ? CommitInDoubt(what) : Outcome{};
}

void Session::Opened(ChunkNumber chunk) {
  opened_at_[chunk.value % 2] = parts_.context.clock.Now();
}

void Session::Ended(ChunkNumber chunk) { opened_at_[chunk.value % 2].reset(); }

bool Session::MayHaveTimedOut() const {
  const Duration now = parts_.context.clock.Now();
  for (const std::optional<Duration>& opened : opened_at_) {
    if (opened && now - *opened >= settings_.transaction_timeout) return true;
  }
  return false;
}

void Session::Abort(ChunkNumber chunk) noexcept {
  const std::size_t turn = chunk.value % 2;
  if (!producers_[turn] || !opened_at_[turn]) return;
  try {
    static_cast<void>(producers_[turn]->Abort(kAbortWait));
  } catch (...) {
    // Then the transaction times out, or the next run's Init aborts it.
  }
}

void ThrowIfTakenOver(const LoadParts& parts, const LoadSettings& settings, Patience& patience,
                      SessionMemory& memory, Duration watch) {
  constexpr Duration kPause{200};
  const std::string& name = settings.here.blank.load_name;
  const Duration until = parts.context.clock.Now() + watch;
  for (;;) {
    std::optional<ProgressRecord> latest;
    const Outcome outcome = patience.Until("the progress record", [&] {
      return parts.progress_log.Latest(name, kProgressSlice, latest);
    });
    const std::string run = latest ? latest->run_id : std::string();
    if (!memory.known_run) memory.known_run = run;
    // A claim of ours whose answer was lost is ours all the same.
    const bool ours = run == settings.here.blank.run_id;
    if (outcome.done() && !ours && run != *memory.known_run) {
      throw Error(ExitCode::kHeld, "another loader has taken over this load",
                  "load " + name + ", held by " + latest->writer,
                  "let that one finish; nothing was lost or doubled");
    }
    if (parts.context.clock.Now() >= until) return;
    parts.context.clock.Sleep(kPause);
  }
}

}  // namespace onceload
