#include "onceload/metrics/audit_metrics.h"

#include <string>

#include <gtest/gtest.h>

#include "onceload/core/file_text.h"
#include "support/fixed_clock.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

class AuditMetricsTest : public testing::Test {
 protected:
  std::vector<std::string> End(ExitCode code, const std::optional<AuditFigures>& figures) {
    const FixedClock clock(now_);
    return AuditMetrics({path_, "", ""}, {"load", "topic", "1.0"}, clock).Ended(code, figures);
  }
  std::string Value(const std::string& name) const {
    const std::string text = TextOfFile(path_).value_or("");
    const std::string begin = "onceload_verify_" + name + "{load=\"load\",topic=\"topic\"} ";
    const std::size_t at = text.find(begin);
    if (at == std::string::npos) return "";
    return text.substr(at + begin.size(), text.find('\n', at) - at - begin.size());
  }

  TempDir directory_;
  std::string path_ = directory_ / "verify.prom";
  std::chrono::milliseconds now_{1'769'860'800'007};
  const FixedClock clock_{now_};
};

TEST_F(AuditMetricsTest, ProofHasItsNumbersAndItsTime) {
  EXPECT_TRUE(End(ExitCode::kDone, AuditFigures{10, 10, 0, true}).empty());
  EXPECT_EQ(Value("expected_rows"), "10");
  EXPECT_EQ(Value("found_rows"), "10");
  EXPECT_EQ(Value("difference_rows"), "0");
  EXPECT_EQ(Value("proven"), "1");
  EXPECT_EQ(Value("last_exit_code"), "0");
  EXPECT_EQ(Value("last_proven_timestamp_seconds"), Value("last_end_timestamp_seconds"));
  EXPECT_NE(Value("last_end_timestamp_seconds"), "");
}

TEST_F(AuditMetricsTest, DifferenceOrAnErrorKeepsTheTimeOfTheLastProof) {
  End(ExitCode::kDone, AuditFigures{10, 10, 0, true});
  const std::string proven = Value("last_proven_timestamp_seconds");
  now_ += std::chrono::milliseconds{5'000};
  End(ExitCode::kDifferences, AuditFigures{10, 9, 1, false});
  EXPECT_EQ(Value("last_proven_timestamp_seconds"), proven);
  EXPECT_NE(Value("last_end_timestamp_seconds"), proven);
  EXPECT_EQ(Value("difference_rows"), "1");
  EXPECT_EQ(Value("proven"), "0");
  End(ExitCode::kKafka, std::nullopt);
  EXPECT_EQ(Value("last_proven_timestamp_seconds"), proven);
  EXPECT_EQ(Value("expected_rows"), "") << "nobody knows";
  EXPECT_EQ(Value("proven"), "0");
}

TEST_F(AuditMetricsTest, LoadThatWasNeverProvenHasNoTimeOfIt) {
  End(ExitCode::kDifferences, AuditFigures{10, 9, 1, false});
  EXPECT_EQ(Value("last_proven_timestamp_seconds"), "");
}

// The one would forget what the other has to keep.
TEST_F(AuditMetricsTest, FileIsAnAuditsOrALoads) {
  End(ExitCode::kDone, AuditFigures{10, 10, 0, true});
  class Nobody final : public RunListener {
    void On(const RunEvent&) override {}
  } nobody;
  EXPECT_THROW(MakeRunMetrics({path_, "", ""}, {"load", "topic", "1.0"}, clock_, nobody), Error);
  const std::string of_load = directory_ / "load.prom";
  MakeRunMetrics({of_load, "", ""}, {"load", "topic", "1.0"}, clock_, nobody)
      ->Ended(ExitCode::kDone);
  EXPECT_THROW(AuditMetrics({of_load, "", ""}, {"load", "topic", "1.0"}, clock_), Error);
  EXPECT_THROW(AuditMetrics({path_, "", ""}, {"another", "topic", "1.0"}, clock_), Error);
}

}  // namespace
}  // namespace onceload
