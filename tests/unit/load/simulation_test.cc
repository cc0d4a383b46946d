// The real load loop, recovery and ledger over a broker in memory, in virtual time, with seeded
// faults: deaths at every kind of instant, answers lost and late, acknowledgements that come in any
// order that Kafka allows, transactions aborted by the coordinator, a copy of an EndTxn that comes
// into the next transaction, ledgers lost or set back, another loader of the same load, a power
// cut, a topic that was made again. Each schedule has its own policy for rows that cannot be
// loaded, and half of them read ahead of what is sent. A seed is a schedule.
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

#include "unit/load/fortune.h"

namespace onceload {
namespace {

constexpr std::uint64_t kSeeds = 1000;

// In one of so many schedules each process opens the ledger, as real ones do, and the first one
// makes it; the others find it open.
constexpr std::uint64_t kOpening = 32;

// Of the rest, one in so many is of a kind of its own.
constexpr std::uint64_t kManyFiles = 32;

// So many seeds in turn have as many threads: each kind of schedule is played with one and three.
constexpr std::uint64_t kAlike = 32;

// Of the load's own thread.
constexpr std::array kInstants{"after_init",  "after_read", "after_begin_run", "after_claim",
                               "after_begin", "mid_send",   "after_send",      "after_previous"};

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
      return fortune_.Draw(world_.broker, id, call);
    };
    broker.late = [this](const std::string& id, std::size_t) { return fortune_.Late(id); };
    DrawPolicy();
    world_.adjust = [this](LoadSettings& settings) {
      settings.rows.rejects.lines_max = rejects_max_;
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
  }

  bool has_rival() const { return seed_ % 4 == 1; }

  std::string PlayAll() {
    const int accident = seed_ % 8 == 3 ? static_cast<int>(1 + fortune_.Below(3)) : kProcessesMax;
    const int rival = has_rival() ? static_cast<int>(fortune_.Below(3)) : kProcessesMax;
    for (int process = 0; process < kProcessesMax; ++process) {
      ledger_.Draw(process);
      const std::size_t restarts = world_.told.Of<Restarted>().size();
      const bool open_before = world_.broker.AnyOpen();
      if (process == accident) return PlayAccident();
      const End end = process == rival ? RunWithRival() : RunAlone();
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
    return world_.Damage(/*complete=*/true);
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
    if (accounted >= world_.rows.size() || !world_.rows[accounted].bad) {
      world_.wrong = "it stopped elsewhere than before a row that cannot be loaded";
    } else if (latest && !fails && latest->rejected != rejects_max_) {
      world_.wrong = "it stopped with " + std::to_string(latest->rejected) + " of " +
                     std::to_string(rejects_max_) + " rejected";
    }
    if (fails) world_.on_error = OnError::kSkip;
    rejects_max_ = ~std::uint64_t{0};
    return End::kRefused;
  }

  // Another loader comes, at an instant of this one's load thread, as far as it gets.
  End RunWithRival() {
    const std::string instant = kInstants[fortune_.Below(kInstants.size())];
    const std::string death = DrawDeath();
    World rival(world_.inputs, world_.brokers(), "rival-");
    rival.on_error = world_.on_error;
    rival.keeps_rejects = false;
    rival.adjust = world_.adjust;
    Failpoints meeting(instant + ":" + std::to_string(1 + fortune_.Below(3)), [&] {
      ++excuses_;
      world_.broker.AwaitTurn("rival");  // a commit that is under way looks through this world
      Failpoints failpoints =
          death.empty() ? Failpoints() : Failpoints(death, [] { throw SimulatedCrash{}; });
      try {
        rival.RunBeside(failpoints);
      } catch (const Error& error) {
        if (error.code() != ExitCode::kInput) throw;
      }
      if (!rival.wrong.empty()) world_.wrong = "rival: " + rival.wrong;
    });
    try {
      return world_.RunWith(meeting) ? End::kEnded : End::kDied;
    } catch (const Error& error) {
      if (error.code() == ExitCode::kInput) return Relent();
      if (error.code() != ExitCode::kHeld) throw;
      if (!world_.broker.Latest() || world_.broker.Latest()->run_id == world_.run_id()) {
        world_.wrong = "left to a loader that has not claimed";
      }
      return End::kDied;
    }
  }

  // The topic is made again, or Kafka loses what it had committed last.
  std::string PlayAccident() {
    FakeBroker& broker = world_.broker;
    const std::uint64_t known = ledger_.Chunk();
    const auto before = broker.Latest();
    bool refuses = false;
    if (fortune_.OneIn(2)) {
      const bool has_ids = fortune_.OneIn(2);
      broker.Recreate(has_ids ? "another-id" : broker.topic_id);
      refuses = before && (has_ids || before->rows() > 0);
    } else {
      broker.LoseNewest();
      const auto left = broker.Latest();
      refuses = known > (left ? left->chunk.value : 0);
    }
    if (!refuses) return "";  // nobody could know
    const auto held = broker.Latest();
    try {
      world_.Run("");
    } catch (const Error& error) {
      if (error.code() != ExitCode::kDisagreement) throw;
      if (broker.AnyOpen()) return "a refusal left a transaction open";
      const auto after = broker.Latest();
      return after == held ? "" : "something was committed before the refusal";
    }
    return "what Kafka has lost is not refused";
  }

  std::string Damage() const {
    if (world_.broker.guarded && world_.broker.used_in_doubt > 0) {
      return "a producer was used whose last commit may still be under way";
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
  int excuses_ = 0;             // for a restart, the faults apart
  int calls_until_denied_ = 0;  // of producers; 0: none is
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
