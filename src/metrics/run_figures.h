// The figures of a run, out of its events.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "onceload/core/clock.h"
#include "onceload/core/error.h"
#include "onceload/metrics/run_metrics.h"
#include "onceload/report/run_events.h"

namespace onceload {

// Written by the load thread; the registry may be read by any.
class RunFigures {
 public:
  RunFigures(const MetricsSubject& subject, const Clock& clock);

  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

  // Seconds since 1970 of a success before this run.
  void SetLastSuccess(double seconds);

  void Take(const RunEvent& event);
  void Ended(ExitCode code);

 private:
  // Totals of the load, all runs. They are there once it is known where the load stands: a counter
  // that began at 0 and jumped there would look like rows of this run.
  struct Totals {
    prometheus::Counter& rows;
    prometheus::Counter& rejected;
    prometheus::Counter& bytes;
    prometheus::Counter& transactions;
    prometheus::Gauge& bytes_known;
  };

  void On(const RunBegun& event);
  void On(const ChunkCommitted& event);
  void On(const FileLoaded& event);
  void On(const WaitBegun& event);
  void On(const WaitEnded& event);
  void On(const Restarted& event);
  void On(const ClaimAwaited& event);
  void On(const RunEnded& event);
  template <typename Other>
  void On(const Other&) {}

  void SetTotals(const CommittedSoFar& at);
  double Now() const;
  prometheus::Counter& CounterOf(const std::string& name, const std::string& help);
  prometheus::Gauge& GaugeOf(const std::string& name, const std::string& help);

  const Clock& clock_;
  const prometheus::Labels labels_;
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  prometheus::Gauge& running_;
  prometheus::Gauge& waiting_;
  prometheus::Counter& waited_;
  prometheus::Counter& restarts_;
  prometheus::Counter& fenced_;
  prometheus::Histogram& seconds_;
  std::optional<Totals> totals_;
  prometheus::Gauge* last_success_ = nullptr;  // made by the first success that is known
};

}  // namespace onceload
