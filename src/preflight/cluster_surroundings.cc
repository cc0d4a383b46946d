#include "onceload/preflight/cluster_surroundings.h"

#include "onceload/core/error.h"
#include "preflight/topic_news.h"

namespace onceload {

Outcome ClusterSurroundings::Look(Duration wait, Here& here) {
  Outcome outcome = cluster_.Id(wait, here.blank.cluster_id);
  if (!outcome.done()) return outcome;
  std::optional<TopicFacts> facts;
  outcome = cluster_.Describe(topic_, wait, facts);
  if (!outcome.done()) return outcome;
  if (!facts) {
    throw Error(ExitCode::kDisagreement,
                "topic " + topic_ + " is gone: it was deleted during this run", "", kAnotherName);
  }
  here.blank.topic = topic_;
  here.blank.topic_id = facts->id;
  here.blank.partitions.assign(static_cast<std::size_t>(facts->partitions), PartitionProgress{});
  return cluster_.EndOffsets(topic_, facts->partitions, wait, here.ends);
}

}  // namespace onceload
