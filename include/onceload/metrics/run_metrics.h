// What a run has done and how it stands, for Prometheus: docs/metrics.md.
#pragma once

#include <memory>
#include <string>

#include "onceload/core/clock.h"
#include "onceload/core/error.h"
#include "onceload/report/run_events.h"

namespace onceload {

// Each empty: not wanted.
struct MetricsWishes {
  std::string file;          // for a textfile collector, "*.prom"; renamed into place
  std::string listen;        // ADDRESS:PORT to be scraped at: /metrics, /healthz
  std::string push_gateway;  // URL of a Pushgateway

  bool any() const { return !file.empty() || !listen.empty() || !push_gateway.empty(); }
};

struct MetricsSubject {
  std::string load;
  std::string topic;
  std::string version;  // the program's
};

// A listener that keeps the figures and gives them out, on threads of its own: make it once signals
// are blocked. On() and Ended() are for the load thread; they wait for nobody but, in Ended(), for
// a gateway, twice kPushTimeout at most.
class RunMetrics : public RunListener {
 public:
  // How the command ended. Gives the figures out a last time.
  virtual void Ended(ExitCode code) = 0;
};

// A gateway that does not answer must not hold up a command that has done its work.
inline constexpr Duration kPushTimeout{5'000};

// `tell` gets a Notice of what cannot be given out, once each; it and `clock` outlive the result.
// Throws Error(kUsage): the file cannot be written or has the figures of another load, the address
// cannot be listened at.
std::unique_ptr<RunMetrics> MakeRunMetrics(const MetricsWishes& wishes,
                                           const MetricsSubject& subject, const Clock& clock,
                                           RunListener& tell);

}  // namespace onceload
