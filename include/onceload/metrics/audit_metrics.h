// What an audit has found, for Prometheus: docs/metrics.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/error.h"
#include "onceload/metrics/run_metrics.h"

namespace onceload {

struct AuditFigures {
  std::uint64_t expected = 0;    // rows
  std::uint64_t found = 0;       // rows
  std::uint64_t difference = 0;  // of their numbers, partition by partition
  bool proven = false;
};

class AuditMetrics {
 public:
  // Throws Error(kUsage), before anything is audited: the file is no "*.prom" or has other figures,
  // or the URL is none. `clock` must outlive this. `wishes.listen` is not for audits, which end.
  AuditMetrics(const MetricsWishes& wishes, const MetricsSubject& subject, const Clock& clock);
  ~AuditMetrics();
  AuditMetrics(const AuditMetrics&) = delete;
  AuditMetrics& operator=(const AuditMetrics&) = delete;

  // Gives the figures out; nullopt: the audit did not come to its end. Waits for a gateway
  // kPushTimeout at most. Returns what could not be given out.
  std::vector<std::string> Ended(ExitCode code, const std::optional<AuditFigures>& figures);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
