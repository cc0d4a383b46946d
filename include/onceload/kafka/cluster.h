// What a load needs to know of the cluster before it starts, and the topics it may make.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/types.h"
#include "onceload/kafka/client_config.h"
#include "onceload/kafka/outcome.h"

namespace onceload {

struct TopicFacts {
  std::string name;
  std::string id;  // KIP-516; empty where broker or library tell none
  std::int32_t partitions = 0;
  std::int32_t replication_factor = 0;
  // Topic settings; what stands here where permission to read them is missing.
  bool settings_seen = false;
  std::int32_t min_insync_replicas = 0;        // 0: unknown
  std::int64_t message_bytes_max = 1'000'012;  // max.message.bytes, at least 1
  std::string cleanup_policy;                  // "delete", "compact", ...; empty: unknown
  bool unclean_leader_election = false;        // unclean.leader.election.enable
  std::int64_t retention_ms = -1;              // -1: for ever
  std::int64_t retention_bytes = -1;           // of a partition; -1: any
  bool log_append_time = false;                // message.timestamp.type=LogAppendTime
  // How far a record's time may lie from the broker's clock; 0: unknown.
  std::int64_t time_before_max_ms = 0;  // message.timestamp.before.max.ms
  std::int64_t time_after_max_ms = 0;   // message.timestamp.after.max.ms

  bool compacted() const { return cleanup_policy.find("compact") != std::string::npos; }
};

// Kafka's own topic of all transactions. On a new cluster the first transaction makes it.
inline constexpr char kTransactionTopic[] = "__transaction_state";

// Settings of the brokers, as one of them tells them.
struct BrokerFacts {
  Duration transaction_timeout_max{0};              // transaction.max.timeout.ms
  std::int32_t transaction_topic_replicas = 0;      // transaction.state.log.replication.factor
  std::int32_t transaction_topic_min_isr = 0;       // transaction.state.log.min.isr
  bool transaction_topic_unclean_election = false;  // unclean.leader.election.enable
};

struct TopicSpec {
  std::string name;
  std::int32_t partitions = 0;
  std::int32_t replication_factor = 0;
  std::int32_t min_insync_replicas = 0;         // 0: the broker's default
  std::map<std::string, std::string> config{};  // further settings, which win
  bool compacted = false;
  // Fewer replicas where there are fewer brokers. Those that are down count, Kafka knows them: a
  // number taken from metadata would be that of the brokers that are up at this instant.
  bool fewer_if_need_be = false;
};

// A connection to ask with. Used by one thread. Each call waits for at most `wait` and says
// kPending if that was not enough; calling again is right.
class Cluster {
 public:
  explicit Cluster(const ClientConfig& config);
  ~Cluster();

  // Cluster id (KIP-78).
  Outcome Id(Duration wait, std::string& id);

  // nullopt in `facts`: there is no such topic. A broker learns of a new topic a moment after the
  // one that made it, and one that has just started may not know it yet: a topic is missing only if
  // it still is two seconds later, by which the call may then be longer than `wait`. kAtOnce: where
  // nothing hangs on it.
  enum class Missing : std::uint8_t { kLater, kAtOnce };
  Outcome Describe(const std::string& topic, Duration wait, std::optional<TopicFacts>& facts,
                   Missing missing = Missing::kLater);

  // nullopt in `facts`: permission to read them is missing.
  Outcome DescribeBrokers(Duration wait, std::optional<BrokerFacts>& facts);

  // kDone if it exists afterwards, whoever made it; kTry: if it would.
  enum class Making : std::uint8_t { kMake, kTry };
  Outcome Create(const TopicSpec& spec, Duration wait, Making making = Making::kMake);

  // Per partition the end offset, open transactions included (read_uncommitted).
  Outcome EndOffsets(const std::string& topic, std::int32_t partitions, Duration wait,
                     std::vector<KafkaOffset>& ends);

  // The next question has connections of its own.
  void Renew();

  // Brokers that each further client will know, as far as answers have told: not fewer than the
  // addresses that were given.
  std::size_t brokers() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
