// Proof, while a load goes on, that what was committed is in the topic.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "onceload/core/clock.h"
#include "onceload/core/progress_record.h"
#include "onceload/kafka/client_config.h"

namespace onceload {

class CommittedProof {
 public:
  CommittedProof(const ClientConfig& config, const std::string& topic, Duration budget,
                 Clock& clock);
  ~CommittedProof();
  CommittedProof(const CommittedProof&) = delete;
  CommittedProof& operator=(const CommittedProof&) = delete;

  // Reads what lies between the two records of one load (nullopt: its begin) as readers see it, and
  // throws Error(kDifferences), naming the first partition whose rows are not those that the load
  // has sent; Error(kKafka, kUsage) where it cannot be read.
  void Check(const std::optional<ProgressRecord>& before, const ProgressRecord& at);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
