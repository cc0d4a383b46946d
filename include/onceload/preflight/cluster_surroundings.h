// Cluster and topic as a load looks at them between two sessions.
#pragma once

#include <string>
#include <utility>

#include "onceload/kafka/cluster.h"
#include "onceload/load/load_run.h"

namespace onceload {

// Surroundings over a Cluster, which must outlive it. Look() throws Error(kDisagreement) if the
// topic is gone.
class ClusterSurroundings final : public Surroundings {
 public:
  ClusterSurroundings(Cluster& cluster, std::string topic)
      : cluster_(cluster), topic_(std::move(topic)) {}
  Outcome Look(Duration wait, Here& here) override;
  void Renew() override { cluster_.Renew(); }

 private:
  Cluster& cluster_;
  std::string topic_;
};

}  // namespace onceload
