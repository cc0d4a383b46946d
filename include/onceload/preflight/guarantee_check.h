// Settings of topics and brokers that weaken what a load promises: told before its first row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "onceload/kafka/cluster.h"
#include "onceload/load/load_run.h"
#include "onceload/report/run_events.h"

namespace onceload {

// What a small cluster takes of one loader, with room to spare: how long a load may take is told
// from it.
inline constexpr std::uint64_t kCautiousBytesPerSecond = 10'000'000;

// Where a load goes, as far as it can be seen.
struct Destination {
  TopicFacts target;
  TopicFacts progress;
  std::optional<TopicFacts> dead_letters;  // nullopt: the load has none
  TopicFacts transactions;                 // replication factor 0: cannot be seen
  std::optional<BrokerFacts> brokers;      // nullopt: cannot be seen
};

// What a load asks of its destination.
struct LoadNeeds {
  std::uint64_t text_bytes = 0;  // of the input: an estimate
  MaxRate max_rate;
  bool own_timestamps = false;  // --timestamp
  Duration transaction_timeout{0};
};

struct Weakness {
  std::string fact;  // "topic clicks has min.insync.replicas=1"
  std::string why;   // what can happen, and what to do
};

// In the order of the table. `strict`: also what cannot be seen.
std::vector<Weakness> FindWeaknesses(const Destination& to, const LoadNeeds& needs, bool strict);

// A warning for each weakness. Throws Error(kUsage) that names them all if `strict` and there are
// any.
void CheckGuarantee(const Destination& to, const LoadNeeds& needs, bool strict,
                    RunListener& events);

// The table as docs/guarantees.md has it; a test compares them.
std::string GuaranteeTable();

}  // namespace onceload
