// A load without end, over a broker in memory: inputs that come one after the other, and deaths at
// each instant.
#include <gtest/gtest.h>

#include "onceload/load/input_feed.h"
#include "unit/load/load_world.h"

namespace onceload {
namespace {

// Gives out the world's files, one a look, then a signal. A file that is settled is gone.
class OneByOne : public InputFeed {
 public:
  explicit OneByOne(World& world) : world_(world) {}

  std::vector<InputFile> Begin(const std::optional<ProgressRecord>& was) override {
    next_ = was ? was->inputs.size() : 1;
    if (!was) return {Of(0)};
    std::vector<InputFile> given;
    for (const InputFile& input : was->inputs) {
      if (!input.end) given.push_back(SourceFile(input.path).identity());
    }
    return given;
  }
  FileRange Look(ProgressRecord& at) override {
    if (next_ == world_.paths.size()) {
      world_.stop = true;
      return {};
    }
    at.inputs.push_back(Of(next_++));
    return {at.inputs.size() - 1, at.inputs.size()};
  }
  void Fail(const ProgressRecord&, std::size_t, const Error& error) override { throw Error(error); }
  // What a watcher would move away now must be known to Kafka as ended.
  void Settle(const ProgressRecord& at) override {
    const std::optional<ProgressRecord> latest = world_.broker.Latest();
    ASSERT_TRUE(latest);
    for (std::size_t i = 0; i < at.inputs.size(); ++i) {
      if (!at.inputs[i].end) continue;
      ++settled;
      EXPECT_TRUE(i < latest->inputs.size() && latest->inputs[i].end) << at.inputs[i].path;
    }
  }

  int settled = 0;

 private:
  InputFile Of(std::size_t i) const { return SourceFile(world_.paths[i]).identity(); }

  World& world_;
  std::size_t next_ = 0;
};

bool RunFed(World& world, const std::string& failpoint) {
  world.stop = false;
  OneByOne feed(world);
  world.feed = &feed;
  const bool ended = world.Run(failpoint);
  world.feed = nullptr;
  EXPECT_TRUE(!ended || feed.settled > 0);
  return ended;
}

TEST(FeedRunTest, FilesThatComeAreLoadedOverOneSession) {
  World world;
  ASSERT_TRUE(RunFed(world, ""));
  EXPECT_EQ(world.Damage(true), "");
  EXPECT_FALSE(world.report.stopped) << "nothing is open";
  EXPECT_EQ(world.report.at.inputs.size(), world.paths.size());
  EXPECT_EQ(world.report.restarts, 0U);
}

TEST(FeedRunTest, DeathAtEveryInstantCostsNothing) {
  std::size_t deaths = 0;
  for (const std::string& name : Names()) {
    for (int passage = 1; passage <= 4; ++passage) {
      const std::string point = name + ":" + std::to_string(passage);
      World world;
      deaths += RunFed(world, point) ? 0 : 1;
      ASSERT_TRUE(RunFed(world, "")) << point;
      EXPECT_EQ(world.Damage(true), "") << point;
    }
  }
  EXPECT_GT(deaths, 30U);
}

TEST(FeedRunTest, APlainLoadGoesOnWithWhatWasLeft) {
  World world;
  ASSERT_FALSE(RunFed(world, "after_commit:3"));
  world.stop = false;
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.Damage(true), "");
}

// Files that cannot be loaded are put aside, and those behind them loaded.
class PutsAside final : public OneByOne {
 public:
  explicit PutsAside(World& world) : OneByOne(world), world_(world) {}

  FileRange Look(ProgressRecord& at) override {
    const FileRange fresh = OneByOne::Look(at);
    if (fresh.begin < fresh.end && looked_) looked_(at.inputs.back().path);
    return fresh;
  }
  void Fail(const ProgressRecord& at, std::size_t file, const Error& error) override {
    failed += std::to_string(file) + ": " + error.what() + "\n";
    EXPECT_FALSE(at.inputs.at(file).end) << "it ends behind this";
    EXPECT_EQ(at.rows(), world_.broker.Latest()->rows()) << "rows before it are in Kafka";
  }

  std::function<void(const std::string& path)> looked_;
  std::string failed;

 private:
  World& world_;
};

TEST(FeedRunTest, AFileEndsWhereItCannotBeReadOn) {
  World world;
  world.adjust = [](LoadSettings& settings) {
    settings.rows.rejects.on_error = OnError::kFail;
    settings.rejects_path.clear();
  };
  PutsAside feed(world);
  world.feed = &feed;
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(feed.failed.substr(0, 3), "0: ");
  EXPECT_NE(feed.failed.find("\n1: "), std::string::npos) << feed.failed;
  const ProgressRecord latest = *world.broker.Latest();
  ASSERT_EQ(latest.inputs.size(), 3U);
  EXPECT_TRUE(latest.complete);
  EXPECT_FALSE(world.report.stopped);
  EXPECT_EQ(latest.inputs[0].end->row.value, 4U);
  EXPECT_EQ(latest.inputs[0].end->file, 0U);
  EXPECT_EQ(latest.inputs[1].end->row.value, 8U);
  EXPECT_EQ(latest.inputs[1].end->file, 1U);
  EXPECT_EQ(latest.rows(), 12U);
  EXPECT_EQ(ImpossibleIn(latest), "");
}

TEST(FeedRunTest, AFileThatIsGoneEndsBeforeItsFirstRow) {
  World world;
  world.AddFile();
  PutsAside feed(world);
  feed.looked_ = [&](const std::string& path) {
    if (path == world.paths[3]) std::filesystem::remove(path);
  };
  world.feed = &feed;
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(feed.failed.substr(0, 3), "3: ");
  const ProgressRecord latest = *world.broker.Latest();
  ASSERT_EQ(latest.inputs.size(), 4U);
  EXPECT_EQ(latest.inputs[3].end->row.value, 0U);
  EXPECT_EQ(latest.inputs[3].end->file, 3U);
  EXPECT_EQ(latest.rows(), std::uint64_t{kRows});
  EXPECT_TRUE(latest.complete);
}

// The end of a file that cannot be loaded is asked for anew like any other record.
TEST(FeedRunTest, TheEndOfAFileThatFailedIsNotLostWithItsCommit) {
  World world;
  world.AddFile();
  PutsAside feed(world);
  feed.looked_ = [&](const std::string& path) {
    if (path != world.paths[3]) return;
    std::filesystem::remove(path);
    world.broker.fates = {FakeBroker::CommitFate::kLostThenFatal};
  };
  world.feed = &feed;
  EXPECT_THROW(world.Run(""), std::exception) << "the file is not there any more to be begun with";
  EXPECT_EQ(world.told.Of<Restarted>().size(), 1U);
  EXPECT_FALSE(world.broker.Latest()->complete);
}

// A signal in the middle of a file leaves it open; between two files, or before the first row,
// nothing is.
TEST(FeedRunTest, AStopInTheMiddleOfAFileIsToldAsOne) {
  World world;
  Failpoints failpoints("mid_send:2", [&world] { world.stop = true; });
  OneByOne feed(world);
  world.feed = &feed;
  ASSERT_TRUE(world.RunWith(failpoints));
  EXPECT_TRUE(world.report.stopped);
  EXPECT_FALSE(world.broker.Latest()->complete);
  EXPECT_EQ(world.told.Of<RunEnded>().at(0).exit_code, ExitCode::kStopped);
  World idle;
  OneByOne other(idle);
  idle.feed = &other;
  idle.stop = true;
  ASSERT_TRUE(idle.Run(""));
  EXPECT_FALSE(idle.report.stopped);
  EXPECT_EQ(idle.report.at.rows(), 0U);
  EXPECT_EQ(idle.told.Of<RunEnded>().at(0).exit_code, ExitCode::kDone);
}

// A folder in which nothing lies for hours is nothing that the budget is for.
TEST(FeedRunTest, WaitingForFilesCostsNoBudget) {
  World world;
  class Late final : public OneByOne {
   public:
    explicit Late(World& world) : OneByOne(world), world_(world) {}
    FileRange Look(ProgressRecord& at) override {
      return ++looks % 6'000 == 0 ? OneByOne::Look(at) : FileRange{};
    }
    int looks = 0;

   private:
    World& world_;
  } feed(world);
  world.feed = &feed;
  int pending = 0;
  world.broker.disturb = [&](const std::string&, const char* call) -> Outcome {
    if (std::string_view(call) != "AwaitAcknowledged" || feed.looks < 6'000) return {};
    if (++pending > 100) return {};
    world.clock.Sleep(Duration{10});
    return {Verdict::kPending, "not yet"};
  };
  const Duration begun = world.clock.Now();
  ASSERT_TRUE(world.Run(""));
  EXPECT_EQ(world.Damage(true), "");
  EXPECT_GE(world.clock.Now() - begun, Duration{3 * 600'000 - 300}) << "it looks each 100 ms";
  EXPECT_TRUE(world.told.Of<WaitBegun>().empty()) << world.told.notices;
}

}  // namespace
}  // namespace onceload
