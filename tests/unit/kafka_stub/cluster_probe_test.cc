#include "onceload/kafka/cluster_probe.h"

#include <chrono>

#include <gtest/gtest.h>

#include "fakes/rdkafka_stub.h"

namespace onceload {
namespace {

using Lines = std::vector<std::string>;

class ClusterProbeTest : public testing::Test {
 protected:
  // Of the brokers, or why there are none.
  std::string Brokers() {
    std::vector<BrokerAddress> brokers{{7, "before", 1}};
    const Outcome outcome = probe_.Brokers(Duration{10}, brokers);
    if (!outcome.done()) return outcome.detail;
    std::string text;
    for (const BrokerAddress& broker : brokers) {
      text +=
          std::to_string(broker.id) + "=" + broker.host + ":" + std::to_string(broker.port) + "\n";
    }
    return text;
  }
  void Log(const std::string& text) { stub_.logs.push_back({7, "BRKMAIN", text}); }
  WriteTried Write(std::size_t bytes = 100, std::size_t message_bytes = 40) {
    if (!begun_) {
      EXPECT_TRUE(probe_.BeginTransactions("probe", Duration{10}).done());
    }
    begun_ = true;
    return probe_.TryWrite("rows", bytes, message_bytes, Duration{10});
  }
  static std::int64_t WallMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  // Is it about so long ago?
  static bool IsDaysAgo(std::int64_t time, std::int64_t days) {
    const std::int64_t off = WallMs() - days * 24 * 3'600'000 - time;
    return off > -60'000 && off < 60'000;
  }

  RdkafkaStub stub_;
  ClusterProbe probe_{ClientConfig{}};
  bool begun_ = false;
};

TEST_F(ClusterProbeTest, BrokersAreThoseOfTheMetadata) {
  stub_.brokers = 3;
  EXPECT_EQ(Brokers(),
            "1=kafka-1:9091\n"
            "2=kafka-2:9092\n"
            "3=kafka-3:9093\n");
  EXPECT_EQ(stub_.conf["debug"], "feature,metadata");
}

TEST_F(ClusterProbeTest, WhereNoneCanBeReachedTheyAreThoseThatTheFirstOneTold) {
  stub_.metadata_errors = {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__TRANSPORT,
                           RD_KAFKA_RESP_ERR__TRANSPORT};
  Log("[thrd:main]:   Broker #0/2: kafka-1:9092 NodeId");
  Log("[thrd:main]:   Broker #0/2 kafka-1:9092 NodeId 1");
  Log("[thrd:main]:   Broker #0/2: kafka-1 NodeId 1");
  Log("[thrd:main]:   Broker kafka-1:9092 NodeId 1");
  EXPECT_EQ(Brokers(), "an error");
  Log("[thrd:main]:   Broker #0/2: kafka-1:9092 NodeId 1");
  Log("[thrd:main]:   Broker #1/2: [::1]:9093 NodeId 2");
  Log("[thrd:main]:   Broker #0/2: other:9092 NodeId 1");
  EXPECT_EQ(Brokers(),
            "1=kafka-1:9092\n"
            "2=[::1]:9093\n");
  stub_.metadata_errors.clear();
  EXPECT_EQ(Brokers(), "1=kafka-1:9091\n");
}

TEST_F(ClusterProbeTest, WhyNobodyAnswersIsTold) {
  stub_.metadata_errors = {RD_KAFKA_RESP_ERR__TRANSPORT};
  stub_.logs = {{3, "FAIL", "kafka-1:9092: refused"}};
  EXPECT_EQ(Brokers(), "an error (kafka-1:9092: refused)");
}

TEST_F(ClusterProbeTest, RequestsAreThoseThatABrokerListsAsItsOwn) {
  using Requests = std::map<std::string, int>;
  Log("  ApiKey Produce (0) Versions 0..11");
  Log("  ApiKey InitProducerId (22) Versions 0..4");
  Log("  ApiKey Fetch (1)");
  Log("  Versions 0..7 of something");
  Brokers();
  EXPECT_EQ(probe_.Requests(), (Requests{{"InitProducerId", 4}, {"Produce", 11}}));
}

TEST_F(ClusterProbeTest, TransactionsAreBegunUnderTheNameThatIsGiven) {
  ASSERT_TRUE(probe_.BeginTransactions("mine", Duration{10}).done());
  EXPECT_EQ(stub_.conf["transactional.id"], "mine");
  EXPECT_EQ(stub_.conf["acks"], "all");
  EXPECT_EQ(stub_.conf["linger.ms"], "0");
  stub_.answers["init"] = {{RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "no right"}};
  stub_.events = {{RD_KAFKA_RESP_ERR__TRANSPORT, "broker 2: away"}};
  const Outcome outcome = probe_.BeginTransactions("mine", Duration{10});
  EXPECT_EQ(outcome.verdict, Verdict::kDenied);
  EXPECT_EQ(outcome.detail,
            "no right (missing is Write and Describe on TransactionalId mine) (broker 2: away)");
}

// Messages have a key, for compacted topics take none without, and are so old that the newest time
// afterwards is the brokers'.
TEST_F(ClusterProbeTest, WhatIsWrittenIsAborted) {
  stub_.newest_times = {5, WallMs() + 3'000};
  const WriteTried tried = Write();
  EXPECT_TRUE(tried.outcome.done());
  EXPECT_EQ(tried.topic, "rows");
  EXPECT_EQ(tried.bytes, 120U);
  EXPECT_EQ(tried.throttled, Duration{0});
  EXPECT_TRUE(tried.clock_seen);
  EXPECT_NEAR(static_cast<double>(tried.clock_ahead.count()), 3'000, 2'000);
  EXPECT_EQ(stub_.CountOf("commit"), 0U);
  EXPECT_EQ(stub_.CountOf("abort"), 1U);
  EXPECT_EQ(stub_.CountOf("flush within 10"), 1U);
  ASSERT_EQ(stub_.sent.size(), 3U);
  for (const StubMessage& message : stub_.sent) {
    EXPECT_EQ(message.topic, "rows");
    EXPECT_EQ(message.partition, 0);
    EXPECT_EQ(message.key, std::string("\0onceload doctor", 16));
    EXPECT_EQ(message.value, std::string(40, 'x'));
    EXPECT_TRUE(IsDaysAgo(*message.timestamp, 7));
  }
}

TEST_F(ClusterProbeTest, TheLongestThrottleIsTold) {
  ASSERT_TRUE(probe_.BeginTransactions("probe", Duration{10}).done());
  begun_ = true;
  stub_.throttles = {20, 70, 30};
  stub_.newest_times = {5, WallMs()};
  EXPECT_EQ(Write().throttled, Duration{70});
}

// Records of others, by their own clocks, tell nothing of the brokers'.
TEST_F(ClusterProbeTest, AClockBelowWhatWasThereIsLookedForAgain) {
  const std::int64_t ahead = WallMs() + 50'000;
  stub_.newest_times = {ahead, ahead, ahead + 1'000};
  EXPECT_TRUE(Write().clock_seen);
  EXPECT_TRUE(stub_.newest_times.empty());
  // A record of ours is no marker either.
  stub_.newest_times = {5, WallMs() - std::int64_t{8} * 24 * 3'600'000, WallMs()};
  EXPECT_TRUE(Write().clock_seen);
  EXPECT_TRUE(stub_.newest_times.empty());
}

TEST_F(ClusterProbeTest, WithoutATimeBeforeTheClockIsNotTold) {
  stub_.admin["ListOffsets"] = {{.arrives = false}};
  const WriteTried tried = Write();
  EXPECT_TRUE(tried.outcome.done());
  EXPECT_FALSE(tried.clock_seen);
  EXPECT_EQ(stub_.CountOf("ListOffsets"), 1U);
  stub_.admin["ListOffsets"] = {{.error = RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION}};
  EXPECT_FALSE(Write().clock_seen);
}

TEST_F(ClusterProbeTest, ATopicThatTakesNoOldRecordGetsNewOnes) {
  stub_.refuse = [](const StubMessage& message) {
    return IsDaysAgo(*message.timestamp, 0) ? RD_KAFKA_RESP_ERR_NO_ERROR
                                            : RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
  };
  const WriteTried tried = Write();
  EXPECT_TRUE(tried.outcome.done());
  EXPECT_EQ(tried.bytes, 120U);
  EXPECT_FALSE(tried.clock_seen);
  EXPECT_EQ(stub_.CountOf("abort"), 2U);
}

TEST_F(ClusterProbeTest, TheFirstRefusalIsTheCause) {
  int asked = 0;
  stub_.refuse = [&](const StubMessage&) {
    return ++asked == 2 ? RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED : RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  const WriteTried tried = Write();
  EXPECT_EQ(tried.outcome.verdict, Verdict::kDenied);
  EXPECT_EQ(tried.outcome.detail, "an error (missing is Write on Topic rows)");
  EXPECT_EQ(asked, 2) << "the rest is not sent";
  EXPECT_EQ(tried.bytes, 40U);
  EXPECT_EQ(stub_.CountOf("abort"), 1U);
}

TEST_F(ClusterProbeTest, MessagesThatAreRefusedLaterAreTold) {
  ASSERT_TRUE(probe_.BeginTransactions("probe", Duration{10}).done());
  begun_ = true;
  stub_.acknowledges = false;
  stub_.flush_error = RD_KAFKA_RESP_ERR__TIMED_OUT;
  EXPECT_EQ(Write().outcome.detail, "not acknowledged within 10 ms");
  stub_.flush_error = RD_KAFKA_RESP_ERR_NO_ERROR;
  stub_.report_errors = {RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                         RD_KAFKA_RESP_ERR__TIMED_OUT};
  const WriteTried tried = Write();
  EXPECT_EQ(tried.outcome.verdict, Verdict::kDenied);
  EXPECT_EQ(tried.bytes, 40U);
}

// A message that is thrown away with its transaction tells nothing: that tells why.
TEST_F(ClusterProbeTest, OfMessagesThatArePurgedTheTransactionTellsWhy) {
  ASSERT_TRUE(probe_.BeginTransactions("probe", Duration{10}).done());
  begun_ = true;
  for (const auto purged : {RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT}) {
    stub_.report_errors = {purged, purged, purged};
    stub_.answers["begin"] = {{}, {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "no"}};
    const WriteTried tried = Write();
    EXPECT_EQ(tried.outcome.verdict, Verdict::kDenied);
    EXPECT_EQ(tried.outcome.detail, "no (missing is Write and Describe on TransactionalId probe)");
  }
}

TEST_F(ClusterProbeTest, ATransactionThatDoesNotBeginSendsNothing) {
  ASSERT_TRUE(probe_.BeginTransactions("probe", Duration{10}).done());
  begun_ = true;
  stub_.answers["begin"] = {{.code = RD_KAFKA_RESP_ERR__STATE, .text = "no state", .fatal = true}};
  EXPECT_EQ(Write().outcome.verdict, Verdict::kFatal);
  EXPECT_TRUE(stub_.sent.empty());
}

}  // namespace
}  // namespace onceload
