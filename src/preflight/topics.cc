#include "onceload/preflight/topics.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "onceload/core/error.h"
#include "onceload/core/text.h"
#include "onceload/message/message_limits.h"
#include "preflight/topic_news.h"

namespace onceload {
namespace {

constexpr Duration kSlice{2'000};

constexpr Duration kTransactionTimeoutMaxDefault{900'000};  // Kafka's; where it cannot be read

// Ends the run for what waiting cannot mend.
void ThrowUnlessDone(const Outcome& outcome, const std::string& where) {
  if (outcome.done()) return;
  throw Error(RefusalOf(outcome, where));
}

std::optional<TopicFacts> Describe(Cluster& cluster, const std::string& topic, Patience& patience) {
  std::optional<TopicFacts> facts;
  ThrowUnlessDone(
      patience.Until("the brokers", [&] { return cluster.Describe(topic, kSlice, facts); }),
      "topic " + topic);
  return facts;
}

// Kafka's own rules, told with the option that names it. `flag`: "--progress-topic".
void RequireTopicName(const std::string& name, const std::string& flag) {
  constexpr std::size_t kNameBytesMax = 249;
  constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  std::string fault;
  if (name.size() > kNameBytesMax) {
    fault =
        std::to_string(name.size()) + " characters, Kafka allows " + std::to_string(kNameBytesMax);
  } else if (name.find_first_not_of(kCharacters) != std::string::npos) {
    fault = "Kafka allows letters of ASCII, digits, dots, dashes and underscores";
  } else if (name == "." || name == ".." || name.empty()) {
    fault = "Kafka allows no such name";
  }
  if (fault.empty()) return;
  throw Error(ExitCode::kUsage, "a topic cannot have this name: " + fault, name,
              "name another one with " + flag);
}

// What lies among others' records could be told apart by nobody.
void RequireDistinct(const TopicWishes& wishes) {
  const auto refuse_twice = [](const std::string& topic, const std::string& other,
                               const std::string& flags) {
    if (topic != other) return;
    throw Error(ExitCode::kUsage, "one topic cannot be two of rows, dead letters and progress",
                "topic " + topic, "name another one with " + flags);
  };
  refuse_twice(wishes.dead_letter_topic, wishes.topic.name, "--dead-letter-topic");
  refuse_twice(wishes.dead_letter_topic, wishes.progress_topic, "--dead-letter-topic");
  refuse_twice(wishes.topic.name, wishes.progress_topic, "--topic or --progress-topic");
}

// The option that names a topic of these wishes.
std::string FlagOf(const std::string& topic, const TopicWishes& wishes) {
  if (topic == wishes.topic.name) return "--topic";
  return topic == wishes.progress_topic ? "--progress-topic" : "--dead-letter-topic";
}

// Names that differ in dots and underscores only are one to Kafka's metrics.
void ThrowIfItCollides(const Outcome& outcome, const TopicSpec& spec, const std::string& flag) {
  if (outcome.done() || outcome.detail.find("collide") == std::string::npos) return;
  throw Error(ExitCode::kUsage, "Kafka refuses: " + outcome.detail, "creating topic " + spec.name,
              "name another one with " + flag);
}

TopicFacts Create(Cluster& cluster, const TopicSpec& spec, const std::string& flag,
                  Patience& patience) {
  const Outcome outcome =
      patience.Until("the brokers", [&] { return cluster.Create(spec, kSlice); });
  ThrowIfItCollides(outcome, spec, flag);
  ThrowUnlessDone(outcome, "creating topic " + spec.name);
  for (;;) {
    std::optional<TopicFacts> facts = Describe(cluster, spec.name, patience);
    if (facts) return *facts;
    patience.Waiting("topic " + spec.name, "it has just been made");
  }
}

// Would it be made? A service that does not know the question is asked again by the making.
void RequireMakeable(Cluster& cluster, const TopicSpec& spec, const std::string& flag,
                     Patience& patience) {
  const Outcome outcome = patience.Until(
      "the brokers", [&] { return cluster.Create(spec, kSlice, Cluster::Making::kTry); });
  ThrowIfItCollides(outcome, spec, flag);
  if (outcome.verdict != Verdict::kBug) ThrowUnlessDone(outcome, "creating topic " + spec.name);
}

std::string CreateCommand(const TopicSpec& spec) {
  return "kafka-topics.sh --create --topic " + spec.name + " --partitions " +
         std::to_string(spec.partitions) + " --replication-factor " +
         std::to_string(spec.replication_factor) +
         " --config min.insync.replicas=" + std::to_string(spec.min_insync_replicas) +
         " --config cleanup.policy=compact";
}

// All loads share it, so it is not made as weak as the target of the load that happens to be first.
// With two replicas a broker that is down stops the load: that costs time, where a progress record
// on a single disk could cost the load its place.
constexpr std::int32_t kProgressReplicas = 3;
constexpr std::int32_t kProgressMinInsync = 2;

TopicSpec ProgressTopic(const std::string& name) {
  TopicSpec spec;
  spec.name = name;
  spec.partitions = kProgressPartitions;
  spec.replication_factor = kProgressReplicas;
  spec.min_insync_replicas = kProgressMinInsync;
  spec.fewer_if_need_be = true;
  spec.compacted = true;
  return spec;
}

void RequireProgressPartitions(const TopicFacts& topic) {
  if (topic.partitions >= kProgressPartitions) return;
  throw Error(ExitCode::kUsage,
              "the progress topic has " + std::to_string(topic.partitions) +
                  " partitions and needs " + std::to_string(kProgressPartitions),
              "topic " + topic.name,
              "make another one and name it with --progress-topic: " +
                  CreateCommand(ProgressTopic(topic.name)));
}

// Fewer replicas than three would stop the load with a larger minimum as soon as one is down.
TopicSpec GoodTopic(TopicSpec spec) {
  if (spec.replication_factor >= kProgressReplicas) spec.min_insync_replicas = kProgressMinInsync;
  return spec;
}

// However short it is cut, a dead letter has its headers.
void RequireRoomForDeadLetters(const TopicFacts& topic) {
  if (topic.message_bytes_max > kDeadLetterOverheadBytes) return;
  throw Error(
      ExitCode::kUsage,
      "the dead letter topic's max.message.bytes of " + std::to_string(topic.message_bytes_max) +
          " is too small: the headers alone may have " + std::to_string(kDeadLetterOverheadBytes),
      "topic " + topic.name,
      "raise it: kafka-configs.sh --bootstrap-server ... --alter --entity-type topics "
      "--entity-name " +
          topic.name + " --add-config max.message.bytes=1048588");
}

// One partition: a load's dead letters keep their order, and are few.
TopicSpec DeadLetterTopic(const std::string& name, std::int32_t replicas, std::int32_t min_insync) {
  TopicSpec spec;
  spec.name = name;
  spec.partitions = 1;
  spec.replication_factor = replicas;
  spec.min_insync_replicas = min_insync;
  return spec;
}

// What Kafka keeps of transactions. That it may not be seen stops no load.
void LookAtTransactions(Cluster& cluster, Patience& patience, Destination& to) {
  ThrowUnlessDone(patience.Until("the settings of the brokers",
                                 [&] { return cluster.DescribeBrokers(kSlice, to.brokers); }),
                  "settings of the brokers");
  std::optional<TopicFacts> facts;
  const Outcome outcome = patience.Until("the brokers", [&] {
    return cluster.Describe(kTransactionTopic, kSlice, facts, Cluster::Missing::kAtOnce);
  });
  if (facts) {
    to.transactions = *facts;
  } else if (outcome.done() && to.brokers) {  // not made yet: as the brokers will make it
    to.transactions.settings_seen = true;
    to.transactions.replication_factor = to.brokers->transaction_topic_replicas;
    to.transactions.min_insync_replicas = to.brokers->transaction_topic_min_isr;
    to.transactions.unclean_leader_election = to.brokers->transaction_topic_unclean_election;
  }
  to.transactions.name = kTransactionTopic;
}

// The one broker of a cluster cannot make the topic of transactions as Kafka's defaults want it,
// and asks itself for it without an end.
void RequireTransactions(const Cluster& cluster, const TopicWishes& wishes, const Destination& to) {
  const bool missing = to.transactions.settings_seen && to.transactions.partitions == 0;
  if (!to.brokers) return;
  if (missing && cluster.brokers() == 1 && to.brokers->transaction_topic_replicas > 1) {
    throw Error(
        ExitCode::kUsage,
        "one broker cannot make " + std::string(kTransactionTopic) +
            " with transaction.state.log.replication.factor=" +
            std::to_string(to.brokers->transaction_topic_replicas),
        "topic " + wishes.topic.name,
        "set transaction.state.log.replication.factor=1 and "
        "transaction.state.log.min.isr=1 on the broker and start it again; topics made here "
        "need --replication-factor 1");
  }
  const Duration most = to.brokers->transaction_timeout_max;
  if (most == Duration{0} || most >= wishes.transaction_timeout) return;
  throw Error(ExitCode::kUsage,
              "the brokers allow transactions of " + std::to_string(most.count()) +
                  " ms, less than transaction.timeout.ms=" +
                  std::to_string(wishes.transaction_timeout.count()),
              "transaction.max.timeout.ms of the brokers",
              "raise it, or lower -X transaction.timeout.ms and --chunk-ms");
}

// What is there of a load's topics, and how the others are to be made.
struct Topics {
  std::optional<TopicFacts> target;
  std::optional<TopicFacts> progress;
  std::optional<TopicFacts> dead_letters;
  std::vector<TopicSpec> missing;
};

void RequireTarget(const TopicWishes& wishes, const std::string& cluster_id) {
  if (wishes.loaded_rows > 0) {
    throw Error(ExitCode::kDisagreement,
                "topic " + wishes.topic.name + ", which this load has put " +
                    std::to_string(wishes.loaded_rows) + " rows into, is gone: it was deleted",
                "cluster " + cluster_id, kAnotherName);
  }
  if (wishes.create) return;
  throw Error(ExitCode::kUsage, "there is no topic " + wishes.topic.name, "cluster " + cluster_id,
              "check the name, or let onceload make it with --create-topic");
}

Topics LookAtTopics(Cluster& cluster, const TopicWishes& wishes, Patience& patience) {
  std::string id;
  ThrowUnlessDone(patience.Until("the brokers", [&] { return cluster.Id(kSlice, id); }),
                  "connecting");
  Topics topics;
  topics.target = Describe(cluster, wishes.topic.name, patience);
  if (!topics.target) {
    RequireTarget(wishes, id);
    topics.missing.push_back(GoodTopic(wishes.topic));
  }
  topics.progress = Describe(cluster, wishes.progress_topic, patience);
  if (topics.progress) {
    RequireProgressPartitions(*topics.progress);
  } else {
    topics.missing.push_back(ProgressTopic(wishes.progress_topic));
  }
  if (wishes.dead_letter_topic.empty()) return topics;
  topics.dead_letters = Describe(cluster, wishes.dead_letter_topic, patience);
  if (topics.dead_letters) {
    RequireRoomForDeadLetters(*topics.dead_letters);
  } else {
    const TopicSpec made = GoodTopic(wishes.topic);
    topics.missing.push_back(DeadLetterTopic(
        wishes.dead_letter_topic,
        topics.target ? topics.target->replication_factor : made.replication_factor,
        topics.target ? topics.target->min_insync_replicas : made.min_insync_replicas));
  }
  return topics;
}

}  // namespace

Destination PrepareTopics(Cluster& cluster, const TopicWishes& wishes, Patience& patience,
                          RunListener& events) {
  RequireTopicName(wishes.topic.name, "--topic");
  RequireTopicName(wishes.progress_topic, "--progress-topic");
  if (!wishes.dead_letter_topic.empty()) {
    RequireTopicName(wishes.dead_letter_topic, "--dead-letter-topic");
  }
  RequireDistinct(wishes);
  Topics topics = LookAtTopics(cluster, wishes, patience);
  Destination to;
  LookAtTransactions(cluster, patience, to);
  RequireTransactions(cluster, wishes, to);
  // Nothing is left behind by a command that is refused.
  for (const TopicSpec& spec : topics.missing)
    RequireMakeable(cluster, spec, FlagOf(spec.name, wishes), patience);
  for (const TopicSpec& spec : topics.missing) {
    TopicFacts made = Create(cluster, spec, FlagOf(spec.name, wishes), patience);
    const auto role = spec.name == wishes.topic.name       ? TopicMade::Role::kTarget
                      : spec.name == wishes.progress_topic ? TopicMade::Role::kProgress
                                                           : TopicMade::Role::kDeadLetters;
    events.On(TopicMade{role, spec.name, made.partitions});
    (role == TopicMade::Role::kTarget     ? topics.target
     : role == TopicMade::Role::kProgress ? topics.progress
                                          : topics.dead_letters) = std::move(made);
  }
  to.target = *topics.target;
  to.progress = *topics.progress;
  to.dead_letters = std::move(topics.dead_letters);
  if (to.dead_letters) RequireRoomForDeadLetters(*to.dead_letters);
  return to;
}

Duration AtomicTimeout(const std::optional<BrokerFacts>& brokers, std::uint64_t text_bytes) {
  Duration max = brokers ? brokers->transaction_timeout_max : Duration{0};
  if (max == Duration{0}) max = kTransactionTimeoutMaxDefault;
  const Duration needed{static_cast<std::int64_t>(1000 * text_bytes / kCautiousBytesPerSecond)};
  // A transaction that is cut off at the brokers' limit has sent everything for nothing.
  if (needed > max) {
    throw Error(ExitCode::kUsage,
                "the input is too large for one transaction: " + std::to_string(text_bytes) +
                    " bytes at " + std::to_string(kCautiousBytesPerSecond) + " a second take " +
                    Seconds(needed) + ", the brokers allow " + Seconds(max) +
                    " (transaction.max.timeout.ms)",
                "--atomic", "leave it out, or raise transaction.max.timeout.ms on the brokers");
  }
  return max;
}

}  // namespace onceload
