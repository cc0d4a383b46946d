// Tries on a cluster what a load will ask of it, and leaves nothing that a reader sees.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/kafka/client_config.h"
#include "onceload/kafka/outcome.h"

namespace onceload {

struct BrokerAddress {
  std::int32_t id = 0;
  std::string host;
  std::int32_t port = 0;
};

// What came of writing to a topic within a transaction, which was aborted.
struct WriteTried {
  std::string topic;
  Outcome outcome;
  std::size_t bytes = 0;    // that were acknowledged
  Duration throttled{0};    // the longest that a broker asked to hold back
  Duration clock_ahead{0};  // of the brokers' clock before ours; below zero: behind
  bool clock_seen = false;  // otherwise it could not be told
};

// Used by one thread. Each call waits for `wait` at most.
class ClusterProbe {
 public:
  // `bootstrap` of the config: whoever answers there.
  explicit ClusterProbe(const ClientConfig& config);
  ~ClusterProbe();

  // As brokers tell them to clients: where a load will connect to.
  Outcome Brokers(Duration wait, std::vector<BrokerAddress>& brokers);

  // Of each request that a broker knows, its newest version: "Produce" -> 11. Empty: the brokers
  // told nothing.
  std::map<std::string, int> Requests() const;

  // Init with `transactional_id`, which fences whoever has it: it must be a name of its own.
  Outcome BeginTransactions(const std::string& transactional_id, Duration wait);
  // After that. Messages of `bytes` in all go to partition 0, none larger than `message_bytes`.
  WriteTried TryWrite(const std::string& topic, std::size_t bytes, std::size_t message_bytes,
                      Duration wait);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
