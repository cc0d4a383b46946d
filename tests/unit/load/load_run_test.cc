// The real loop, recovery and ledger over a broker in memory: every instant of the protocol, and
// every second one after it, thousands of deaths in seconds. What real brokers do is for the crash
// tests to show.

#include "onceload/load/load_run.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "fakes/fake_broker.h"
#include "load/rejects_file.h"
#include "onceload/encode/partitioner.h"
#include "onceload/load/commit_protocol.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

constexpr std::int32_t kPartitions = 3;
constexpr int kRows = 23;
constexpr int kRowsOfFirst = 9;
constexpr std::uint64_t kChunkRows = 5;

std::vector<std::string> Names() {
  std::vector<std::string> names;
  const auto add = [&names](const auto& steps) {
    for (const ProtocolStep& step : steps) {
      std::istringstream words{std::string(step.failpoints)};
      for (std::string name; words >> name;) names.push_back(name);
    }
  };
  add(kSteps);
  add(kRunFailpoints);
  return names;
}

// After these rows comes one that cannot be loaded.
constexpr std::array kBadAfter{4, 9, 17, 18};

// Files, a ledger and a broker that outlive the processes that die. The rows are spread over three
// files, of which the last one has no rows; every row that cannot be loaded is a dead letter and a
// line of the file of rejected rows.
class World {
 public:
  World() : broker(kPartitions) {
    std::array<std::ofstream, 3> files;
    for (std::size_t i = 0; i < files.size(); ++i) {
      files[i].open(paths[i], std::ios::binary);
      files[i] << "id,user\n";
    }
    for (int row = 1; row <= kRows; ++row) {
      std::ofstream& file = files[row <= kRowsOfFirst ? 0 : 1];
      file << row << ",u" << row % 4 << "\n";
      if (std::find(kBadAfter.begin(), kBadAfter.end(), row) != kBadAfter.end()) {
        file << "bad,after," << row << "\n";
      }
    }
  }

  // One process. True: it ended well; false: it died at the failpoint.
  bool Run(const std::string& failpoint) {
    Failpoints failpoints = failpoint.empty() ? Failpoints() : Armed(failpoint);
    return RunWith(failpoints);
  }

  bool RunWith(Failpoints& failpoints) {
    broker.crashed = false;
    ++runs;
    try {
      CheckpointStore store(state, CheckpointStore::Mode::kReadWrite, failpoints);
      LoadSettings settings = Settings();
      RunContext context{clock, failpoints, stop};
      FakeProducers producers(broker, failpoints);
      FakeProgressLog log(broker);
      FakeSurroundings surroundings(broker);
      SilentDisplay display;
      report = RunLoad({context, surroundings, display, store, producers, log}, settings);
      return true;
    } catch (const SimulatedCrash&) {
      return false;
    } catch (const Error&) {
      // The commit's thread died, and the load's thread saw a dead broker before it saw that.
      if (!broker.crashed) throw;
      return false;
    }
  }

  Failpoints Armed(const std::string& spec) {
    return Failpoints(spec, [this] {
      broker.crashed = true;
      throw SimulatedCrash{};
    });
  }

  LoadSettings Settings() {
    LoadSettings settings;
    ProgressRecord& blank = settings.here.blank;
    blank.load_name = "load";
    blank.load_id = "id-" + std::to_string(runs);
    blank.run_id = "run-" + std::to_string(runs);
    blank.topic = "topic";
    blank.options = {{"columns", R"(["id","user"])"}};
    blank.dead_letter_topic = "dead";
    for (const std::string& path : paths) blank.inputs.push_back(SourceFile(path).identity());
    settings.rows.rejects.on_error = OnError::kDeadLetter;
    settings.rows.rejects.keep_text = true;
    settings.rejects_path = rejects_path;
    settings.rows.encode.key_columns = {"user"};
    settings.rows.encode.format = MessageFormat::kRaw;
    settings.chunk.rows = kChunkRows;
    settings.chunk.age = chunk_age;
    settings.max_rate = max_rate;
    return settings;
  }

  // Every row once, in its partition, in file order.
  void ExpectExactlyOnce(const std::string& where) const {
    std::vector<std::vector<std::string>> expected(kPartitions);
    for (int row = 1; row <= kRows; ++row) {
      const std::string user = "u" + std::to_string(row % 4);
      const PartitionId partition = PartitionOf(user, RowNumber{1}, kPartitions);
      expected[static_cast<std::size_t>(partition.value)].push_back(std::to_string(row) + "," +
                                                                    user);
    }
    for (std::size_t p = 0; p < expected.size(); ++p) {
      EXPECT_EQ(broker.Committed(p), expected[p]) << where << ", partition " << p;
    }
    std::vector<std::string> dead;
    for (const int row : kBadAfter) {
      dead.push_back("bad,after," + std::to_string(row));
    }
    EXPECT_EQ(broker.CommittedDeadLetters(), dead) << where;
    EXPECT_EQ(RejectedTexts(), dead) << where;
    ASSERT_TRUE(broker.Latest()) << where;
    EXPECT_TRUE(broker.Latest()->complete) << where;
  }

  // The last field of each line of the file of rejected rows.
  std::vector<std::string> RejectedTexts() const {
    std::ifstream file(rejects_path);
    std::vector<std::string> texts;
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line + "\n", kRejectsHeader);
    while (std::getline(file, line)) {
      const std::size_t begin = line.rfind(",\"bad") + 2;
      texts.push_back(line.substr(begin, line.size() - 1 - begin));
    }
    return texts;
  }

  TempDir directory;
  std::array<std::string, 3> paths{directory / "a.csv", directory / "b.csv", directory / "c.csv"};
  std::string rejects_path = directory / "rejects.csv";
  std::string state = directory / "state.db";
  FakeBroker broker;
  ManualClock clock;
  std::atomic<bool> stop{false};
  Duration chunk_age{5'000};
  MaxRate max_rate;
  LoadReport report;
  int runs = 0;
};

TEST(LoadRunTest, LoadsEveryRowOnce) {
  World world;
  ASSERT_TRUE(world.Run(""));
  world.ExpectExactlyOnce("undisturbed");
  EXPECT_EQ(world.report.at.rows(), kRows);
}

TEST(LoadRunTest, ALoadHeldBackKeepsItsRateAndItsChunksTheirAge) {
  World world;
  world.max_rate.rows = 1;
  world.chunk_age = Duration{2'000};  // two rows, where kChunkRows would allow more
  const Duration begun = world.clock.Now();
  ASSERT_TRUE(world.Run(""));
  world.ExpectExactlyOnce("held back");
  const auto sent = static_cast<std::int64_t>(kRows + kBadAfter.size());
  EXPECT_GE(world.clock.Now() - begun, Duration{1'000 * (sent - 1)});
  EXPECT_LE(world.clock.Now() - begun, Duration{1'100 * sent});
  EXPECT_GE(world.report.at.chunk.value, kRows / 2);
}

TEST(LoadRunTest, ASignalEndsALoadThatIsHeldBack) {
  World world;
  world.max_rate.bytes = 1;  // a row is worth seconds
  Failpoints failpoints("mid_send:1", [&world] { world.stop = true; });
  const Duration begun = world.clock.Now();
  ASSERT_TRUE(world.RunWith(failpoints));
  EXPECT_TRUE(world.report.stopped);
  EXPECT_EQ(world.report.at.rows(), 1U);
  EXPECT_LE(world.clock.Now() - begun, Duration{100});
}

TEST(LoadRunTest, FinishedLoadSendsNothing) {
  World world;
  ASSERT_TRUE(world.Run(""));
  const std::size_t records = world.broker.progress.size();
  ASSERT_TRUE(world.Run(""));
  EXPECT_TRUE(world.report.was_complete);
  EXPECT_EQ(world.broker.progress.size(), records);
}

TEST(LoadRunTest, DeathAtEveryInstantCostsNothing) {
  std::size_t deaths = 0;
  for (const std::string& name : Names()) {
    for (int passage = 1; passage <= 8; ++passage) {
      const std::string point = name + ":" + std::to_string(passage);
      World world;
      deaths += world.Run(point) ? 0 : 1;
      ASSERT_TRUE(world.Run("")) << point;
      world.ExpectExactlyOnce(point);
    }
  }
  EXPECT_GT(deaths, 40U);
}

TEST(LoadRunTest, TwoDeathsCostNothingWithOrWithoutTheLedger) {
  for (const char* first : {"after_intend:2", "in_commit:3", "after_commit:3", "mid_send:2",
                            "after_confirm:1", "after_seal:1"}) {
    for (const std::string& second : Names()) {
      for (const bool keep_ledger : {true, false}) {
        World world;
        world.Run(first);
        if (!keep_ledger) world.state += "-new";
        world.Run(second + ":1");
        ASSERT_TRUE(world.Run("")) << first << ", " << second;
        world.ExpectExactlyOnce(std::string(first) + ", " + second);
      }
    }
  }
}

using Fate = FakeBroker::CommitFate;

TEST(LoadRunTest, EveryFateOfEveryCommitCostsNothing) {
  for (const Fate fate :
       {Fate::kInDoubt, Fate::kAbort, Fate::kDoneThenFatal, Fate::kLostThenFatal}) {
    for (std::size_t before = 0; before < 7; ++before) {
      World world;
      world.broker.fates.assign(before, Fate::kDone);
      world.broker.fates.push_back(fate);
      ASSERT_TRUE(world.Run("")) << static_cast<int>(fate) << " after " << before;
      world.ExpectExactlyOnce(std::to_string(static_cast<int>(fate)));
      EXPECT_EQ(world.report.restarts, 1U);
    }
  }
}

// KAFKA-17754.
TEST(LoadRunTest, CommitInDoubtMakesANewEpoch) {
  World world;
  world.broker.fates = {Fate::kDone, Fate::kInDoubt};
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.broker.used_in_doubt, 0);
  EXPECT_EQ(world.broker.epochs[TransactionalId("load", 0)], 2);
  EXPECT_EQ(world.broker.epochs[TransactionalId("load", 1)], 2);
}

TEST(LoadRunTest, FencedLoaderLeavesToTheOneWhoClaims) {
  World world;
  Failpoints failpoints("after_mark:3", [&world] {
    // Another loader, with another ledger, from Init to its claim.
    Failpoints none;
    FakeProducers producers(world.broker, none);
    for (int turn = 0; turn < 2; ++turn) {
      auto producer = producers.Make(TransactionalId("load", turn));
      ASSERT_TRUE(producer->Init(Duration{0}).done());
      if (turn == 1) continue;
      ProgressRecord claim = *world.broker.Latest();
      claim.run_id = "another-run";
      ASSERT_TRUE(producer->Begin().done());
      ASSERT_TRUE(producer->Mark(claim, {0, claim.inputs.size()}).done());
      ASSERT_TRUE(producer->Commit(Duration{0}).done());
    }
  });
  try {
    world.RunWith(failpoints);
    FAIL() << "it went on beside the other one";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kHeld) << error.Line();
  }
  EXPECT_EQ(world.broker.Latest()->run_id, "another-run");
}

TEST(LoadRunTest, FenceWithoutAClaimIsATimeoutAndTheLoadGoesOn) {
  World world;
  Failpoints failpoints("after_mark:2", [&world] {
    for (auto& [id, epoch] : world.broker.epochs) ++epoch;
    for (auto& [id, open] : world.broker.open) {
      if (open) open->state = FakeBroker::State::kAborted;
    }
  });
  ASSERT_TRUE(world.RunWith(failpoints));
  world.ExpectExactlyOnce("fenced");
  EXPECT_EQ(world.report.restarts, 1U);
}

TEST(LoadRunTest, SignalCommitsWhatIsOpenAndTheNextRunGoesOn) {
  World world;
  Failpoints failpoints("mid_send:2", [&world] { world.stop = true; });
  ASSERT_TRUE(world.RunWith(failpoints));
  EXPECT_TRUE(world.report.stopped);
  EXPECT_LT(world.report.at.rows(), static_cast<std::uint64_t>(kRows));
  EXPECT_EQ(world.broker.Latest()->rows(), world.report.at.rows());
  world.stop = false;
  ASSERT_TRUE(world.Run(""));
  world.ExpectExactlyOnce("after a signal");
}

// Of two loaders that start together neither may come to hold one id each (docs/model.md).
TEST(LoadRunTest, TheSecondIdIsInitedAfterTheFirst) {
  World world;
  std::vector<std::string> asked;
  int pending = 3;
  world.broker.before_init = [&](const std::string& id) -> Outcome {
    asked.push_back(id.substr(id.size() - 2));
    if (asked.back() == "-a" && pending-- > 0) return {Verdict::kPending, "not yet"};
    return {};
  };
  EXPECT_TRUE(world.Run(""));
  EXPECT_EQ(asked, (std::vector<std::string>{"-a", "-a", "-a", "-a", "-b"}));
}

// The other one claims after our last look before the new producers, and before their Init.
TEST(LoadRunTest, AClaimSeenOnlyAfterInitEndsTheRun) {
  World world;
  world.broker.fates = {FakeBroker::CommitFate::kDone, FakeBroker::CommitFate::kLostThenFatal};
  int sessions = 0;
  world.broker.before_init = [&](const std::string& id) -> Outcome {
    if (!id.ends_with("-a") || ++sessions != 2) return {};
    ProgressRecord claim = *world.broker.Latest();
    claim.run_id = "another's";
    claim.writer = "pid 1 on another host";
    auto committed = std::make_shared<FakeBroker::Transaction>();
    committed->state = FakeBroker::State::kCommitted;
    world.broker.progress.emplace_back(committed, claim);
    return {};
  };
  try {
    world.Run("");
    FAIL() << "went on with a load that another one holds";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kHeld) << error.Line();
    EXPECT_NE(error.Line().find("pid 1 on another host"), std::string::npos) << error.Line();
  }
}

}  // namespace
}  // namespace onceload
