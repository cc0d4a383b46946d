// What a cluster tells of itself and of topics, each answer it may give.
#include <gtest/gtest.h>

#include "fakes/rdkafka_stub.h"
#include "onceload/kafka/cluster.h"

namespace onceload {
namespace {

using Lines = std::vector<std::string>;
using Settings = std::vector<std::pair<std::string, std::string>>;

std::string TextOf(const Outcome& outcome) {
  constexpr const char* kVerdicts[] = {"done",   "pending", "abort", "fenced",
                                       "denied", "refused", "fatal", "bug"};
  return std::string(kVerdicts[static_cast<std::size_t>(outcome.verdict)]) + ": " + outcome.detail;
}

std::string TextOf(const TopicFacts& facts) {
  return facts.name + " id=" + facts.id + " partitions=" + std::to_string(facts.partitions) +
         " replicas=" + std::to_string(facts.replication_factor) +
         " seen=" + std::to_string(facts.settings_seen) +
         " isr=" + std::to_string(facts.min_insync_replicas) +
         " bytes=" + std::to_string(facts.message_bytes_max) + " policy=" + facts.cleanup_policy +
         " unclean=" + std::to_string(facts.unclean_leader_election) +
         " ms=" + std::to_string(facts.retention_ms) +
         " retained=" + std::to_string(facts.retention_bytes) +
         " append=" + std::to_string(facts.log_append_time) +
         " before=" + std::to_string(facts.time_before_max_ms) +
         " after=" + std::to_string(facts.time_after_max_ms);
}

class ClusterFactsTest : public testing::Test {
 protected:
  ClusterFactsTest() { stub_.topics = {{"rows", 3}}; }

  std::string Describe(const Settings& settings) {
    stub_.admin["DescribeConfigs"] = {{.settings = settings}};
    return Describe();
  }
  std::string Describe() {
    std::optional<TopicFacts> facts;
    const Outcome outcome = cluster_.Describe("rows", Duration{10}, facts);
    if (outcome.done() && facts) return TextOf(*facts);
    return TextOf(outcome) + (facts ? " with facts" : " without facts");
  }
  std::string DescribeBrokers(const StubAnswer& answer) {
    stub_.admin["DescribeConfigs"] = {answer};
    std::optional<BrokerFacts> facts{BrokerFacts{}};
    const Outcome outcome = cluster_.DescribeBrokers(Duration{10}, facts);
    if (!facts) return TextOf(outcome) + " without facts";
    return std::to_string(facts->transaction_timeout_max.count()) + " " +
           std::to_string(facts->transaction_topic_replicas) + " " +
           std::to_string(facts->transaction_topic_min_isr) + " " +
           std::to_string(facts->transaction_topic_unclean_election);
  }

  RdkafkaStub stub_;
  Cluster cluster_{ClientConfig{}};
};

TEST_F(ClusterFactsTest, ATopicsSettingsAreThoseThatTheBrokersTell) {
  EXPECT_EQ(Describe({{"min.insync.replicas", "2"},
                      {"unclean.leader.election.enable", "true"},
                      {"message.timestamp.type", "LogAppendTime"},
                      {"message.timestamp.before.max.ms", "11"},
                      {"message.timestamp.after.max.ms", "12"},
                      {"retention.ms", "13"},
                      {"retention.bytes", "14"},
                      {"max.message.bytes", "15"},
                      {"cleanup.policy", "delete"},
                      {"another", "16"}}),
            "rows id= partitions=3 replicas=3 seen=1 isr=2 bytes=15 policy=delete unclean=1 "
            "ms=13 retained=14 append=1 before=11 after=12");
  EXPECT_EQ(stub_.described, Lines{"topic rows"});
}

TEST_F(ClusterFactsTest, WhatIsNotToldIsAsKafkaHasIt) {
  EXPECT_EQ(Describe(Settings{}),
            "rows id= partitions=3 replicas=3 seen=0 isr=0 bytes=1000012 policy= unclean=0 ms=-1 "
            "retained=-1 append=0 before=0 after=0");
  EXPECT_EQ(Describe({{"min.insync.replicas", "many"},
                      {"unclean.leader.election.enable", "false"},
                      {"message.timestamp.type", "CreateTime"},
                      {"max.message.bytes", "15x"},
                      {"retention.ms", ""},
                      {"retention.bytes", "x"}}),
            "rows id= partitions=3 replicas=3 seen=1 isr=0 bytes=1000012 policy= unclean=0 ms=-1 "
            "retained=-1 append=0 before=0 after=0");
}

// Before 3.6 there was one limit for both.
TEST_F(ClusterFactsTest, TheOldLimitOfTimesIsBoth) {
  EXPECT_EQ(Describe({{"message.timestamp.difference.max.ms", "7"}}),
            "rows id= partitions=3 replicas=3 seen=1 isr=0 bytes=1000012 policy= unclean=0 ms=-1 "
            "retained=-1 append=0 before=7 after=7");
  EXPECT_EQ(Describe({{"message.timestamp.before.max.ms", "1"},
                      {"message.timestamp.difference.max.ms", "7"}}),
            "rows id= partitions=3 replicas=3 seen=1 isr=0 bytes=1000012 policy= unclean=0 ms=-1 "
            "retained=-1 append=0 before=1 after=7");
  EXPECT_EQ(Describe({{"message.timestamp.after.max.ms", "2"},
                      {"message.timestamp.difference.max.ms", "7"}}),
            "rows id= partitions=3 replicas=3 seen=1 isr=0 bytes=1000012 policy= unclean=0 ms=-1 "
            "retained=-1 append=0 before=7 after=2");
}

TEST_F(ClusterFactsTest, ATopicWithoutPartitionsHasNoReplicas) {
  stub_.topics["rows"] = 0;
  EXPECT_EQ(Describe(),
            "rows id= partitions=0 replicas=0 seen=0 isr=0 bytes=1000012 policy= unclean=0 ms=-1 "
            "retained=-1 append=0 before=0 after=0");
}

// What a load can do without stops none; what may yet come is waited for.
TEST_F(ClusterFactsTest, SettingsThatMayNotBeSeenAreNotNeeded) {
  stub_.admin["DescribeConfigs"] = {{.topic_error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED},
                                    {.error = RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED},
                                    {.topic_error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART},
                                    {.error = RD_KAFKA_RESP_ERR__TIMED_OUT},
                                    {.arrives = false}};
  EXPECT_EQ(Describe(),
            "rows id= partitions=3 replicas=3 seen=0 isr=0 bytes=1000012 policy= unclean=0 ms=-1 "
            "retained=-1 append=0 before=0 after=0");
  EXPECT_EQ(Describe(),
            "rows id= partitions=3 replicas=3 seen=0 isr=0 bytes=1000012 policy= unclean=0 ms=-1 "
            "retained=-1 append=0 before=0 after=0");
  EXPECT_EQ(Describe(), "pending: settings of rows: an error without facts");
  EXPECT_EQ(Describe(), "pending: DescribeConfigs of rows: an error without facts");
  EXPECT_EQ(Describe(), "pending: no answer to DescribeConfigs without facts");
}

TEST_F(ClusterFactsTest, ATopicThatMayNotBeDescribedIsDenied) {
  stub_.topic_error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  EXPECT_EQ(Describe(),
            "denied: topic rows: an error (missing is Describe on Topic rows) without facts");
  stub_.topic_error = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
  EXPECT_EQ(Describe(), "pending: topic rows: an error without facts");
}

TEST_F(ClusterFactsTest, ABrokersSettingsAreThoseThatItTells) {
  EXPECT_EQ(DescribeBrokers({.settings = {{"transaction.max.timeout.ms", "900"},
                                          {"transaction.state.log.replication.factor", "3"},
                                          {"transaction.state.log.min.isr", "2"},
                                          {"unclean.leader.election.enable", "true"}}}),
            "900 3 2 1");
  EXPECT_EQ(stub_.described, Lines{"broker 1"});
  EXPECT_EQ(DescribeBrokers({.settings = {{"another", "900"}}}), "0 0 0 0");
  EXPECT_EQ(DescribeBrokers({.error = RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED}),
            "done:  without facts");
  EXPECT_EQ(DescribeBrokers({.arrives = false}),
            "pending: no answer to DescribeConfigs without facts");
  stub_.brokers = 0;
  EXPECT_EQ(DescribeBrokers({}), "pending: no broker has answered without facts");
  stub_.metadata_errors = {RD_KAFKA_RESP_ERR__TIMED_OUT};
  EXPECT_EQ(DescribeBrokers({}), "pending: an error without facts");
}

TEST_F(ClusterFactsTest, ItsIdIsWaitedFor) {
  std::string id = "before";
  ASSERT_TRUE(cluster_.Id(Duration{10}, id).done());
  EXPECT_EQ(id, "cluster");
  EXPECT_EQ(stub_.calls, Lines{"cluster id within 10"});
  stub_.cluster_ids = {std::nullopt};
  stub_.metadata_errors = {RD_KAFKA_RESP_ERR__TIMED_OUT};
  EXPECT_EQ(TextOf(cluster_.Id(Duration{10}, id)), "pending: an error");
}

// Some services have none.
TEST_F(ClusterFactsTest, WhereBrokersAnswerAndTellNoIdThereIsNone) {
  std::string id = "before";
  stub_.cluster_ids = {std::nullopt, std::nullopt};
  ASSERT_TRUE(cluster_.Id(Duration{10}, id).done());
  EXPECT_EQ(id, "");
  stub_.cluster_ids = {std::nullopt, "late"};
  ASSERT_TRUE(cluster_.Id(Duration{10}, id).done());
  EXPECT_EQ(id, "late");
  EXPECT_EQ(stub_.calls.back(), "cluster id within 0");
}

// A client that has told an id has had an answer, and takes one broker's refusal for passing.
TEST_F(ClusterFactsTest, AnIdIsAnAnswer) {
  std::string id;
  ASSERT_TRUE(cluster_.Id(Duration{10}, id).done());
  stub_.metadata_errors = {RD_KAFKA_RESP_ERR__TIMED_OUT};
  stub_.events = {{RD_KAFKA_RESP_ERR__AUTHENTICATION, "broker 2: wrong password"}};
  EXPECT_EQ(Describe(), "pending: an error (broker 2: wrong password) without facts");
}

// --- connections ---------------------------------------------------------------------------------

TEST_F(ClusterFactsTest, ARenewedClusterAsksByAnotherClient) {
  std::size_t clients = 0;
  stub_.made = [&](const std::string& kind) { clients += kind == "client" ? 1 : 0; };
  std::string id;
  ASSERT_TRUE(cluster_.Id(Duration{10}, id).done());
  EXPECT_EQ(clients, 0U);
  const std::vector<std::function<void()>> questions{
      [&] { Describe(); }, [&] { static_cast<void>(cluster_.Id(Duration{10}, id)); },
      [&] { static_cast<void>(cluster_.Create({.name = "t"}, Duration{10})); },
      [&] {
        std::vector<KafkaOffset> ends;
        static_cast<void>(cluster_.EndOffsets("rows", 3, Duration{10}, ends));
      }};
  for (const auto& ask : questions) {
    clients = 0;
    cluster_.Renew();
    ask();
    EXPECT_EQ(clients, 1U);
    ask();
    EXPECT_EQ(clients, 1U) << "once";
  }
  EXPECT_EQ(stub_.conf["isolation.level"], "read_uncommitted");
  EXPECT_EQ(Describe({{"retention.ms", "13"}}).find(" ms=13 ") != std::string::npos, true);
}

// Its answer would be taken for that to the next question.
TEST_F(ClusterFactsTest, AnAnswerThatDidNotComeIsDroppedWithItsQueue) {
  std::size_t queues = 0;
  stub_.made = [&](const std::string& kind) { queues += kind == "queue" ? 1 : 0; };
  stub_.admin["CreateTopics"] = {{.arrives = false}};
  EXPECT_EQ(TextOf(cluster_.Create({.name = "t"}, Duration{10})),
            "pending: no answer to CreateTopics");
  EXPECT_EQ(queues, 1U);
}

// --- topics to be made ---------------------------------------------------------------------------

TEST_F(ClusterFactsTest, ATopicMayBeTried) {
  const TopicSpec spec{.name = "t", .partitions = 4, .replication_factor = 2};
  ASSERT_TRUE(cluster_.Create(spec, Duration{10}, Cluster::Making::kTry).done());
  EXPECT_TRUE(stub_.created[0].tried);
  EXPECT_EQ(stub_.created[0].milliseconds, 10);
  EXPECT_TRUE(stub_.created[0].settings.empty()) << "as the brokers have it";
  ASSERT_TRUE(cluster_.Create(spec, Duration{20}).done());
  EXPECT_FALSE(stub_.created[1].tried);
  EXPECT_EQ(stub_.created[1].milliseconds, 20);
}

// With fewer replicas no more of them can be in sync.
TEST_F(ClusterFactsTest, OfFewerReplicasNoMoreHaveToBeInSync) {
  const StubAnswer too_many{.topic_error = RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR};
  stub_.admin["CreateTopics"] = {too_many, too_many};
  ASSERT_TRUE(cluster_
                  .Create({.name = "t",
                           .partitions = 1,
                           .replication_factor = 3,
                           .min_insync_replicas = 2,
                           .fewer_if_need_be = true},
                          Duration{10}, Cluster::Making::kTry)
                  .done());
  Lines in_sync;
  for (const StubTopic& topic : stub_.created) {
    in_sync.push_back(std::to_string(topic.replicas) + " " +
                      topic.settings.at("min.insync.replicas"));
    EXPECT_TRUE(topic.tried);
  }
  EXPECT_EQ(in_sync, (Lines{"3 2", "2 2", "1 1"}));
}

TEST_F(ClusterFactsTest, WhyATopicIsNotMadeIsTold) {
  stub_.admin["CreateTopics"] = {{.error = RD_KAFKA_RESP_ERR__TIMED_OUT},
                                 {.topic_error = RD_KAFKA_RESP_ERR_POLICY_VIOLATION},
                                 {.topic_error = RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT}};
  const TopicSpec spec{.name = "t"};
  EXPECT_EQ(TextOf(cluster_.Create(spec, Duration{10})), "pending: an error");
  EXPECT_EQ(TextOf(cluster_.Create(spec, Duration{10})),
            "denied: a setting of a topic that the brokers do not take: an error");
  EXPECT_EQ(TextOf(cluster_.Create(spec, Duration{10})), "pending: an error");
}

}  // namespace
}  // namespace onceload
