#include "onceload/preflight/guarantee_check.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "onceload/core/error.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

constexpr std::int32_t kReplicas = 3;   // one broker may be down, another one lost
constexpr std::int32_t kMinInsync = 2;  // an acknowledged row outlives any one broker

// Rows must outlive the load at least by the time a killed load may lie until somebody runs the
// command again.
constexpr std::int64_t kRestMs = 3'600'000;

// A guess at a short row, where --max-rate counts rows.
constexpr std::uint64_t kBytesPerRow = 100;

// JSON is larger than CSV and keys are not spread evenly: a partition may get this many times its
// share of the text.
constexpr std::int64_t kPartitionShare = 2;

enum Role : unsigned {
  kTarget = 1,
  kDeadLetters = 2,
  kProgress = 4,
  kTransactions = 8,
  kBrokers = 16
};
constexpr unsigned kRows = kTarget | kDeadLetters;
constexpr unsigned kTopics = kRows | kProgress | kTransactions;

struct Place {
  Role role;
  const TopicFacts& topic;  // of kBrokers: one without name
  const Destination& to;
  const LoadNeeds& needs;
};

struct Rule {
  std::string_view setting;
  std::string_view weak;  // the values that are warned of
  unsigned roles;
  std::string_view risk;
  std::string_view advice;
  std::string (*find)(const Place&);  // what is found; empty: nothing to warn of
  bool strict_only = false;
};

std::int64_t LoadMs(const LoadNeeds& needs) {
  std::uint64_t speed = kCautiousBytesPerSecond;
  if (needs.max_rate.bytes > 0) speed = std::min(speed, needs.max_rate.bytes);
  if (needs.max_rate.rows > 0) speed = std::min(speed, needs.max_rate.rows * kBytesPerRow);
  return static_cast<std::int64_t>(needs.text_bytes / speed) * 1000;
}

bool Deletes(const TopicFacts& topic) {
  return topic.cleanup_policy.find("delete") != std::string::npos;
}

std::string OneReplica(const Place& at) {
  return at.topic.replication_factor == 1 ? "replication.factor=1" : "";
}

std::string FewReplicas(const Place& at) {
  const std::int32_t factor = at.topic.replication_factor;
  return factor > 1 && factor < kReplicas ? "replication.factor=" + std::to_string(factor) : "";
}

// A single replica has been told of by then, and would only stop the load with a larger minimum.
std::string FewInsync(const Place& at) {
  const std::int32_t least = at.topic.min_insync_replicas;
  const bool weak = least > 0 && least < kMinInsync && at.topic.replication_factor > 1;
  return weak ? "min.insync.replicas=" + std::to_string(least) : "";
}

std::string ManyInsync(const Place& at) {
  const std::int32_t least = at.topic.min_insync_replicas;
  const std::int32_t factor = at.topic.replication_factor;
  if (factor == 0 || least <= factor) return "";
  return "min.insync.replicas=" + std::to_string(least) +
         " and replication.factor=" + std::to_string(factor);
}

std::string UncleanElection(const Place& at) {
  return at.topic.unclean_leader_election ? "unclean.leader.election.enable=true" : "";
}

std::string Compacted(const Place& at) {
  const std::string& policy = at.topic.cleanup_policy;
  return policy.find("compact") != std::string::npos ? "cleanup.policy=" + policy : "";
}

std::string NotOnlyCompacted(const Place& at) {
  const std::string& policy = at.topic.cleanup_policy;
  return policy.empty() || policy == "compact" ? "" : "cleanup.policy=" + policy;
}

std::string ShortRetention(const Place& at) {
  const std::int64_t kept = at.topic.retention_ms;
  const std::int64_t needed = kRestMs + LoadMs(at.needs);
  if (!Deletes(at.topic) || kept < 0 || kept >= needed) return "";
  return "retention.ms=" + std::to_string(kept) + " (" + Seconds(Duration{kept}) +
         "; this load should have " + Seconds(Duration{needed}) + ")";
}

std::string SmallRetention(const Place& at) {
  const std::int64_t kept = at.topic.retention_bytes;
  const std::int64_t needed = kPartitionShare * static_cast<std::int64_t>(at.needs.text_bytes) /
                              std::max(at.topic.partitions, 1);
  if (!Deletes(at.topic) || kept < 0 || kept >= needed) return "";
  return "retention.bytes=" + std::to_string(kept) + " (a partition may get " +
         std::to_string(needed) + " bytes of this load)";
}

std::string OldTimestamps(const Place& at) {
  const bool weak = at.needs.own_timestamps && !at.topic.log_append_time && Deletes(at.topic) &&
                    at.topic.retention_ms >= 0;
  return weak ? "retention.ms=" + std::to_string(at.topic.retention_ms) + " with --timestamp" : "";
}

std::string ShortTransactions(const Place& at) {
  if (!at.to.brokers) return "";
  const Duration most = at.to.brokers->transaction_timeout_max;
  if (most == Duration{0} || most >= at.needs.transaction_timeout) return "";
  return "transaction.max.timeout.ms=" + std::to_string(most.count()) +
         ", less than transaction.timeout.ms=" +
         std::to_string(at.needs.transaction_timeout.count());
}

std::string Unseen(const Place& at) {
  const bool seen = at.role == kBrokers ? at.to.brokers.has_value() : at.topic.settings_seen;
  return seen ? "" : "settings that cannot be seen";
}

constexpr std::array kRules{
    Rule{"replication.factor", "1", kTopics, "the loss of one disk loses committed rows",
         "give it 3 replicas", &OneReplica},
    Rule{"replication.factor", "2", kTopics,
         "one broker that is down stops the load, or leaves a single copy of new rows",
         "give it 3 replicas", &FewReplicas},
    Rule{"min.insync.replicas", "1", kTopics,
         "a row counts as committed while one broker alone has it, and is lost with that broker",
         "set it to 2", &FewInsync},
    Rule{"min.insync.replicas", "more than replication.factor", kTopics,
         "older brokers take no row, and the load waits until it gives up; newer ones count all "
         "replicas as enough",
         "set it to 2, with 3 replicas", &ManyInsync},
    Rule{"unclean.leader.election.enable", "true", kTopics,
         "a replica that lacks committed rows may become leader, and they are lost",
         "set it to false", &UncleanElection},
    Rule{"cleanup.policy", "compact", kRows, "all rows of a key but the last are deleted",
         "set it to delete", &Compacted},
    Rule{"cleanup.policy", "other than compact", kProgress,
         "the progress of a load that rests for long is deleted, and it cannot go on",
         "set it to compact", &NotOnlyCompacted},
    Rule{"retention.ms", "less than the load may take, and an hour", kRows,
         "rows are deleted before the load is complete and verified", "set it to -1, or to more",
         &ShortRetention},
    Rule{"retention.bytes", "less than a partition may get", kTarget,
         "the load deletes its own first rows", "set it to -1, or to more", &SmallRetention},
    Rule{"retention.ms", "other than -1, with --timestamp", kTarget,
         "rows whose own time is older than that are deleted at once",
         "set it to -1, or message.timestamp.type to LogAppendTime", &OldTimestamps},
    Rule{"transaction.max.timeout.ms", "less than transaction.timeout.ms", kBrokers,
         "the brokers refuse the load's producers",
         "raise it, or lower -X transaction.timeout.ms and --chunk-ms", &ShortTransactions},
    Rule{"any of these", "cannot be seen", kTopics | kBrokers,
         "one of them may lose rows unnoticed", "grant Describe and DescribeConfigs", &Unseen,
         /*strict_only=*/true},
};

std::string RoleNames(unsigned roles) {
  if (roles == (kTopics | kBrokers)) return "all of them";
  if (roles == kTopics) return "all topics";
  if (roles == kRows) return "target, dead letters";
  if (roles == kProgress) return "progress";
  return roles == kTarget ? "target" : "brokers";
}

}  // namespace

std::vector<Weakness> FindWeaknesses(const Destination& to, const LoadNeeds& needs, bool strict) {
  const TopicFacts none;
  std::vector<Place> places{{kTarget, to.target, to, needs}};
  if (to.dead_letters) places.push_back({kDeadLetters, *to.dead_letters, to, needs});
  places.push_back({kProgress, to.progress, to, needs});
  places.push_back({kTransactions, to.transactions, to, needs});
  places.push_back({kBrokers, none, to, needs});
  std::vector<Weakness> found;
  for (const Rule& rule : kRules) {
    if (rule.strict_only && !strict) continue;
    for (const Place& at : places) {
      const std::string what = (rule.roles & at.role) != 0 ? rule.find(at) : "";
      if (what.empty()) continue;
      const std::string who =
          at.role == kBrokers ? "the brokers have " : "topic " + at.topic.name + " has ";
      found.push_back({who + what, std::string(rule.risk) + "; " + std::string(rule.advice)});
    }
  }
  return found;
}

void CheckGuarantee(const Destination& to, const LoadNeeds& needs, bool strict,
                    RunListener& events) {
  const std::vector<Weakness> found = FindWeaknesses(to, needs, strict);
  std::string facts;
  for (const Weakness& weakness : found) {
    events.On(WeakSetting{weakness.fact, weakness.why});
    facts += (facts.empty() ? "" : ", ") + weakness.fact;
  }
  if (!strict || found.empty()) return;
  throw Error(ExitCode::kUsage, "what the load promises would be weakened", facts,
              "mend that, or leave out --strict");
}

std::string GuaranteeTable() {
  std::string table =
      "| setting | warned of | where | what can happen | advice | `--strict` |\n"
      "|---|---|---|---|---|---|\n";
  for (const Rule& rule : kRules) {
    table += "| " + std::string(rule.setting) + " | " + std::string(rule.weak) + " | " +
             RoleNames(rule.roles) + " | " + std::string(rule.risk) + " | " +
             std::string(rule.advice) + " | " +
             (rule.strict_only ? "refuses; silent without it" : "refuses") + " |\n";
  }
  return table;
}

}  // namespace onceload
