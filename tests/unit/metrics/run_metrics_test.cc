#include "onceload/metrics/run_metrics.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/fixed_clock.h"
#include "support/power_cut.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

class Told final : public RunListener {
 public:
  void On(const RunEvent& event) override {
    if (const auto* notice = std::get_if<Notice>(&event)) texts.push_back(notice->text);
  }
  std::vector<std::string> texts;
};

class RunMetricsTest : public ::testing::Test {
 protected:
  RunMetricsTest() {
    std::string name = "/tmp/onceload-metrics-XXXXXX";
    folder_ = mkdtemp(name.data());
    path_ = folder_ / "clicks.prom";
  }
  ~RunMetricsTest() override { fs::remove_all(folder_); }

  std::unique_ptr<RunMetrics> Make(const std::string& load = "clicks") {
    return MakeRunMetrics({path_, "", ""}, {load, "events", "0.1.0"}, clock_, told_);
  }

  // Of the sample of that name and label text; "": there is none.
  std::string Sample(const std::string& name) const {
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(name + "{")) return line.substr(line.rfind(' ') + 1);
    }
    return "";
  }

  fs::path folder_;
  fs::path path_;
  FixedClock clock_{std::chrono::milliseconds{1'769'860'800'000}};
  Told told_;
};

RunBegun BegunAt(std::uint64_t rows) {
  RunBegun event;
  event.at = {100, 1'000, rows, 3, 2};
  return event;
}

TEST_F(RunMetricsTest, APowerCutLeavesAWholeFile) {
  Make()->Ended(ExitCode::kDone);
  EXPECT_EQ(BytesAfterPowerCut(path_, folder_), static_cast<std::int64_t>(fs::file_size(path_)));
}

TEST_F(RunMetricsTest, CountersAreTotalsOfTheLoadAndNeverAppearBelow) {
  const auto metrics = Make();
  EXPECT_EQ(Sample("onceload_rows_committed_total"), "");
  metrics->On(BegunAt(500));
  ChunkCommitted chunk;
  chunk.at = {400, 1'000, 620, 4, 5};
  metrics->On(chunk);
  metrics->Ended(ExitCode::kStopped);
  EXPECT_EQ(Sample("onceload_rows_committed_total"), "620");
  EXPECT_EQ(Sample("onceload_rows_rejected_total"), "5");
  EXPECT_EQ(Sample("onceload_transactions_committed_total"), "4");
  EXPECT_EQ(Sample("onceload_input_bytes_committed_total"), "400");
  EXPECT_EQ(Sample("onceload_input_bytes"), "1000");
  EXPECT_EQ(Sample("onceload_last_exit_code"), "4");
  EXPECT_EQ(Sample("onceload_running"), "0");
}

TEST_F(RunMetricsTest, AFailedRunKeepsTheLastSuccessOfTheOneBefore) {
  Make()->Ended(ExitCode::kDone);
  EXPECT_EQ(Sample("onceload_last_success_timestamp_seconds"), "1769860800");
  Make()->Ended(ExitCode::kKafka);
  EXPECT_EQ(Sample("onceload_last_success_timestamp_seconds"), "1769860800");
  EXPECT_EQ(Sample("onceload_last_exit_code"), "5");
}

TEST_F(RunMetricsTest, ThereIsNoSuccessBeforeTheFirst) {
  Make()->Ended(ExitCode::kInput);
  EXPECT_EQ(Sample("onceload_last_success_timestamp_seconds"), "");
}

TEST_F(RunMetricsTest, AnotherLoadsFileIsRefused) {
  Make("clicks")->Ended(ExitCode::kDone);
  EXPECT_THROW(Make("orders"), Error);
  EXPECT_NO_THROW(Make("clicks"));
}

TEST_F(RunMetricsTest, OnlyANameThatACollectorReadsIsTaken) {
  path_ = folder_ / "clicks.txt";
  EXPECT_THROW(Make(), Error);
}

TEST_F(RunMetricsTest, AFolderThatCannotBeWrittenToIsRefusedAtOnce) {
  path_ = folder_ / "missing" / "clicks.prom";
  EXPECT_THROW(Make(), Error);
}

TEST_F(RunMetricsTest, NothingIsLeftBesideTheFile) {
  Make()->Ended(ExitCode::kDone);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder_)) ++files;
  EXPECT_EQ(files, 1U);
}

TEST_F(RunMetricsTest, AGatewayThatIsNotThereIsToldOnceAndEndsNothing) {
  const auto metrics =
      MakeRunMetrics({"", "", "http://user:word@127.0.0.1:1"}, {"a/b", "t", "0"}, clock_, told_);
  metrics->Ended(ExitCode::kDone);
  ASSERT_EQ(told_.texts.size(), 1U);
  EXPECT_NE(told_.texts[0].find("http://127.0.0.1:1"), std::string::npos) << told_.texts[0];
  EXPECT_EQ(told_.texts[0].find("word"), std::string::npos);
}

TEST_F(RunMetricsTest, WaitsAndRestartsAreCounted) {
  const auto metrics = Make();
  metrics->On(WaitBegun{});
  metrics->On(WaitEnded{"an answer", Duration{4'500}});
  metrics->On(Restarted{"", 1});
  metrics->Ended(ExitCode::kDone);
  EXPECT_EQ(Sample("onceload_wait_seconds_total"), "4.5");
  EXPECT_EQ(Sample("onceload_restarts_total"), "1");
  EXPECT_EQ(Sample("onceload_waiting"), "0");
}

}  // namespace
}  // namespace onceload
