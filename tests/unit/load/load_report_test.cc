// What a run says of itself when it has ended, and how it goes on after what went wrong.
#include <gtest/gtest.h>

#include "unit/load/load_world.h"

namespace onceload {
namespace {

using Fate = FakeBroker::CommitFate;

// World whose rows are all well, in one file that may be touched.
class OwnFile {
 public:
  OwnFile() {
    world_.paths.clear();
    world_.rows.clear();
    world_.keeps_rejects = false;
    world_.AddFile();
    world_.Grow(200);
    world_.Grow(300);
  }
  World& operator*() { return world_; }
  World* operator->() { return &world_; }

 private:
  World world_;
};

TEST(LoadReportTest, TimeIsThatOfTheRunAndOfItsRows) {
  World world;
  const Duration begun = world.clock.Now();
  Failpoints before("after_init:1", [&world] { world.clock.Sleep(Duration{500}); });
  ASSERT_TRUE(world.RunWith(before));
  EXPECT_EQ(world.report.elapsed, world.clock.Now() - begun);
  EXPECT_GE(world.report.elapsed, Duration{500});
  EXPECT_EQ(world.report.loading, Duration{0});
  EXPECT_EQ(world.told.Of<RunEnded>().at(0).elapsed, world.report.elapsed);
  World other;
  Failpoints meanwhile("mid_send:1", [&other] { other.clock.Sleep(Duration{700}); });
  ASSERT_TRUE(other.RunWith(meanwhile));
  EXPECT_EQ(other.report.loading, Duration{700});
}

TEST(LoadReportTest, ItSaysWhereTheRunHasBegunAndHow) {
  World world;
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.report.decision, Decision::kStart);
  EXPECT_EQ(world.report.begin_rows, 0U);
  world.AddFile();
  world.told = {};
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.report.decision, Decision::kResume);
  EXPECT_EQ(world.report.begin_rows, std::uint64_t{kRows});
  EXPECT_EQ(world.told.Of<RunEnded>().at(0).rows_this_run, 3U);
}

// Of all records only the last one of a run says so: a load that goes on is not complete meanwhile.
TEST(LoadReportTest, ALoadThatGoesOnIsNotCompleteUntilItsEnd) {
  World world;
  ASSERT_TRUE(world.Run(""));
  const std::size_t before = world.broker.AllOf("load").size();
  world.AddFile();
  ASSERT_TRUE(world.Run(""));
  const std::vector<ProgressRecord> records = world.broker.AllOf("load");
  ASSERT_EQ(records.size(), before + 3) << "claim, chunk and seal";
  EXPECT_FALSE(records[before].complete);
  EXPECT_FALSE(records[before + 1].complete);
  EXPECT_TRUE(records[before + 2].complete);
}

TEST(LoadReportTest, TheEndIsInKafkaBeforeItIsInTheLedger) {
  const auto status = [](const World& world) {
    Failpoints none;
    const CheckpointStore store(world.state, CheckpointStore::Mode::kReadOnly, none);
    return store.Statuses().at(0).state;
  };
  for (const auto& [point, state] :
       {std::pair{"after_seal", "loading"}, std::pair{"after_complete", "finished"}}) {
    World world;
    ASSERT_FALSE(world.Run(std::string(point) + ":1")) << point;
    EXPECT_TRUE(world.broker.Latest()->complete) << point;
    EXPECT_EQ(status(world), state) << point;
    ASSERT_TRUE(world.Run("")) << point;
    EXPECT_TRUE(world.report.was_complete) << point;
    EXPECT_EQ(status(world), "finished") << point;
  }
  World world;
  ASSERT_FALSE(world.Run("after_claim:1"));
  EXPECT_FALSE(world.broker.Latest()->complete);
  EXPECT_EQ(world.broker.Latest()->rows(), 0U);
}

// Else the next run would have to compare texts again.
TEST(LoadReportTest, AFinishedLoadNotesItsFilesNewNames) {
  for (const bool lost : {false, true}) {
    OwnFile world;
    ASSERT_TRUE(world->Run(""));
    const std::string moved = world->directory / "moved.csv";
    std::filesystem::rename(world->paths[0], moved);
    world->paths[0] = moved;
    if (lost) world->broker.fates = {Fate::kLostThenFatal};
    world->told = {};
    ASSERT_TRUE(world->Run(""));
    EXPECT_EQ(world->report.was_complete, !lost) << "a run that began anew has done something";
    EXPECT_EQ(world->report.restarts, lost ? 1U : 0U);
    EXPECT_EQ(world->report.known_elsewhere, 1U);
    EXPECT_EQ(world->report.at.rows(), 9U);
    EXPECT_EQ(world->broker.Latest()->inputs.at(0).path, moved);
    const auto known = world->told.Of<FileRecognized>();
    ASSERT_FALSE(known.empty());
    EXPECT_EQ(known[0].path, moved);
    EXPECT_EQ(known[0].as, "finished");
    EXPECT_EQ(world->Damage(true), "");
  }
}

TEST(LoadReportTest, AllOrNothingIsOneChunkAndNoneAfterAnother) {
  World world;
  world.adjust = [](LoadSettings& settings) { settings.chunk.atomic = true; };
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.report.at.chunk.value, 1U);
  EXPECT_EQ(world.Damage(true), "");
  ASSERT_TRUE(world.Run("")) << "nothing is left";
  World late;
  ASSERT_FALSE(late.Run("after_commit:2"));
  late.adjust = world.adjust;
  try {
    late.Run("");
    FAIL() << "rows are visible";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_EQ(error.Line().find("--atomic comes too late: "), 0U) << error.Line();
  }
}

TEST(LoadReportTest, AnErrorEndsTheRunWithWhatIsCommitted) {
  World world;
  world.paths = {world.paths[1], world.paths[0]};  // the first bad row is the ninth
  world.adjust = [](LoadSettings& settings) {
    settings.rows.rejects.on_error = OnError::kFail;
    settings.rejects_path.clear();
  };
  EXPECT_THROW(world.Run(""), Error);
  EXPECT_EQ(world.broker.Latest()->rows(), 8U);
  EXPECT_EQ(world.told.Of<RunEnded>().at(0).rows, 8U);
  EXPECT_EQ(world.told.Of<RunEnded>().at(0).exit_code, ExitCode::kInput);
}

// What a broker does not take by itself is left out, and the rows around it are loaded.
TEST(LoadReportTest, RowsThatABrokerRefusesAreRejected) {
  World world;
  world.keeps_rejects = false;
  world.on_error = OnError::kSkip;
  int sends = 0;
  world.broker.refuses = [&](const std::string& value) {
    if (++sends > 10'000) throw SimulatedCrash{};
    return value == "7,u3" || value == "20,u0";
  };
  ASSERT_TRUE(world.Run("")) << "it is sent again and again";
  EXPECT_EQ(world.report.at.rows(), kRows - 2U);
  EXPECT_EQ(world.report.at.rejected, kBadAfter.size() + 2);
  ASSERT_EQ(world.report.at.refusals.rows.size(), 2U);
  EXPECT_EQ(world.report.at.refusals.rows[0].detail, "not taken");
  EXPECT_EQ(world.broker.renewed, 0) << "its connections are well";
  EXPECT_GE(world.report.restarts, 2U);
}

// Where a request was refused and no row of it by itself, the next producers make smaller ones.
TEST(LoadReportTest, TheNextProducersAreNarrower) {
  World world;
  world.keeps_rejects = false;
  world.on_error = OnError::kSkip;
  world.broker.refuses = [](const std::string& value) { return value == "7,u3"; };
  world.broker.narrowing.request_divisor = 4;
  ASSERT_TRUE(world.Run(""));
  ASSERT_TRUE(world.broker.narrowed);
  EXPECT_EQ(world.broker.narrowed->request_divisor, 4U);
}

TEST(LoadReportTest, ARefusalThatTellsNothingNewEndsTheRun) {
  World world;
  int sends = 0;
  world.broker.disturb = [&](const std::string&, const char* call) -> Outcome {
    if (std::string_view(call) != "Send") return {};
    if (++sends > 100) throw SimulatedCrash{};
    return {Verdict::kRefused, "no word which"};
  };
  try {
    world.Run("");
    FAIL() << "it is sent again and again";
  } catch (const Error& error) {
    EXPECT_NE(error.Line().find("no word which"), std::string::npos) << error.Line();
  }
  EXPECT_EQ(sends, 1);
}

// Where many rows are refused there are as many restarts, and no wait.
TEST(LoadReportTest, RefusedRowsAreNoMatterOfTheBudget) {
  World world;
  world.keeps_rejects = false;
  world.on_error = OnError::kSkip;
  world.adjust = [](LoadSettings& settings) {
    settings.retry_budget = Duration{5'000};  // twice the longest pause between two rounds
    settings.chunk.rows = 1'000;
  };
  world.broker.refuses = [](const std::string& value) { return value.starts_with("1"); };
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.report.at.rows(), kRows - 11U);
}

// A fault that comes back at once does not spin, and one that comes back later is a new one.
TEST(LoadReportTest, PausesGrowUntilAChunkIsCommitted) {
  World world;
  const auto pauses = [&world](std::deque<Fate> fates) {
    world.broker.fates = std::move(fates);
    const Duration begun = world.clock.Now();
    EXPECT_TRUE(world.Run(""));
    return (world.clock.Now() - begun).count();
  };
  EXPECT_EQ(pauses({Fate::kDone, Fate::kAbort, Fate::kDone, Fate::kAbort}), 100 + 200);
  world.AddFile();
  world.adjust = [](LoadSettings& settings) { settings.chunk.rows = 1; };
  EXPECT_EQ(pauses({Fate::kDone, Fate::kAbort, Fate::kDone, Fate::kDone, Fate::kAbort}), 100 + 100);
  world.Grow(500);
  const std::deque<Fate> fates(16, Fate::kLostThenFatal);
  EXPECT_EQ(pauses({fates.begin(), fates.begin() + 7}), 100 + 200 + 400 + 800 + 1'600 + 2 * 2'000);
}

// Each claim that is answered ends what the user was told to wait for.
TEST(LoadReportTest, AClaimEndsAWait) {
  World world;
  int inits = 0;
  world.broker.before_init = [&](const std::string&) -> Outcome {
    if (++inits > 20) return {};
    world.clock.Sleep(Duration{1'000});
    return {Verdict::kPending, "no answer"};
  };
  ASSERT_TRUE(world.Run(""));
  ASSERT_EQ(world.told.Of<WaitBegun>().size(), 1U);
  ASSERT_EQ(world.told.Of<WaitEnded>().size(), 1U);
  const auto first = [&world](auto is) {
    return std::find_if(world.told.events.begin(), world.told.events.end(), is);
  };
  EXPECT_LT(first([](const RunEvent& event) { return std::holds_alternative<WaitEnded>(event); }),
            first([](const RunEvent& event) { return std::holds_alternative<ChunkBegun>(event); }));
}

// All ids are asked for at once: the first that is refused ends the run.
TEST(LoadReportTest, AnIdThatIsRefusedIsNotWaitedFor) {
  World world;
  int asked = 0;
  world.broker.before_init = [&](const std::string& id) -> Outcome {
    ++asked;
    if (id.ends_with("-b")) return {Verdict::kDenied, "no right to " + id};
    return {};
  };
  try {
    world.Run("");
    FAIL() << "it went on without an id";
  } catch (const Error& error) {
    EXPECT_NE(error.Line().find("no right to onceload-load-b"), std::string::npos);
  }
  EXPECT_EQ(asked, 2);
}

// The claim's transaction has ended: how long ago it was begun explains no fence.
TEST(LoadReportTest, AClaimThatIsCommittedIsNotOpen) {
  World world;
  world.adjust = [](LoadSettings& settings) {
    settings.transaction_timeout = Duration{60'000};
    settings.chunk.age = Duration{1'000'000};
  };
  const auto fence = [&world] {
    for (auto& [id, epoch] : world.broker.epochs) ++epoch;
    for (auto& [id, open] : world.broker.open) {
      if (open) open->state = FakeBroker::State::kAborted;
    }
  };
  int begun = 0;
  world.broker.disturb = [&](const std::string&, const char* call) -> Outcome {
    if (std::string_view(call) == "Begin" && ++begun == 2) world.clock.Sleep(Duration{30'000});
    if (std::string_view(call) == "Send" && begun == 2) {
      world.clock.Sleep(Duration{31'000});
      begun = 3;
      fence();
    }
    return {};
  };
  ASSERT_TRUE(world.Run(""));
  ASSERT_EQ(world.told.Of<ClaimAwaited>().size(), 1U) << "once";
  EXPECT_EQ(world.told.Of<ClaimAwaited>()[0].left, Duration{9'000});
}

TEST(LoadReportTest, AClaimMayTimeOutToo) {
  World world;
  world.adjust = [](LoadSettings& settings) { settings.transaction_timeout = Duration{60'000}; };
  int commits = 0;
  world.broker.disturb = [&](const std::string&, const char* call) -> Outcome {
    if (std::string_view(call) != "Commit" || ++commits > 1) return {};
    world.clock.Sleep(Duration{60'000});
    for (auto& [id, epoch] : world.broker.epochs) ++epoch;
    return {};
  };
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.report.restarts, 1U);
  EXPECT_TRUE(world.told.Of<ClaimAwaited>().empty());
}

// What has been committed up to then is told, and what is open is aborted, so that readers need not
// wait for its time-out.
TEST(LoadReportTest, AnExceptionEndsTheRunWithWhatIsCommitted) {
  World world;
  world.broker.disturb = [&](const std::string&, const char* call) -> Outcome {
    if (std::string_view(call) == "Send" && !world.told.Of<ChunkCommitted>().empty()) {
      throw Error(ExitCode::kInput, "the disk is gone", "", "");
    }
    return {};
  };
  EXPECT_THROW(world.Run(""), Error);
  EXPECT_EQ(world.told.Of<RunEnded>().at(0).rows, world.told.Of<ChunkCommitted>().back().at.rows);
  EXPECT_FALSE(world.broker.AnyOpen());
}

TEST(LoadReportTest, ADenialLeavesNothingOpen) {
  World world;
  world.broker.disturb = [&](const std::string&, const char* call) -> Outcome {
    if (std::string_view(call) != "AwaitAcknowledged") return {};
    if (world.told.Of<ChunkCommitted>().empty()) return {};
    return {Verdict::kDenied, "no right to the topic any more"};
  };
  EXPECT_THROW(world.Run(""), Error);
  EXPECT_FALSE(world.broker.AnyOpen());
}

// The claim, or the seal, has begun a transaction of its own.
TEST(LoadReportTest, ARefusedRecordLeavesNothingOpen) {
  for (const int refused : {1, 2}) {
    World world;
    int commits = 0;
    world.broker.disturb = [&](const std::string&, const char* call) -> Outcome {
      if (std::string_view(call) != "Mark" ||
          !world.told.Of<FileEnded>().empty() != (refused == 2)) {
        return {};
      }
      ++commits;
      return {Verdict::kDenied, "no right to the progress topic"};
    };
    EXPECT_THROW(world.Run(""), Error);
    EXPECT_EQ(commits, 1);
    EXPECT_FALSE(world.broker.AnyOpen()) << refused;
  }
}

TEST(LoadReportTest, AStopAfterTheClaimLeavesALoadThatIsNotComplete) {
  World world;
  ASSERT_TRUE(world.Run(""));
  world.AddFile();
  Failpoints failpoints("after_claim:1", [&world] { world.stop = true; });
  ASSERT_TRUE(world.RunWith(failpoints));
  EXPECT_TRUE(world.report.stopped);
  EXPECT_FALSE(world.report.at.complete);
  EXPECT_FALSE(world.told.Of<RunEnded>().at(1).complete);
}

// Ids are milliseconds since 1970 here, and it is the end of its first second.
TEST(LoadReportTest, TimesAreHeldAgainstTheRunsClock) {
  World world;
  world.keeps_rejects = false;
  world.adjust = [](LoadSettings& settings) {
    settings.rows.rejects.on_error = OnError::kSkip;
    settings.rows.encode.timestamp_column = "id";
    settings.rows.time_window.before_max_ms = 985;
  };
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.report.at.rows(), kRows - 14U);
}

}  // namespace
}  // namespace onceload
