// A load without end, over a broker in memory: inputs that come one after the other, and deaths at
// each instant.
#include <gtest/gtest.h>

#include "onceload/load/input_feed.h"
#include "unit/load/load_world.h"

namespace onceload {
namespace {

// Gives out the world's files, one a look, then a signal. A file that is settled is gone.
class OneByOne final : public InputFeed {
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

}  // namespace
}  // namespace onceload
