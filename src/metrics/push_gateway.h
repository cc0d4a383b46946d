// A Pushgateway, which keeps the figures of jobs that are gone when they could be scraped.
#pragma once

#include <string>

#include "onceload/core/clock.h"

namespace onceload {

class PushGateway {
 public:
  // `url`: of the gateway itself; user:password@ in it goes as basic authentication.
  // Throws Error(kUsage): no http or https URL.
  PushGateway(const std::string& url, const std::string& load);

  // Replaces the metrics of the same names of this load, and no others: what a run does not know,
  // such as the last success, stays. Takes `timeout` at most. Returns what went wrong; empty:
  // nothing.
  std::string Post(const std::string& text, Duration timeout) const;

 private:
  std::string target_;  // with the grouping key: job and load
  std::string shown_;   // without secrets
};

}  // namespace onceload
