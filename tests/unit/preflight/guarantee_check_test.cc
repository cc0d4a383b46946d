#include "onceload/preflight/guarantee_check.h"

#include <functional>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "report/event_text.h"

namespace onceload {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

TopicFacts Good(const std::string& name, const std::string& policy) {
  TopicFacts topic;
  topic.name = name;
  topic.partitions = 5;
  topic.replication_factor = 3;
  topic.settings_seen = true;
  topic.min_insync_replicas = 2;
  topic.cleanup_policy = policy;
  topic.retention_ms = 7 * kDayMs;
  return topic;
}

Destination GoodDestination() {
  Destination to;
  to.target = Good("clicks", "delete");
  to.dead_letters = Good("clicks.dead", "delete");
  to.progress = Good("progress", "compact");
  to.transactions = Good(kTransactionTopic, "compact");
  to.brokers.emplace();
  to.brokers->transaction_timeout_max = Duration{900'000};
  return to;
}

LoadNeeds SmallLoad() {
  LoadNeeds needs;
  needs.text_bytes = 1'000'000;
  needs.transaction_timeout = Duration{60'000};
  return needs;
}

struct Case {
  std::string fact;
  std::function<void(Destination&, LoadNeeds&)> weaken;
};

std::vector<Case> Cases() {
  using D = Destination;
  using N = LoadNeeds;
  return {
      {"topic clicks has replication.factor=1",
       [](D& to, N&) {
         to.target.replication_factor = 1;
         to.target.min_insync_replicas = 1;
       }},
      {"topic progress has replication.factor=2",
       [](D& to, N&) { to.progress.replication_factor = 2; }},
      {"topic __transaction_state has min.insync.replicas=1",
       [](D& to, N&) { to.transactions.min_insync_replicas = 1; }},
      {"topic clicks has min.insync.replicas=4 and replication.factor=3",
       [](D& to, N&) { to.target.min_insync_replicas = 4; }},
      {"topic clicks.dead has unclean.leader.election.enable=true",
       [](D& to, N&) { to.dead_letters->unclean_leader_election = true; }},
      {"topic clicks has cleanup.policy=compact,delete",
       [](D& to, N&) { to.target.cleanup_policy = "compact,delete"; }},
      {"topic progress has cleanup.policy=compact,delete",
       [](D& to, N&) { to.progress.cleanup_policy = "compact,delete"; }},
      {"topic clicks has retention.ms=3600000 (3600 s; this load should have 3700 s)",
       [](D& to, N& needs) {
         to.target.retention_ms = 3'600'000;
         needs.text_bytes = 1'000'000'000;
       }},
      {"topic clicks has retention.ms=3600000 (3600 s; this load should have 3800 s)",
       [](D& to, N& needs) {
         to.target.retention_ms = 3'600'000;
         needs.text_bytes = 1'000'000;
         needs.max_rate.bytes = 5'000;
       }},
      {"topic clicks has retention.bytes=1000 (a partition may get 400000 bytes of this load)",
       [](D& to, N&) { to.target.retention_bytes = 1'000; }},
      {"topic clicks has retention.ms=604800000 with --timestamp",
       [](D&, N& needs) { needs.own_timestamps = true; }},
      {"the brokers have transaction.max.timeout.ms=30000, less than transaction.timeout.ms=60000",
       [](D& to, N&) { to.brokers->transaction_timeout_max = Duration{30'000}; }},
  };
}

std::vector<std::string> FactsOf(const Destination& to, const LoadNeeds& needs, bool strict) {
  std::vector<std::string> facts;
  for (const Weakness& weakness : FindWeaknesses(to, needs, strict)) facts.push_back(weakness.fact);
  return facts;
}

TEST(GuaranteeCheck, GoodSettingsAreSilent) {
  EXPECT_EQ(FactsOf(GoodDestination(), SmallLoad(), /*strict=*/true), std::vector<std::string>{});
}

TEST(GuaranteeCheck, EachWeakSettingIsNamedAlone) {
  for (const Case& one : Cases()) {
    Destination to = GoodDestination();
    LoadNeeds needs = SmallLoad();
    one.weaken(to, needs);
    EXPECT_EQ(FactsOf(to, needs, /*strict=*/true), std::vector{one.fact});
  }
}

TEST(GuaranteeCheck, RetentionOfAnyLengthIsFineWhereNothingIsDeleted) {
  Destination to = GoodDestination();
  LoadNeeds needs = SmallLoad();
  needs.own_timestamps = true;
  to.target.retention_ms = to.target.retention_bytes = -1;
  to.progress.retention_ms = 1;
  EXPECT_EQ(FactsOf(to, needs, /*strict=*/true), std::vector<std::string>{});
  to.target.retention_ms = 7 * kDayMs;
  to.target.log_append_time = true;
  EXPECT_EQ(FactsOf(to, needs, /*strict=*/true), std::vector<std::string>{});
}

TEST(GuaranteeCheck, WhatCannotBeSeenIsToldUnderStrictOnly) {
  Destination to = GoodDestination();
  to.target = TopicFacts{};
  to.target.name = "clicks";
  to.target.replication_factor = 3;
  to.transactions = TopicFacts{};
  to.transactions.name = kTransactionTopic;
  to.brokers.reset();
  EXPECT_EQ(FactsOf(to, SmallLoad(), /*strict=*/false), std::vector<std::string>{});
  const std::vector<std::string> unseen{
      "topic clicks has settings that cannot be seen",
      "topic __transaction_state has settings that cannot be seen",
      "the brokers have settings that cannot be seen"};
  EXPECT_EQ(FactsOf(to, SmallLoad(), /*strict=*/true), unseen);
}

class Listener final : public RunListener {
 public:
  void On(const RunEvent& event) override {
    const auto sentence = SentenceOf(event);
    ASSERT_TRUE(sentence);
    EXPECT_EQ(sentence->level, NoticeLevel::kWarning);
    lines.push_back(sentence->text);
  }
  std::vector<std::string> lines;
};

TEST(GuaranteeCheck, StrictRefusesAndNamesThemAll) {
  Destination to = GoodDestination();
  to.target.replication_factor = 1;
  to.progress.unclean_leader_election = true;
  Listener listener;
  CheckGuarantee(to, SmallLoad(), /*strict=*/false, listener);
  ASSERT_EQ(listener.lines.size(), 3U);  // and min.insync.replicas=2 of one replica
  EXPECT_EQ(listener.lines[0],
            "topic clicks has replication.factor=1: the loss of one disk loses committed rows; "
            "give it 3 replicas");
  try {
    CheckGuarantee(to, SmallLoad(), /*strict=*/true, listener);
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_NE(error.where().find("topic clicks has replication.factor=1"), std::string::npos);
    EXPECT_NE(error.where().find("topic progress has unclean.leader.election.enable=true"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace onceload
