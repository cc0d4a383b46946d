// The real loop, recovery and ledger over a broker in memory: every instant of the protocol, and
// every second one after it, thousands of deaths in seconds. What real brokers do is for the crash
// tests to show.

#include "onceload/load/load_run.h"

#include <chrono>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "unit/load/kept_ledger.h"
#include "unit/load/load_world.h"

namespace onceload {
namespace {

TEST(LoadRunTest, LoadsEveryRowOnce) {
  World world;
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.Damage(true), "") << "undisturbed";
  EXPECT_EQ(world.report.at.rows(), kRows);
}

TEST(LoadRunTest, ALoadHeldBackKeepsItsRateAndItsChunksTheirAge) {
  World world;
  world.max_rate.rows = 1;
  world.chunk_age = Duration{2'000};  // two rows, where kChunkRows would allow more
  // Here a commit, on a thread of its own, may take any virtual time. A quarter of this is the age
  // that a chunk has at most then.
  world.adjust = [](LoadSettings& settings) { settings.transaction_timeout = Duration{8'000}; };
  const Duration begun = world.clock.Now();
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.Damage(true), "") << "held back";
  const auto sent = static_cast<std::int64_t>(kRows + kBadAfter.size());
  EXPECT_GE(world.clock.Now() - begun, Duration{1'000 * (sent - 1)});
  EXPECT_LE(world.clock.Now() - begun, Duration{1'100 * sent});
  EXPECT_GE(world.report.at.chunk.value, kRows / 2);
  EXPECT_LT(world.report.at.chunk.value, static_cast<std::uint64_t>(sent) * 3 / 4);
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
  const std::vector<std::string> steps = NamesOf(kSteps);
  const std::set<std::string> always(steps.begin(), steps.end());
  for (const std::string& name : Names()) {
    for (int passage = 1; passage <= 8; ++passage) {
      const std::string point = name + ":" + std::to_string(passage);
      World world;
      const bool died = !world.Run(point);
      EXPECT_TRUE(died || passage > 1 || !always.contains(name)) << point << " is never come to";
      deaths += died ? 1 : 0;
      ASSERT_TRUE(world.Run("")) << point;
      EXPECT_EQ(world.Damage(true), "") << point;
    }
  }
  EXPECT_GT(deaths, 40U);
}

TEST(LoadRunTest, TwoDeathsCostNothingWithOrWithoutTheLedger) {
  KeptLedgers ledgers;
  for (const char* first : {"after_intend:2", "in_commit:3", "after_commit:3", "mid_send:2",
                            "after_confirm:1", "after_seal:1"}) {
    for (const std::string& second : Names()) {
      for (const bool keep_ledger : {true, false}) {
        World world;
        ledgers.Begin();
        world.kept_ledger = &ledgers.TakeBlank().store();
        world.Run(first);
        if (!keep_ledger) world.kept_ledger = &ledgers.TakeBlank().store();
        world.Run(second + ":1");
        ASSERT_TRUE(world.Run("")) << first << ", " << second;
        EXPECT_EQ(world.Damage(true), "") << first << ", " << second;
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
      EXPECT_EQ(world.Damage(true), "") << std::to_string(static_cast<int>(fate));
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
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    EXPECT_EQ(world.broker.epochs[TransactionalId(ClassicIdBase("load"), turn)], 2);
  }
}

TEST(LoadRunTest, FencedLoaderLeavesToTheOneWhoClaims) {
  World world;
  Failpoints failpoints("after_mark:3", [&world] {
    // Another loader, with another ledger, from Init to its claim.
    Failpoints none;
    FakeProducers producers(world.broker, none);
    for (std::size_t turn = 0; turn < kTurns; ++turn) {
      auto producer = producers.Make(TransactionalId(ClassicIdBase("load"), turn));
      ASSERT_TRUE(producer->Init(Duration{0}).done());
      if (turn > 0) continue;
      ProgressRecord claim = *world.broker.Latest();
      claim.run_id = "another-run";
      ASSERT_TRUE(producer->Begin(nullptr).done());
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
  for (const auto& [id, epoch] : world.broker.epochs) EXPECT_EQ(epoch, 2) << "fenced back: " << id;
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
  EXPECT_EQ(world.Damage(true), "") << "fenced";
  EXPECT_EQ(world.report.restarts, 1U);
  EXPECT_EQ(world.broker.renewed, 2) << "the reader of progress, and who looks at the cluster";
  EXPECT_EQ(world.told.Of<Restarted>().size(), 1U);
  EXPECT_NE(world.told.notices.find("waiting for another loader to claim the load; going on by "
                                    "itself in "),
            std::string::npos)
      << world.told.notices;
}

// One that was open for longer than the coordinator allows explains a fence: nobody to wait for.
TEST(LoadRunTest, AFenceAfterATimeoutIsNotWatched) {
  for (const bool timed_out : {true, false}) {
    World world;
    Duration fenced{0};
    world.adjust = [](LoadSettings& settings) {
      settings.transaction_timeout = Duration{60'000};
      settings.chunk.age = Duration{1'000'000};
    };
    Failpoints failpoints("mid_send:2", [&world, &fenced, timed_out] {
      world.clock.Sleep(Duration{timed_out ? 60'000 : 59'000});
      for (auto& [id, epoch] : world.broker.epochs) ++epoch;
      for (auto& [id, open] : world.broker.open) {
        if (open) open->state = FakeBroker::State::kAborted;
      }
      fenced = world.clock.Now();
    });
    ASSERT_TRUE(world.RunWith(failpoints));
    EXPECT_EQ(world.Damage(true), "");
    EXPECT_EQ(world.report.restarts, 1U);
    EXPECT_EQ(world.told.Of<ClaimAwaited>().empty(), timed_out);
    EXPECT_EQ(world.clock.Now() - fenced < Duration{10'000}, timed_out);
  }
}

TEST(LoadRunTest, AFinishedLoadGoesOnWithMoreFilesAndMoreRows) {
  World world;
  ASSERT_TRUE(world.Run(""));
  world.AddFile();
  ASSERT_TRUE(world.Run(""));
  EXPECT_FALSE(world.report.was_complete);
  EXPECT_EQ(world.Damage(true), "") << "with another file";
  world.Grow(200);
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.Damage(true), "") << "with more rows";
  ASSERT_TRUE(world.Run(""));
  EXPECT_TRUE(world.report.was_complete);
}

TEST(LoadRunTest, SignalCommitsWhatIsOpenAndTheNextRunGoesOn) {
  World world;
  Failpoints failpoints("mid_send:2", [&world] { world.stop = true; });
  ASSERT_TRUE(world.RunWith(failpoints));
  EXPECT_TRUE(world.report.stopped);
  EXPECT_LT(world.report.at.rows(), static_cast<std::uint64_t>(kRows));
  EXPECT_EQ(world.broker.Latest()->rows(), world.report.at.rows());
  EXPECT_FALSE(world.broker.Latest()->complete);
  world.stop = false;
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.Damage(true), "") << "after a signal";
}

// As by a librdkafka whose coordinator has another address now: it is asked for ever.
TEST(LoadRunTest, ACommitWithoutAnAnswerCostsTheProducersAndNoRow) {
  World world;
  int commits = 0;
  const std::string first = TransactionalId(ClassicIdBase("load"), 0);
  world.broker.disturb = [&](const std::string& id, const char* call) -> Outcome {
    const bool mute = world.broker.epochs[first] == 1 && id == first && commits > 1;
    if (std::string_view(call) != "Commit" || (!mute && (++commits, true))) return {};
    world.broker.EndCommit(id);                                 // others get on meanwhile
    std::this_thread::sleep_for(std::chrono::milliseconds{1});  // it is looked at each 2 ms
    world.clock.Sleep(Duration{100});
    return {Verdict::kPending, "no answer"};
  };
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.Damage(true), "") << "commit without an answer";
  EXPECT_EQ(world.report.restarts, 1U);
  EXPECT_LT(world.clock.Now(), Duration{60'000});
}

// Where every claim works and no row does.
TEST(LoadRunTest, ClaimsDoNotRenewTheBudget) {
  World world;
  world.broker.disturb = [&](const std::string&, const char* call) -> Outcome {
    if (std::string_view(call) != "Send") return {};
    if (world.broker.epochs[TransactionalId(ClassicIdBase("load"), 0)] > 1000)
      throw SimulatedCrash{};
    return {Verdict::kAbort, "refused"};
  };
  try {
    EXPECT_TRUE(world.Run("")) << "it went on for ever";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kKafka) << error.Line();
  }
  EXPECT_LE(world.broker.epochs[TransactionalId(ClassicIdBase("load"), 0)], 1000);
}

// Ids of another prefix are not fenced by ours: the other one's claim lies behind what was read
// before ours, and hides behind ours.
TEST(LoadRunTest, AFirstClaimBesideAnothersOfOtherIdsIsGivenUp) {
  World world;
  Failpoints failpoints("after_read:1", [&world] {
    Failpoints none;
    FakeProducers producers(world.broker, none);
    const auto producer = producers.Make(TransactionalId("other-load", 0));
    ProgressRecord claim = world.Settings().here.blank;
    claim.run_id = "another-run";
    claim.partitions.resize(kPartitions);
    ASSERT_TRUE(producer->Init(Duration{0}).done());
    ASSERT_TRUE(producer->Begin(nullptr).done());
    ASSERT_TRUE(producer->Mark(claim, {0, claim.inputs.size()}).done());
    ASSERT_TRUE(producer->Commit(Duration{0}).done());
  });
  try {
    world.RunWith(failpoints);
    FAIL() << "both would load all rows";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kHeld) << error.Line();
  }
  for (std::size_t p = 0; p < kPartitions; ++p) EXPECT_TRUE(world.broker.Committed(p).empty());
}

// Of two loaders that start together none may come to hold an id without `a` (docs/model.md).
TEST(LoadRunTest, TheIdsAreInitedOneAfterTheOther) {
  World world;
  std::vector<std::string> asked;
  int pending = 3;
  world.broker.before_init = [&](const std::string& id) -> Outcome {
    asked.push_back(id.substr(id.size() - 2));
    if (asked.back() == "-a" && pending-- > 0) return {Verdict::kPending, "not yet"};
    return {};
  };
  EXPECT_TRUE(world.Run(""));
  EXPECT_EQ(asked, (std::vector<std::string>{"-a", "-a", "-a", "-a", "-b", "-c", "-d"}));
}

// A record that is read before the last Init misses what an older run may still commit, and ends
// looked at before the record was read may lie before what it says.
TEST(LoadRunTest, RecoveryAsksInItsOrder) {
  World world;
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(
      world.broker.asked,
      (std::vector<std::string>{"Init onceload-load-a", "Init onceload-load-b",
                                "Init onceload-load-c", "Init onceload-load-d", "Latest", "Look"}));
}

// What a schedule runs again each night.
TEST(LoadRunTest, ACompleteLoadNeedsNoProducer) {
  World world;
  ASSERT_TRUE(world.Run(""));
  const auto asked = [&] {
    world.broker.asked.clear();
    EXPECT_TRUE(world.Run(""));
    EXPECT_EQ(world.Damage(true), "");
    return world.broker.asked;
  };
  EXPECT_EQ(asked(), (std::vector<std::string>{"Latest", "Look"}));
  EXPECT_TRUE(world.report.was_complete);
  world.AddFile();
  EXPECT_EQ(asked().at(1), "Init onceload-load-a") << "there is more to load";
  world.Grow(200);
  EXPECT_EQ(asked().at(1), "Init onceload-load-a")
      << "a file has grown; its text is looked at once";
  EXPECT_EQ(asked().size(), 2U) << "of its pieces the newest is as the file is";
  world.state = world.directory / "another.db";
  EXPECT_EQ(asked().at(0), "Init onceload-load-a") << "Kafka alone says so";
  EXPECT_EQ(asked().size(), 2U);
}

// Kafka's record before Init may be older than what is under way.
TEST(LoadRunTest, ACompleteLedgerThatKafkaContradictsIsNoReasonToEnd) {
  World world;
  ASSERT_TRUE(world.Run(""));
  world.broker.LoseNewest();
  world.broker.asked.clear();
  EXPECT_TRUE(world.Run(""));
  EXPECT_EQ(world.broker.asked.at(1), "Init onceload-load-a");
  EXPECT_EQ(world.Damage(true), "");
}

// More than fit the progress record: they lie beside it, and are written again as files end.
TEST(LoadRunTest, ManyFilesGoOnFromTheirPieces) {
  for (int passage = 1; passage <= 8; ++passage) {
    World world;
    const std::string few = world.paths.back();
    world.adjust = [&](LoadSettings& settings) {
      settings.chunk.rows = 3;
      std::vector<InputFile>& inputs = settings.here.blank.inputs;
      for (int i = 0; i < 150; ++i) {
        const std::string path = world.directory / (std::to_string(1000 + i) + ".csv");
        if (!std::filesystem::exists(path)) std::filesystem::copy_file(few, path);
        inputs.insert(inputs.begin() + 1, SourceFile(path).identity());
      }
    };
    world.Run("after_commit:" + std::to_string(passage));
    world.Run("in_commit:" + std::to_string(passage));
    ASSERT_TRUE(world.Run("")) << passage;
    EXPECT_EQ(world.Damage(true), "") << passage;
    const std::vector<InputFile> inputs = world.broker.Latest()->inputs;
    EXPECT_EQ(inputs.size(), 153U);
    EXPECT_TRUE(std::all_of(inputs.begin(), inputs.end(),
                            [](const InputFile& input) { return input.end.has_value(); }));
  }
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
    world.broker.Append(committed, claim, {0, claim.inputs.size()});
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
