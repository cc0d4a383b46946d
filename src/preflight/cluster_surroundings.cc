#include "onceload/preflight/cluster_surroundings.h"

#include "onceload/core/error.h"
#include "preflight/topic_news.h"

namespace onceload {

Outcome ClusterSurroundings::Missing() {
  const Duration now = clock_.Now();
  if (!missing_since_) missing_since_ = now;
  if (now - *missing_since_ < kNewsDelay) {
    clock_.Sleep(kAskAgain);
    return {Verdict::kPending, "the broker asked does not know topic " + topic_};
  }
  throw Error(ExitCode::kDisagreement,
              "topic " + topic_ + " is gone: it was deleted during this run", "", kAnotherName);
}

Outcome ClusterSurroundings::Look(Duration wait, Here& here) {
  Outcome outcome = cluster_.Id(wait, here.blank.cluster_id);
  if (!outcome.done()) return outcome;
  std::optional<TopicFacts> facts;
  outcome = cluster_.Describe(topic_, wait, facts);
  if (!outcome.done()) return outcome;
  if (!facts) return Missing();
  missing_since_.reset();
  here.blank.topic = topic_;
  here.blank.topic_id = facts->id;
  here.blank.partitions.assign(static_cast<std::size_t>(facts->partitions), PartitionProgress{});
  return cluster_.EndOffsets(topic_, facts->partitions, wait, here.ends);
}

}  // namespace onceload
