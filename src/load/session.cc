#include "load/session.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "onceload/core/error.h"

namespace onceload {
namespace {

// One call of librdkafka at most; between two, signals and the budget are looked at.
constexpr Duration kSlice{1'000};

// A partition held back for this long is told to the user as a wait.
constexpr Duration kProgressSlice{5'000};

constexpr Duration kAbortWait{2'000};

// A request of a gigabyte, librdkafka's most, is one of a kilobyte then.
constexpr std::size_t kRequestDivisorMax = std::size_t{1} << 20;

// Long enough for a request to be on its way; the client goes on with it by itself.
constexpr Duration kAsked{1};

// A record of a run that is neither ours nor the one we found when we began is another loader's
// claim. A claim of ours whose answer was lost is ours all the same.
void ThrowIfAnothers(const std::optional<ProgressRecord>& latest, const LoadSettings& settings,
                     const SessionMemory& memory) {
  if (!latest || !memory.known_run) return;  // no record any more: recovery refuses that
  const std::string& run = latest->run_id;
  if (run == *memory.known_run || run == settings.here.blank.run_id) return;
  throw Error(ExitCode::kHeld, "another loader has taken over this load",
              "load " + settings.here.blank.load_name + ", held by " + latest->writer,
              "let that one finish; nothing was lost or doubled");
}

// By their hints alone: to look at texts costs as much as a start, which would then do it again.
bool AllAsTheyWere(const std::vector<InputFile>& given, const std::vector<InputFile>& known) {
  std::unordered_map<std::string_view, const InputFile*> by_path;
  for (const InputFile& file : known) by_path[file.path] = &file;
  return std::all_of(given.begin(), given.end(), [&](const InputFile& file) {
    const auto was = by_path.find(file.path);
    return was != by_path.end() && was->second->end && SameFile(*was->second, file);
  });
}

}  // namespace

std::string TransactionalId(const std::string& id_base, std::size_t turn) {
  return id_base + "-" + std::string(1, static_cast<char>('a' + turn));
}

std::string ClassicIdBase(const std::string& load_name) { return kIdPrefix + load_name; }

std::string FrozenIdBase(const ProgressRecord& load) {
  if (const std::string* value = OptionOf(load.options, kIdOption)) return *value;
  return ClassicIdBase(load.load_name);
}

Outcome CommitInDoubt(const std::string& what) {
  return {Verdict::kFatal, "the commit of " + what +
                               " was asked for more than once; new producers keep a late copy of "
                               "the request from ending a later transaction"};
}

bool SessionMemory::Learn(const RefusedOfTransaction& found, RowNumber committed) {
  bool news = found.narrowing.any();
  for (const RefusedRow& row : found.rows) {
    const auto at = std::lower_bound(
        refused.begin(), refused.end(), row.row,
        [](const RefusedRow& known, RowNumber number) { return known.row < number; });
    if (at != refused.end() && at->row == row.row) continue;
    refused.insert(at, row);
    news = true;
  }
  // Those of another partition stay: they have to be narrowed further when their turn comes again.
  std::erase_if(narrowing.suspects, [&](const SuspectRows& known) {
    const auto again = [&](const SuspectRows& now) { return now.partition == known.partition; };
    return known.last <= committed ||
           std::any_of(found.narrowing.suspects.begin(), found.narrowing.suspects.end(), again);
  });
  narrowing.suspects.insert(narrowing.suspects.end(), found.narrowing.suspects.begin(),
                            found.narrowing.suspects.end());
  narrowing.request_divisor =
      std::min(narrowing.request_divisor * found.narrowing.request_divisor, kRequestDivisorMax);
  return news;
}

Session::Session(const LoadParts& parts, const LoadSettings& settings, Patience& patience,
                 SessionMemory& memory)
    : parts_(parts), settings_(settings), patience_(patience), memory_(memory) {}

// What Kafka says before Init may be of a run that still commits. It is believed only where it is
// what the ledger says, too: then recovery has nothing to carry out.
bool Session::FindComplete() {
  const std::string& name = settings_.here.blank.load_name;
  const std::optional<LedgerState> ledger = parts_.store.Find(name);
  if (!ledger || !ledger->last.complete) return false;
  std::optional<ProgressRecord> latest;
  if (!parts_.progress_log.Latest(name, kSlice, latest).done()) return false;
  const Facts facts = CompareHistories(ledger, latest);
  if (facts.history != History::kEqual || facts.intent != Intent::kNone) return false;
  if (!latest->complete) return false;
  Here here = settings_.here;
  if (!AllAsTheyWere(here.blank.inputs, latest->inputs)) return false;
  if (!parts_.surroundings.Look(kSlice, here).done()) return false;
  recovered_ = Recover(here, latest, parts_.store, parts_.context);
  return true;
}

Outcome Session::Open() {
  const std::string& name = settings_.here.blank.load_name;
  Here here = settings_.here;
  // First of all: until then a commit of an older run may be under way. A progress record read
  // before it would miss that chunk, and its rows would be loaded again.
  Outcome outcome = InitAll();
  if (!outcome.done()) return outcome;
  parts_.context.failpoints.Hit("after_init");
  std::optional<ProgressRecord> latest;
  outcome = patience_.Until("the progress record", [&] {
    return parts_.progress_log.Latest(name, kProgressSlice, latest);
  });
  if (!outcome.done()) return outcome;
  parts_.context.failpoints.Hit("after_read");
  // After Init, so that none can come between this look and our claim unseen.
  ThrowIfAnothers(latest, settings_, memory_);
  memory_.known_run = latest ? latest->run_id : std::string();
  first_ = !latest;
  // After the record was read: ends looked at before could be older than what the record, of a run
  // that was still writing, says of them.
  outcome = patience_.Until("the cluster's metadata",
                            [&] { return parts_.surroundings.Look(kSlice, here); });
  if (!outcome.done()) return outcome;
  if (parts_.feed != nullptr) here.blank.inputs = parts_.feed->Begin(latest);
  recovered_ = Recover(here, latest, parts_.store, parts_.context);
  return {};
}

// One after the other, though side by side would save half a second: two loaders that start at the
// same time could then come to hold some of the ids each, and the one without `a` commits rows that
// the other does not see. In this order whoever takes `a` from a loader that has claimed takes its
// other ids next, and only then reads the progress record; and a loader that lost `a` before it
// claimed cannot claim any more, and without a claim it sends no row. (docs/model.md has the
// schedule.) The others are asked for all at once: each has to wait half a second if it has to
// abort a transaction.
Outcome Session::InitAll() {
  const std::string base =
      settings_.id_base.empty() ? ClassicIdBase(settings_.here.blank.load_name) : settings_.id_base;
  for (std::size_t turn = 0; turn < producers_.size(); ++turn) {
    producers_[turn] = parts_.producers.Make(TransactionalId(base, turn));
    producers_[turn]->Narrow(memory_.narrowing);
  }
  std::array<bool, kTurns> done{};
  const auto init = [&](std::size_t turn, Duration wait) {
    Outcome outcome = done[turn] ? Outcome{} : producers_[turn]->Init(wait);
    done[turn] = outcome.done();
    return outcome;
  };
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    Outcome outcome =
        patience_.Until("the transaction coordinator", [&] { return init(turn, kSlice); });
    if (!outcome.done()) return outcome;
    if (turn > 0) continue;
    for (std::size_t other = 1; other < kTurns; ++other) {
      outcome = init(other, kAsked);
      if (outcome.failed()) return outcome;
    }
  }
  return {};
}

Outcome Session::CommitRecord(const ProgressRecord& record, const std::string& what) {
  TransactionalProducer& producer = turn(ChunkNumber{0});
  Outcome outcome = producer.Begin(nullptr);
  if (!outcome.done()) return outcome;
  Opened(ChunkNumber{0});
  outcome = producer.Mark(record, {0, record.inputs.size()});
  if (!outcome.done()) return outcome;
  outcome = patience_.Until(what, [&] { return producer.Commit(kSlice); });
  if (!outcome.done()) return outcome;
  Ended(ChunkNumber{0});
  return producer.commit_in_doubt() ? CommitInDoubt(what) : Outcome{};
}

// A loader of the same name whose ids begin otherwise is not fenced by ours. Whoever claims last
// sees the other's claim; with a record there before, its frozen ids refuse the other at once.
Outcome Session::ConfirmFirst() {
  if (!first_) return {};
  const ProgressRecord& blank = settings_.here.blank;
  std::vector<ProgressRecord> records;
  Outcome outcome = patience_.Until("the progress record", [&] {
    return parts_.progress_log.All(blank.load_name, InputsWanted::kNone, kProgressSlice, records);
  });
  if (!outcome.done()) return outcome;
  for (const ProgressRecord& record : records) {
    if (record.run_id == blank.run_id) continue;
    throw Error(ExitCode::kHeld, "another loader has begun this load at the same moment",
                "load " + blank.load_name + ", by " + record.writer,
                "let that one go on: run its command again if it has ended");
  }
  first_ = false;
  return {};
}

void Session::Opened(ChunkNumber chunk) {
  opened_at_[chunk.value % kTurns] = parts_.context.clock.Now();
}

void Session::Ended(ChunkNumber chunk) { opened_at_[chunk.value % kTurns].reset(); }

bool Session::MayHaveTimedOut() const {
  const Duration now = parts_.context.clock.Now();
  for (const std::optional<Duration>& opened : opened_at_) {
    if (opened && now - *opened >= settings_.transaction_timeout) return true;
  }
  return false;
}

void Session::AbortOpen() noexcept {
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    if (!opened_at_[turn]) continue;
    try {
      static_cast<void>(producers_[turn]->Abort(kAbortWait));
    } catch (...) {
      // Then the transaction times out, or the next run's Init aborts it.
    }
  }
}

void ThrowIfTakenOver(const LoadParts& parts, const LoadSettings& settings, Patience& patience,
                      SessionMemory& memory, Duration watch) {
  constexpr Duration kPause{200};
  constexpr Duration kQuiet{1'000};
  bool quiet = true;
  const std::string& name = settings.here.blank.load_name;
  const Duration until = parts.context.clock.Now() + watch;
  for (;;) {
    std::optional<ProgressRecord> latest;
    const auto look = [&] { return parts.progress_log.Latest(name, kProgressSlice, latest); };
    // Not fenced, it is most likely our own transaction that hides the record, and whose end nobody
    // has asked for: Init ends it. Another's claim is looked for behind that, too.
    const Outcome outcome =
        watch == Duration{0} ? look() : patience.Until("the progress record", look);
    if (outcome.done()) {
      if (!memory.known_run) memory.known_run = latest ? latest->run_id : std::string();
      ThrowIfAnothers(latest, settings, memory);
    }
    const Duration left = until - parts.context.clock.Now();
    if (left <= Duration{0}) return;
    if (quiet && watch - left >= kQuiet) {
      quiet = false;
      parts.events.On(ClaimAwaited{left});
    }
    parts.context.clock.Sleep(kPause);
  }
}

}  // namespace onceload
