#include "metrics/run_figures.h"

#include <variant>

#include "onceload/core/error.h"

namespace onceload {
namespace {

// Of a transaction, from its first row to its commit: from those of 2,000 rows on a near cluster to
// the longest that a broker allows by default.
const prometheus::Histogram::BucketBoundaries kSeconds{0.05, 0.1, 0.25, 0.5, 1,   2.5,
                                                       5,    10,  30,   60,  300, 900};

// Counters have totals of the load, which come from outside; they never go back.
void RaiseTo(prometheus::Counter& counter, std::uint64_t total) {
  const double more = static_cast<double>(total) - counter.Value();
  if (more > 0) counter.Increment(more);
}

double Seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

}  // namespace

RunFigures::RunFigures(const MetricsSubject& subject, const Clock& clock)
    : clock_(clock),
      labels_{{"load", subject.load}, {"topic", subject.topic}},
      running_(GaugeOf("onceload_running", "1 while the command runs")),
      waiting_(GaugeOf("onceload_waiting", "1 while Kafka has not answered for 3 s and more")),
      waited_(CounterOf("onceload_wait_seconds_total", "Seconds of such waits, in this run")),
      restarts_(CounterOf("onceload_restarts_total",
                          "New producers from the last committed chunk, in this run")),
      fenced_(CounterOf("onceload_fenced_total",
                        "Times that the producers of this run were fenced by others")),
      seconds_(prometheus::BuildHistogram()
                   .Name("onceload_transaction_seconds")
                   .Help("From the first row of a transaction to its commit, in this run")
                   .Labels(labels_)
                   .Register(*registry_)
                   .Add({}, kSeconds)) {
  prometheus::BuildGauge()
      .Name("onceload_build_info")
      .Help("The program; always 1")
      .Labels(labels_)
      .Register(*registry_)
      .Add({{"version", subject.version}})
      .Set(1);
  running_.Set(1);
}

prometheus::Counter& RunFigures::CounterOf(const std::string& name, const std::string& help) {
  return prometheus::BuildCounter()
      .Name(name)
      .Help(help)
      .Labels(labels_)
      .Register(*registry_)
      .Add({});
}

prometheus::Gauge& RunFigures::GaugeOf(const std::string& name, const std::string& help) {
  return prometheus::BuildGauge()
      .Name(name)
      .Help(help)
      .Labels(labels_)
      .Register(*registry_)
      .Add({});
}

double RunFigures::Now() const { return Seconds(clock_.WallClock()); }

void RunFigures::SetLastSuccess(double seconds) {
  if (last_success_ == nullptr) {
    last_success_ = &GaugeOf("onceload_last_success_timestamp_seconds",
                             "When all rows that were known had been committed last");
  }
  last_success_->Set(seconds);
}

void RunFigures::Take(const RunEvent& event) {
  std::visit([this](const auto& each) { On(each); }, event);
}

void RunFigures::SetTotals(const CommittedSoFar& at) {
  if (!totals_) {
    totals_.emplace(
        Totals{CounterOf("onceload_rows_committed_total", "Rows of the load that are in the topic"),
               CounterOf("onceload_rows_rejected_total",
                         "Rows of the load that cannot be loaded: skipped, dead letters too"),
               CounterOf("onceload_input_bytes_committed_total",
                         "Bytes of the inputs up to the last committed row"),
               CounterOf("onceload_transactions_committed_total", "Chunks of the load"),
               GaugeOf("onceload_input_bytes", "Bytes of the inputs that are known")});
  }
  RaiseTo(totals_->rows, at.rows);
  RaiseTo(totals_->rejected, at.rejected);
  RaiseTo(totals_->bytes, at.bytes);
  RaiseTo(totals_->transactions, at.chunk);
  totals_->bytes_known.Set(static_cast<double>(at.bytes_total));
}

void RunFigures::On(const RunBegun& event) { SetTotals(event.at); }

void RunFigures::On(const ChunkCommitted& event) {
  SetTotals(event.at);
  seconds_.Observe(Seconds(event.committed - event.begun));
  GaugeOf("onceload_last_commit_timestamp_seconds", "When this run last committed rows").Set(Now());
}

// A watch has no end; each file that is loaded whole is a success.
void RunFigures::On(const FileLoaded&) { SetLastSuccess(Now()); }

void RunFigures::On(const WaitBegun&) { waiting_.Set(1); }

void RunFigures::On(const WaitEnded& event) {
  waiting_.Set(0);
  waited_.Increment(Seconds(event.waited));
}

void RunFigures::On(const Restarted&) { restarts_.Increment(); }

void RunFigures::On(const ClaimAwaited&) { fenced_.Increment(); }

void RunFigures::On(const RunEnded& event) {
  GaugeOf("onceload_complete", "1 if all rows of all inputs were committed when the last run ended")
      .Set(event.complete ? 1 : 0);
}

void RunFigures::Ended(ExitCode code) {
  running_.Set(0);
  waiting_.Set(0);
  GaugeOf("onceload_last_exit_code", "Of the command").Set(static_cast<double>(code));
  GaugeOf("onceload_last_end_timestamp_seconds", "When the command ended").Set(Now());
  // Rejected rows end with kDifferences, and are told by a figure of their own.
  if (code == ExitCode::kDone || code == ExitCode::kDifferences) SetLastSuccess(Now());
}

}  // namespace onceload
