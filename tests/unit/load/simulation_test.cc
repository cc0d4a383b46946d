// The real load loop, recovery and ledger over a broker in memory, in virtual time, with seeded
// faults: deaths at every kind of instant, answers lost and late, acknowledgements that come in any
// order that Kafka allows, transactions aborted by the coordinator, a copy of an EndTxn that comes
// into the next transaction, ledgers lost or set back, another loader of the same load that comes
// and goes or takes turns with this one, a power cut, topics that were made again or lost records,
// calls that never work again. Each schedule has its own policy for rows that cannot be loaded and
// its own length of chunks, and half of them read ahead of what is sent. A seed is a schedule.
// ONCELOAD_SIMULATION_SEEDS=N runs seeds 1 to N.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "unit/load/accident.h"
#include "unit/load/fortune.h"
#include "unit/load/standstill.h"
#include "unit/load/two_loaders.h"

namespace onceload {
namespace {

constexpr std::uint64_t kSeeds = 1000;

// In one of so many schedules each process opens the ledger, as real ones do, and the first one
// makes it; the others find it open.
constexpr std::uint64_t kOpening = 32;

// Of the rest, one in so many is of a kind of its own.
constexpr std::uint64_t kManyFiles = 16;

// So many seeds in turn have as many threads: each kind of schedule is played with one and three.
constexpr std::uint64_t kAlike = 32;

// Of the load's own thread.
constexpr std::array kInstants{"after_init",  "after_read", "after_begin_run", "after_claim",
                               "after_begin", "mid_send",   "after_send",      "after_previous"};

// Between two of those: calls, as they begin.
constexpr std::array kCalls{"Init", "Latest", "Look"};

// How many calls two loaders that take turns make in one. The first turns are of such lengths that
// one may come between the Inits of the other, and that one between its claim and its first chunk.
struct Turns {
  std::uint64_t least, most;
};
constexpr std::array kFirstTurns{Turns{1, 8}, Turns{6, 20}, Turns{2, 10}};
constexpr Turns kLaterTurns{1, 40};

// What the threads that play schedules keep, each for itself.
struct Stage {
  std::shared_ptr<const Inputs> inputs = std::make_shared<const Inputs>();
  std::shared_ptr<const Inputs> many = std::make_shared<const Inputs>(Inputs::Shape::kMany);
  KeptLedgers ledgers;
};

class Schedule {
 public:
  Schedule(std::uint64_t seed, bool guarded, Stage& stage)
      : seed_(seed),
        world_(seed % kManyFiles == 7 ? stage.many : stage.inputs),
        fortune_(seed),
        ledger_(world_, fortune_, seed % kOpening == 0 ? nullptr : &stage.ledgers) {
    FakeBroker& broker = world_.broker;
    broker.guarded = guarded;
    if (seed % 2 == 0) broker.waiting_max = seed % 5;
    world_.threads = seed / kAlike % 2 == 0 ? 1 : 3;
    broker.disturb = [this](const std::string& id, const char* call) -> Outcome {
      if (calls_until_denied_ > 0 && --calls_until_denied_ == 0) {
        return {Verdict::kDenied, "a right is withdrawn"};
      }
      return fortune_.Draw(world_.broker, world_.clock, id, call);
    };
    broker.late = [this](const std::string& id, std::size_t) { return fortune_.Late(id); };
    DrawPolicy();
    world_.adjust = [this](LoadSettings& settings) {
      settings.rows.rejects.lines_max = rejects_max_;
      settings.retry_budget = budget_;
      if (!other_option_.empty()) settings.here.blank.options.emplace_back("other", other_option_);
    };
  }

  // What goes wrong; empty: nothing.
  std::string Play() {
    try {
      return PlayAll();
    } catch (const Error& error) {
      return error.Line();
    } catch (const std::exception& error) {
      return error.what();
    }
  }

 private:
  enum class End { kEnded, kDied, kRefused };

  void DrawPolicy() {
    constexpr std::array kPolicies{OnError::kDeadLetter, OnError::kDeadLetter, OnError::kSkip,
                                   OnError::kFail};
    world_.on_error = kPolicies[fortune_.Below(kPolicies.size())];
    // Two loaders cannot write to one file.
    world_.keeps_rejects = !has_rival() && !fortune_.OneIn(4);
    if (fortune_.OneIn(2)) rejects_max_ = fortune_.Below(kBadAfter.size() + 1);
    DrawChunk();
  }

  void DrawChunk() { world_.chunk_rows = 3 + fortune_.Below(7); }

  bool has_rival() const { return seed_ % 4 == 1; }

  std::string PlayAll() {
    const int accident = seed_ % 8 == 3 ? static_cast<int>(1 + fortune_.Below(3)) : kProcessesMax;
    const int rival = has_rival() ? static_cast<int>(fortune_.Below(3)) : kProcessesMax;
    const int standstill = seed_ % 8 == 6 ? static_cast<int>(fortune_.Below(3)) : kProcessesMax;
    if (seed_ % 8 == 4) PlayStartWithOtherOptions();
    for (int process = 0; process < kProcessesMax; ++process) {
      ledger_.Draw(process);
      if (fortune_.OneIn(4)) DrawChunk();
      const std::size_t restarts = world_.told.Of<Restarted>().size();
      const bool open_before = world_.broker.AnyOpen();
      if (process == accident) return Accident(world_, fortune_, ledger_.Chunk()).Play();
      if (process == standstill) {
        if (std::string wrong = PlayStandstill(); !wrong.empty()) return wrong;
        break;
      }
      const std::string load_id = world_.broker.Latest() ? "" : ledger_.LoadId();
      const End end = process == rival ? RunWithRival() : RunAlone();
      const auto latest = world_.broker.Latest();
      if (!load_id.empty() && latest && !has_rival() && latest->load_id != load_id) {
        return "a load that had begun has another id";
      }
      // The load's thread may see a dead broker before it sees that the process is dead.
      if (end == End::kDied) ++excuses_;
      // What a session before the run's last one left is ended by Init, or else by its time-out.
      const bool first = !open_before && world_.told.Of<Restarted>().size() == restarts;
      if (end != End::kDied && first && !has_rival() && world_.broker.AnyOpen()) {
        return "a run has ended, and left a transaction open";
      }
      if (std::string damage = Damage(); !damage.empty()) {
        return damage + " after process " + std::to_string(process);
      }
      if (end == End::kEnded) break;
      if (fortune_.OneIn(4)) CutPower(world_.rejects_path, world_.directory.path());
    }
    return PlayLast();
  }

  // The run before the first one had other options, and died before Kafka knew of it.
  void PlayStartWithOtherOptions() {
    other_option_ = "other";
    auto disturb = std::exchange(world_.broker.disturb, nullptr);
    world_.Run("after_begin_run:1");
    world_.broker.disturb = std::move(disturb);
    other_option_.clear();
  }

  std::string PlayStandstill() {
    Standstill standstill(world_, fortune_);
    budget_ = standstill.budget();
    std::string wrong = standstill.Play();
    budget_ = kNoBudget;
    return wrong;
  }

  std::string DrawDeath() {
    static const std::vector<std::string> names = Names();
    const std::string point = names[fortune_.Below(names.size())];
    const std::string passage = std::to_string(1 + fortune_.Below(5));
    return fortune_.OneIn(4) ? "" : point + ":" + passage;
  }

  // Nothing goes wrong any more; then more files come, and one of them grows.
  std::string PlayLast() {
    world_.broker.disturb = nullptr;
    world_.broker.fates.clear();
    for (int round = 0; round < 3; ++round) {
      while (RunOnce("") == End::kRefused) {
      }
      if (std::string damage = world_.Damage(/*complete=*/true); !damage.empty()) return damage;
      if (seed_ % 4 != 2 || round == 2) break;
      round == 0 ? world_.AddFile() : world_.Grow(200);
    }
    world_.broker.DeliverGhosts();
    if (std::string damage = world_.Damage(/*complete=*/true); !damage.empty()) return damage;
    return ledger_.Damage(*world_.broker.Latest(), /*alone=*/!has_rival());
  }

  End RunAlone() {
    if (fortune_.OneIn(8)) return RunStopped();
    if (fortune_.OneIn(8)) calls_until_denied_ = static_cast<int>(1 + fortune_.Below(40));
    const End end = RunOnce(DrawDeath());
    calls_until_denied_ = 0;
    return end;
  }

  // A process that may stop before a row, or be refused a call; then somebody allows more of them.
  End RunOnce(const std::string& death) {
    const bool may_be_denied = calls_until_denied_ > 0;
    try {
      return world_.Run(death) ? End::kEnded : End::kDied;
    } catch (const Error& error) {
      const bool denied = may_be_denied && calls_until_denied_ == 0;
      if (denied && error.code() == ExitCode::kUsage) return End::kRefused;
      if (error.code() != ExitCode::kInput) throw;
    }
    return Relent();
  }

  // A signal comes.
  End RunStopped() {
    const std::string instant = kInstants[fortune_.Below(kInstants.size())];
    Failpoints stop(instant + ":" + std::to_string(1 + fortune_.Below(3)),
                    [this] { world_.stop = true; });
    End end = End::kEnded;
    try {
      static_cast<void>(world_.RunWith(stop));
      const auto latest = world_.broker.Latest();
      if (world_.report.stopped) {
        end = End::kRefused;
        if (latest && latest->complete) world_.wrong = "sealed, though it was stopped";
      }
    } catch (const Error& error) {
      if (error.code() != ExitCode::kInput && error.code() != ExitCode::kStopped) throw;
      end = error.code() == ExitCode::kInput ? Relent() : End::kRefused;
    }
    world_.stop = false;
    return end;
  }

  End Relent() {
    const auto latest = world_.broker.Latest();
    const std::uint64_t accounted = latest ? latest->input_rows() : 0;
    const bool fails = world_.on_error == OnError::kFail;
    if (in_turns_) {
      // The other one may have committed more since.
    } else if (accounted >= world_.rows.size() || !world_.rows[accounted].bad) {
      world_.wrong = "it stopped elsewhere than before a row that cannot be loaded";
    } else if (latest && !fails && latest->rejected != rejects_max_) {
      world_.wrong = "it stopped with " + std::to_string(latest->rejected) + " of " +
                     std::to_string(rejects_max_) + " rejected";
    }
    if (fails) world_.on_error = OnError::kSkip;
    rejects_max_ = ~std::uint64_t{0};
    return End::kRefused;
  }

  // Another loader comes: at a moment of this one's, as far as it gets, or taking turns with it.
  End RunWithRival() {
    if (fortune_.OneIn(2)) return RunInTurns();
    const std::size_t drawn = fortune_.Below(kInstants.size() + kCalls.size());
    const bool at_call = drawn >= kInstants.size();
    const std::string moment = at_call ? kCalls[drawn - kInstants.size()] : kInstants[drawn];
    std::uint64_t passage = 1 + fortune_.Below(3);
    const std::string death = DrawDeath();
    std::size_t asked = 0;
    const auto meet = [&] {
      Failpoints failpoints =
          death.empty() ? Failpoints() : Failpoints(death, [] { throw SimulatedCrash{}; });
      PlayRival(failpoints, /*shares_ledger=*/false);
      asked = world_.broker.asked.size();
    };
    if (at_call) {
      world_.broker.moment = [&](std::string_view call) {
        if (call != moment || passage == 0 || --passage > 0) return;
        meet();
      };
    }
    Failpoints meeting(at_call ? "never:1" : moment + ":" + std::to_string(passage), meet);
    const End end = RunMeeting(meeting);
    world_.broker.moment = nullptr;
    if (held_ && !at_call && moment != "after_init" && InitsAfter(asked) > 0) {
      world_.wrong = "it fenced a loader that had claimed, and then left the load to it";
    }
    return end;
  }

  std::size_t InitsAfter(std::size_t asked) const {
    const std::vector<std::string>& all = world_.broker.asked;
    return static_cast<std::size_t>(
        std::count_if(all.begin() + static_cast<std::ptrdiff_t>(asked), all.end(),
                      [](const std::string& each) { return each.starts_with("Init"); }));
  }

  // The other loader, from its begin to its end.
  void PlayRival(Failpoints& failpoints, bool shares_ledger) {
    ++excuses_;
    world_.broker.AwaitTurn("rival");  // a commit that is under way looks through this world
    World rival(world_.inputs, world_.brokers(), "rival-");
    rival.on_error = world_.on_error;
    rival.keeps_rejects = false;
    rival.chunk_rows = world_.chunk_rows;
    rival.adjust = world_.adjust;
    if (shares_ledger) rival.kept_ledger = world_.kept_ledger;
    try {
      rival.RunBeside(failpoints);
    } catch (const Error& error) {
      const ExitCode code = error.code();
      const bool refused = shares_ledger && code == ExitCode::kDisagreement;
      if (code != ExitCode::kInput && code != ExitCode::kHeld && !refused) {
        rival.wrong = error.Line();
      }
    }
    if (!rival.wrong.empty()) world_.wrong = "rival: " + rival.wrong;
  }

  // Each goes on for some calls while the other one stands still, until one of them has ended.
  End RunInTurns() {
    Failpoints none;
    // The lock of a state file does not hold on every file system. Then one may find in the ledger
    // what it has not seen in Kafka yet, and has to refuse.
    shares_ledger_ = fortune_.OneIn(2);
    SecondLoader rival([&] { PlayRival(none, shares_ledger_); });
    std::size_t turns = 0;
    std::uint64_t left = 0;
    const auto draw = [&] {
      const Turns turn = turns < kFirstTurns.size() ? kFirstTurns[turns] : kLaterTurns;
      ++turns;
      left = turn.least + fortune_.Below(turn.most - turn.least + 1);
    };
    draw();
    world_.broker.moment = [&](std::string_view) {
      if (rival.ended() || --left > 0) return;
      world_.broker.AwaitTurn("the other");
      ++excuses_;
      draw();
      rival.runs_now() ? rival.Pause() : rival.Resume();
    };
    in_turns_ = true;
    End end = End::kDied;
    try {
      end = RunMeeting(none);
    } catch (const std::exception& error) {
      world_.wrong = error.what();
    }
    world_.broker.moment = nullptr;
    rival.Finish();
    in_turns_ = shares_ledger_ = false;
    return end;
  }

  End RunMeeting(Failpoints& failpoints) {
    held_ = false;
    try {
      return world_.RunWith(failpoints) ? End::kEnded : End::kDied;
    } catch (const Error& error) {
      if (error.code() == ExitCode::kInput) return Relent();
      if (shares_ledger_ && error.code() == ExitCode::kDisagreement) return End::kDied;
      if (error.code() != ExitCode::kHeld) throw;
      held_ = true;
      if (shares_ledger_) return End::kDied;  // it may be the ledger that the other one has claimed
      if (!world_.broker.Latest() || world_.broker.Latest()->run_id == world_.run_id()) {
        world_.wrong = "left to a loader that has not claimed";
      }
      return End::kDied;
    }
  }

  std::string Damage() const {
    if (world_.broker.guarded && world_.broker.used_in_doubt > 0) {
      return "a producer was used whose last commit may still be under way";
    }
    if (!has_rival() && !world_.told.Of<ClaimAwaited>().empty()) {
      return "it waited for a claim, and there is nobody else";
    }
    const auto restarts = world_.told.Of<Restarted>();
    if (static_cast<int>(restarts.size()) > fortune_.faults() + excuses_) {
      std::string whys;
      for (const Restarted& restart : restarts) whys += "; " + restart.cause;
      return "a restart without a reason" + whys;
    }
    return world_.Damage(/*complete=*/false);
  }

  const std::uint64_t seed_;
  World world_;
  Fortune fortune_;
  LedgerOfSchedule ledger_;
  std::uint64_t rejects_max_ = ~std::uint64_t{0};
  static constexpr Duration kNoBudget{1'000'000'000};
  Duration budget_ = kNoBudget;
  std::string other_option_;    // that a run has; empty: none
  int excuses_ = 0;             // for a restart, the faults apart
  int calls_until_denied_ = 0;  // of producers; 0: none is
  bool held_ = false;           // the last run found that another loader has the load
  bool in_turns_ = false;       // another loader is not at its end
  bool shares_ledger_ = false;  // with it
};

std::string Simulate(std::uint64_t seed, bool guarded, Stage& stage) {
  return Schedule(seed, guarded, stage).Play();
}

std::uint64_t Seeds() {
  const char* text = std::getenv("ONCELOAD_SIMULATION_SEEDS");
  return text == nullptr ? kSeeds : std::strtoull(text, nullptr, 10);
}

class SimulationTest : public testing::Test {
 protected:
  // SQLite counts its memory under one lock for all connections: with it, two threads play no more
  // schedules than one. REQUIRES: no connection is open.
  static void SetUpTestSuite() {
    ASSERT_EQ(sqlite3_shutdown(), SQLITE_OK);
    ASSERT_EQ(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), SQLITE_OK);
  }
};

// Plays seeds 1 to `last`, a thread for each processor: a seed knows nothing of the others. The
// first seeds that fail, and what goes wrong in them.
std::map<std::uint64_t, std::string> FailuresUpTo(std::uint64_t last) {
  constexpr int kEnough = 5;
  std::map<std::uint64_t, std::string> failures;
  std::mutex mutex;
  std::atomic<int> failed{0};
  std::atomic<std::uint64_t> played{0};
  const auto play = [&] {
    Stage stage;
    for (std::uint64_t seed = ++played; seed <= last && failed < kEnough; seed = ++played) {
      const std::string wrong = Simulate(seed, /*guarded=*/true, stage);
      if (wrong.empty()) continue;
      ++failed;
      const std::lock_guard lock(mutex);
      failures[seed] = wrong;
    }
  };
  std::vector<std::jthread> threads(std::max(1U, std::thread::hardware_concurrency()));
  for (std::jthread& thread : threads) thread = std::jthread(play);
  for (std::jthread& thread : threads) thread.join();
  return failures;
}

TEST_F(SimulationTest, NoScheduleLosesOrDoublesARow) {
  for (const auto& [seed, wrong] : FailuresUpTo(Seeds())) {
    ADD_FAILURE() << "seed " << seed << ": " << wrong;
  }
}

TEST_F(SimulationTest, SeedIsASchedule) {
  Stage stage;
  for (const std::uint64_t seed : {3U, 4U, 5U}) {
    const std::string first = Simulate(seed, /*guarded=*/false, stage);
    EXPECT_EQ(Simulate(seed, /*guarded=*/false, stage), first) << "seed " << seed;
  }
}

// The schedules are rough enough: without the guard against a late EndTxn some of them do damage.
TEST_F(SimulationTest, WithoutTheGuardRowsAreLostOrDoubled) {
  Stage stage;
  std::uint64_t seed = 1;
  while (seed <= kSeeds && Simulate(seed, /*guarded=*/false, stage).empty()) ++seed;
  EXPECT_LE(seed, kSeeds);
  std::cout << "without the guard seed " << seed << " does damage\n";
}

}  // namespace
}  // namespace onceload
