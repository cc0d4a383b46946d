// What is checked and made before a load's first row: cluster, topics, permissions to see them.
#pragma once

#include <optional>
#include <string>

#include "onceload/core/run_context.h"
#include "onceload/kafka/cluster.h"
#include "onceload/load/load_run.h"
#include "onceload/load/patience.h"
#include "onceload/preflight/guarantee_check.h"

namespace onceload {

struct TopicWishes {
  // The name always; the rest is for --create-topic. Three replicas: one broker may be down,
  // another one lost.
  TopicSpec topic{.name = {}, .partitions = 5, .replication_factor = 3};
  bool create = false;
  std::string progress_topic = "onceload.progress";
  std::string dead_letter_topic;    // empty: none
  std::uint64_t loaded_rows = 0;    // what the ledger says this load has put into the topic
  Duration transaction_timeout{0};  // asked of the brokers; 0: what they allow
};

// Waits within `patience` for the brokers. Makes the topics that are missing and may be made, once
// all that can be refused is known: the brokers are asked whether they would make each.
// Throws Error(kDisagreement): a topic that had rows of this load is gone. Error(kUsage): no such
// topic, too few progress partitions, not allowed, credentials refused.
Destination PrepareTopics(Cluster& cluster, const TopicWishes& wishes, Patience& patience,
                          RunListener& events);

// How long the one transaction of an atomic load may take: what the brokers allow
// (transaction.max.timeout.ms). Throws Error(kUsage), with the numbers, if `text_bytes` of input
// will most likely take longer.
Duration AtomicTimeout(const std::optional<BrokerFacts>& brokers, std::uint64_t text_bytes);

}  // namespace onceload
