// What ledger, Kafka and the topic say of a load, asked without changing anything.
#pragma once

#include <string>
#include <vector>

#include "onceload/kafka/cluster.h"
#include "onceload/kafka/kafka_wait.h"
#include "onceload/repair/load_repair.h"

namespace onceload {

// A connection to ask with. References outlive it.
class FactFinder {
 public:
  FactFinder(const RepairRequest& request, Cluster& cluster, KafkaWait& wait)
      : request_(request), cluster_(cluster), wait_(wait) {}

  // Counts the records in the topic only where a start would refuse the load, or `count` is set.
  LoadFacts Find(bool count);

 private:
  std::optional<TopicFacts> Describe(const std::string& topic);
  void AskLedger(LoadFacts& facts) const;
  void AskKafka(LoadFacts& facts);
  // Of the topic that `load` names. Its ends are for ChangedSurroundings().
  TopicNow LookAt(const ProgressRecord& load, std::vector<KafkaOffset>& ends);
  // Why a start does not go on from the record in the topic as it is now; empty: it does.
  std::string RefusalOf(const ProgressRecord& load, const LoadFacts& facts, const TopicNow& topic,
                        const std::vector<KafkaOffset>& ends) const;
  void Count(LoadFacts& facts);

  const RepairRequest& request_;
  Cluster& cluster_;
  KafkaWait& wait_;
};

}  // namespace onceload
