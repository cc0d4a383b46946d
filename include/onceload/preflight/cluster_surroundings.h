// Cluster and topic as a load looks at them between two sessions.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "onceload/kafka/cluster.h"
#include "onceload/load/load_run.h"

namespace onceload {

// Surroundings over a Cluster and a clock, which must outlive it. Look() throws
// Error(kDisagreement) once the topic has been missing for two seconds.
class ClusterSurroundings final : public Surroundings {
 public:
  ClusterSurroundings(Cluster& cluster, std::string topic, Clock& clock)
      : cluster_(cluster), topic_(std::move(topic)), clock_(clock) {}
  Outcome Look(Duration wait, Here& here) override;
  void Renew() override { cluster_.Renew(); }

 private:
  Outcome Missing();

  Cluster& cluster_;
  std::string topic_;
  Clock& clock_;
  std::optional<Duration> missing_since_;
};

}  // namespace onceload
