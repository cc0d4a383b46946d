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
  EXPECT_TRUE(Describe().done());
  EXPECT_FALSE(facts_);
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

}  // namespace
}  // namespace onceload
