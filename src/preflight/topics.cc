#include "onceload/preflight/topics.h"

#include <optional>
#include <string_view>
#include <utility>

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
  throw Error(ExitCode::kUsage, "Kafka refuses: " + outcome.detail, where,
              "check credentials and TLS settings, and grant what is missing: "
              "docs/architecture.md lists it");
}

std::optional<TopicFacts> Describe(Cluster& cluster, const std::string& topic, Patience& patience,
                                   Clock& clock) {
  std::optional<TopicFacts> facts;
  const Duration until = clock.Now() + kNewsDelay;
  for (;;) {
    const Outcome outcome =
        patience.Until("the brokers", [&] { return cluster.Describe(topic, kSlice, facts); });
    ThrowUnlessDone(outcome, "topic " + topic);
    if (facts || clock.Now() >= until) return facts;
    clock.Sleep(kAskAgain);
  }
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

TopicFacts Create(Cluster& cluster, const TopicSpec& spec, const std::string& flag,
                  Patience& patience, Clock& clock) {
  const Outcome outcome =
      patience.Until("the brokers", [&] { return cluster.Create(spec, kSlice); });
  // Names that differ in dots and underscores only are one to Kafka's metrics.
  if (outcome.verdict == Verdict::kDenied && outcome.detail.find("collide") != std::string::npos) {
    throw Error(ExitCode::kUsage, "Kafka refuses: " + outcome.detail, "creating topic " + spec.name,
                "name another one with " + flag);
  }
  ThrowUnlessDone(outcome, "creating topic " + spec.name);
  for (;;) {
    std::optional<TopicFacts> facts = Describe(cluster, spec.name, patience, clock);
    if (facts) return *facts;
    patience.Waiting("topic " + spec.name, "it has just been made");
  }
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

TopicFacts PrepareProgressTopic(Cluster& cluster, const std::string& name, Patience& patience,
                                Clock& clock, RunListener& events) {
  TopicSpec spec;
  spec.name = name;
  spec.partitions = kProgressPartitions;
  spec.replication_factor = kProgressReplicas;
  spec.min_insync_replicas = kProgressMinInsync;
  spec.fewer_if_need_be = true;
  spec.compacted = true;
  std::optional<TopicFacts> facts = Describe(cluster, name, patience, clock);
  if (!facts) {
    facts = Create(cluster, spec, "--progress-topic", patience, clock);
    events.On(TopicMade{TopicMade::Role::kProgress, name, facts->partitions});
  }
  if (facts->partitions < kProgressPartitions) {
    throw Error(ExitCode::kUsage,
                "the progress topic has " + std::to_string(facts->partitions) +
                    " partitions and needs " + std::to_string(kProgressPartitions),
                "topic " + name,
                "make another one and name it with --progress-topic: " + CreateCommand(spec));
  }
  return *facts;
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
TopicFacts PrepareDeadLetters(Cluster& cluster, const std::string& name, const TopicFacts& target,
                              Patience& patience, Clock& clock, RunListener& events) {
  if (std::optional<TopicFacts> facts = Describe(cluster, name, patience, clock)) return *facts;
  TopicSpec spec;
  spec.name = name;
  spec.partitions = 1;
  spec.replication_factor = target.replication_factor;
  spec.min_insync_replicas = target.min_insync_replicas;
  TopicFacts made = Create(cluster, spec, "--dead-letter-topic", patience, clock);
  events.On(TopicMade{TopicMade::Role::kDeadLetters, name, made.partitions});
  return made;
}

// What Kafka keeps of transactions. That it may not be seen stops no load.
void LookAtTransactions(Cluster& cluster, Patience& patience, Destination& to) {
  ThrowUnlessDone(patience.Until("the settings of the brokers",
                                 [&] { return cluster.DescribeBrokers(kSlice, to.brokers); }),
                  "settings of the brokers");
  std::optional<TopicFacts> facts;
  const Outcome outcome = patience.Until(
      "the brokers", [&] { return cluster.Describe(kTransactionTopic, kSlice, facts); });
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

}  // namespace

Destination PrepareTopics(Cluster& cluster, const TopicWishes& wishes, Patience& patience,
                          Clock& clock, RunListener& events) {
  RequireTopicName(wishes.topic.name, "--topic");
  RequireTopicName(wishes.progress_topic, "--progress-topic");
  if (!wishes.dead_letter_topic.empty()) {
    RequireTopicName(wishes.dead_letter_topic, "--dead-letter-topic");
  }
  std::string id;
  ThrowUnlessDone(patience.Until("the brokers", [&] { return cluster.Id(kSlice, id); }),
                  "connecting");
  std::optional<TopicFacts> facts = Describe(cluster, wishes.topic.name, patience, clock);
  if (!facts && wishes.loaded_rows > 0) {
    throw Error(ExitCode::kDisagreement,
                "topic " + wishes.topic.name + ", which this load has put " +
                    std::to_string(wishes.loaded_rows) + " rows into, is gone: it was deleted",
                "cluster " + id, kAnotherName);
  }
  if (!facts && !wishes.create) {
    throw Error(ExitCode::kUsage, "there is no topic " + wishes.topic.name, "cluster " + id,
                "check the name, or let onceload make it with --create-topic");
  }
  if (!facts) {
    facts = Create(cluster, GoodTopic(wishes.topic), "--topic", patience, clock);
    events.On(TopicMade{TopicMade::Role::kTarget, wishes.topic.name, facts->partitions});
  }
  Destination to;
  to.target = *facts;
  to.progress = PrepareProgressTopic(cluster, wishes.progress_topic, patience, clock, events);
  if (!wishes.dead_letter_topic.empty()) {
    to.dead_letters =
        PrepareDeadLetters(cluster, wishes.dead_letter_topic, *facts, patience, clock, events);
    RequireRoomForDeadLetters(*to.dead_letters);
  }
  LookAtTransactions(cluster, patience, to);
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
