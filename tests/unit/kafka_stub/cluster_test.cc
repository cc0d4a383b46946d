#include "onceload/kafka/cluster.h"

#include <gtest/gtest.h>

#include "fakes/rdkafka_stub.h"

namespace onceload {
namespace {

class ClusterTest : public testing::Test {
 protected:
  ClusterTest() { stub_.topics = {{"rows", 3}}; }

  Outcome Describe() { return cluster_.Describe("rows", Duration{10}, facts_); }
  Outcome DescribeWithId(StubAnswer answer) {
    stub_.admin["DescribeTopics"] = {std::move(answer)};
    return Describe();
  }

  RdkafkaStub stub_;
  Cluster cluster_{ClientConfig{}};
  std::optional<TopicFacts> facts_;
};

TEST_F(ClusterTest, ATopicIsDescribed) {
  stub_.admin["DescribeConfigs"] = {
      {.settings = {{"max.message.bytes", "2048"}, {"cleanup.policy", "compact"}}}};
  ASSERT_TRUE(DescribeWithId({.topic_id = "yzW0Tq9xRjqIrKoVqW9hvw"}).done());
  EXPECT_EQ(facts_->partitions, 3);
  EXPECT_EQ(facts_->replication_factor, 3);
  EXPECT_EQ(facts_->message_bytes_max, 2048);
  EXPECT_EQ(facts_->cleanup_policy, "compact");
  EXPECT_EQ(facts_->id, "yzW0Tq9xRjqIrKoVqW9hvw");
}

TEST_F(ClusterTest, AMissingTopicHasNoFacts) {
  stub_.topics.clear();
  EXPECT_TRUE(cluster_.Describe("rows", Duration{10}, facts_, Cluster::Missing::kAtOnce).done());
  EXPECT_FALSE(facts_);
}

// Made by another broker a moment ago, or asked of one that has just started.
TEST_F(ClusterTest, ATopicThatIsNotKnownYetIsAskedForAgain) {
  stub_.topics_told_after = 2;
  EXPECT_TRUE(Describe().done());
  EXPECT_TRUE(facts_);
}

// 0 stands for "any" elsewhere, and Kafka allows it.
TEST_F(ClusterTest, ATopicThatTakesNothingTakesLessThanAnyRecord) {
  stub_.admin["DescribeConfigs"] = {{.settings = {{"max.message.bytes", "0"}}}};
  ASSERT_TRUE(Describe().done());
  EXPECT_EQ(facts_->message_bytes_max, 1);
}

// What librdkafka tells for brokers before 2.8.
TEST_F(ClusterTest, AnIdOfZerosIsNone) {
  ASSERT_TRUE(DescribeWithId({.topic_id = "AAAAAAAAAAAAAAAAAAAAAA"}).done());
  EXPECT_EQ(facts_->id, "");
}

TEST_F(ClusterTest, AnIdThatDoesNotComeIsWaitedFor) {
  EXPECT_EQ(DescribeWithId({.arrives = false}).verdict, Verdict::kPending);
  EXPECT_FALSE(facts_);
  EXPECT_EQ(DescribeWithId({.error = RD_KAFKA_RESP_ERR__TIMED_OUT}).verdict, Verdict::kPending);
  EXPECT_EQ(DescribeWithId({.topic_error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART}).verdict,
            Verdict::kPending);
  EXPECT_FALSE(facts_);
  ASSERT_TRUE(DescribeWithId({.topic_id = "some"}).done());
  EXPECT_EQ(facts_->id, "some");
}

TEST_F(ClusterTest, AnIdThatMayNotBeSeenOrDoesNotExistIsNone) {
  for (const rd_kafka_resp_err_t error :
       {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
        RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED}) {
    ASSERT_TRUE(DescribeWithId({.error = error}).done());
    EXPECT_EQ(facts_->id, "");
  }
  ASSERT_TRUE(DescribeWithId({.topic_error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED}).done());
  EXPECT_EQ(facts_->id, "");
}

TEST_F(ClusterTest, BrokersAreTheMostThatAnAnswerHasNamed) {
  EXPECT_EQ(cluster_.brokers(), 1U);
  stub_.brokers = 10;
  ASSERT_TRUE(Describe().done());
  EXPECT_EQ(cluster_.brokers(), 10U);
  stub_.brokers = 7;  // three are down, and will come back
  ASSERT_TRUE(Describe().done());
  EXPECT_EQ(cluster_.brokers(), 10U);
}

TEST_F(ClusterTest, BrokersAreNotFewerThanTheAddressesGiven) {
  ClientConfig config;
  config.Set("bootstrap.servers", "a:1,b:1,c:1,d:1", "-b");
  Cluster cluster(config);
  std::optional<TopicFacts> facts;
  ASSERT_TRUE(cluster.Describe("rows", Duration{10}, facts).done());
  EXPECT_EQ(cluster.brokers(), 4U);
}

const StubError kRefusal{RD_KAFKA_RESP_ERR__AUTHENTICATION, "broker 2: wrong password"};

// It does not become right by waiting.
TEST_F(ClusterTest, CredentialsThatAreRefusedByTheFirstBrokerAskedAreADenial) {
  stub_.metadata_errors = {RD_KAFKA_RESP_ERR__TIMED_OUT};
  stub_.events = {kRefusal};
  const Outcome outcome = Describe();
  EXPECT_EQ(outcome.verdict, Verdict::kDenied);
  EXPECT_NE(outcome.detail.find("broker 2: wrong password"), std::string::npos);
}

// They may be on their way to a broker that has just started.
TEST_F(ClusterTest, CredentialsThatWereTakenOnceAreNotRefusedByOneBrokersError) {
  ASSERT_TRUE(Describe().done());
  stub_.metadata_errors = {RD_KAFKA_RESP_ERR__TIMED_OUT};
  stub_.events = {kRefusal};
  const Outcome outcome = Describe();
  EXPECT_EQ(outcome.verdict, Verdict::kPending);
  EXPECT_NE(outcome.detail.find("broker 2: wrong password"), std::string::npos);
  EXPECT_TRUE(Describe().done());
}

// The other order: one of the first brokers asked refuses, the next one answers.
TEST_F(ClusterTest, ARefusalBeforeTheFirstAnswerIsForgotten) {
  stub_.metadata_errors = {RD_KAFKA_RESP_ERR__TIMED_OUT};
  stub_.events = {kRefusal};
  ASSERT_EQ(Describe().verdict, Verdict::kDenied);
  ASSERT_TRUE(Describe().done());
  stub_.metadata_errors = {RD_KAFKA_RESP_ERR__TIMED_OUT};
  EXPECT_EQ(Describe().verdict, Verdict::kPending);
}

// Compaction keeps the newest record of each load; without it the topic's retention would end them.
TEST_F(ClusterTest, ATopicIsMadeAsItIsAskedFor) {
  TopicSpec spec{.name = "progress",
                 .partitions = 16,
                 .replication_factor = 3,
                 .min_insync_replicas = 2,
                 .compacted = true};
  ASSERT_TRUE(cluster_.Create(spec, Duration{10}).done());
  ASSERT_EQ(stub_.created.size(), 1U);
  EXPECT_EQ(stub_.created[0].name, "progress");
  EXPECT_EQ(stub_.created[0].partitions, 16);
  EXPECT_EQ(stub_.created[0].replicas, 3);
  using Settings = std::map<std::string, std::string>;
  EXPECT_EQ(stub_.created[0].settings,
            (Settings{{"cleanup.policy", "compact"}, {"min.insync.replicas", "2"}}));
  spec.compacted = false;
  spec.config = {{"min.insync.replicas", "1"}, {"retention.ms", "5"}};
  ASSERT_TRUE(cluster_.Create(spec, Duration{10}).done());
  EXPECT_EQ(stub_.created[1].settings, spec.config) << "what is asked for wins";
}

TEST_F(ClusterTest, FewerReplicasOnlyWhereThatIsAllowed) {
  TopicSpec spec{.name = "progress", .partitions = 16, .replication_factor = 3};
  const StubAnswer too_many{.topic_error = RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR};
  stub_.admin["CreateTopics"] = {too_many};
  EXPECT_TRUE(cluster_.Create(spec, Duration{10}).failed());
  EXPECT_EQ(stub_.created.size(), 1U);
  spec.fewer_if_need_be = true;
  stub_.admin["CreateTopics"] = {too_many, too_many};
  EXPECT_TRUE(cluster_.Create(spec, Duration{10}).done());
  ASSERT_EQ(stub_.created.size(), 4U);
  EXPECT_EQ(stub_.created[2].replicas, 2);
  EXPECT_EQ(stub_.created[3].replicas, 1);
  stub_.admin["CreateTopics"] = {too_many, too_many, too_many};
  EXPECT_TRUE(cluster_.Create(spec, Duration{10}).failed()) << "one is the least";
  EXPECT_EQ(stub_.created.size(), 7U);
}

TEST_F(ClusterTest, ATopicThatIsThereAlreadyIsMade) {
  stub_.admin["CreateTopics"] = {{.topic_error = RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS},
                                 {.topic_error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED},
                                 {.arrives = false}};
  const TopicSpec spec{.name = "progress"};
  EXPECT_TRUE(cluster_.Create(spec, Duration{10}).done());
  const Outcome denied = cluster_.Create(spec, Duration{10});
  EXPECT_EQ(denied.verdict, Verdict::kDenied);
  EXPECT_NE(denied.detail.find("Create on Topic progress"), std::string::npos) << denied.detail;
  EXPECT_EQ(cluster_.Create(spec, Duration{10}).verdict, Verdict::kPending);
}

class EndOffsetsTest : public ClusterTest {
 protected:
  EndOffsetsTest() {
    stub_.watermarks = {{{"rows", 0}, {1, 5}}, {{"rows", 1}, {0, 0}}, {{"rows", 2}, {2, 7}}};
  }

  Outcome Ask() { return cluster_.EndOffsets("rows", 3, Duration{10}, ends_); }

  std::vector<KafkaOffset> ends_;
};

// A thousand partitions one after the other are a minute without a look at the signals.
TEST_F(EndOffsetsTest, AllPartitionsAreAskedAtOnce) {
  ASSERT_TRUE(Ask().done());
  EXPECT_EQ(ends_, (std::vector{KafkaOffset{5}, KafkaOffset{0}, KafkaOffset{7}}));
  EXPECT_EQ(stub_.CountOf("ListOffsets"), 1U);
  EXPECT_EQ(stub_.CountOf("end offsets read_uncommitted"), 1U);
}

TEST_F(EndOffsetsTest, APartitionThatMayNotBeDescribedIsNamedWithTheMissingRight) {
  stub_.watermarks[{"rows", 0}].error = RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
  stub_.watermarks[{"rows", 2}].error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  const Outcome outcome = Ask();
  EXPECT_EQ(outcome.verdict, Verdict::kDenied);
  EXPECT_EQ(outcome.detail, "rows partition 2: an error (missing is Describe on Topic rows)");
  EXPECT_TRUE(ends_.empty());
}

TEST_F(EndOffsetsTest, APartitionWithoutALeaderIsWaitedFor) {
  stub_.watermarks[{"rows", 1}].error = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
  const Outcome outcome = Ask();
  EXPECT_EQ(outcome.verdict, Verdict::kPending);
  EXPECT_EQ(outcome.detail, "rows partition 1: an error");
  EXPECT_TRUE(ends_.empty());
}

// Where one of the brokers gives no answer in time, librdkafka tells no error of its partitions.
TEST_F(EndOffsetsTest, APartitionWhoseLeaderDoesNotAnswerIsWaitedFor) {
  stub_.watermarks[{"rows", 1}].high = RD_KAFKA_OFFSET_INVALID;
  const Outcome outcome = Ask();
  EXPECT_EQ(outcome.verdict, Verdict::kPending);
  EXPECT_EQ(outcome.detail, "rows partition 1: its leader has not answered");
  EXPECT_TRUE(ends_.empty());
}

TEST_F(EndOffsetsTest, NoAnswerAtAllIsWaitedFor) {
  stub_.admin["ListOffsets"] = {{.arrives = false}, {.error = RD_KAFKA_RESP_ERR__TIMED_OUT}};
  EXPECT_EQ(Ask().verdict, Verdict::kPending);
  EXPECT_EQ(Ask().verdict, Verdict::kPending);
  EXPECT_TRUE(ends_.empty());
  EXPECT_TRUE(Ask().done());
}

}  // namespace
}  // namespace onceload
