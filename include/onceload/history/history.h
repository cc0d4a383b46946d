// Every load that is known: by this ledger, and by the progress topic of a cluster.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/history/history_report.h"
#include "onceload/kafka/client_config.h"

namespace onceload {

struct HistoryRequest {
  std::string state;
  std::optional<std::string> name;     // only this load
  std::optional<ClientConfig> config;  // nullopt: the ledger alone
  std::string progress_topic;
  Duration retry_budget{0};
  std::function<void(const std::string&)> notice;
};

// Last written to first; those that Kafka alone knows behind, by name. Throws Error(kUsage): no
// ledger and no brokers, no load of that name; Error(kKafka).
std::vector<LoadHistory> HistoryOf(const HistoryRequest& request, Clock& clock);

}  // namespace onceload
