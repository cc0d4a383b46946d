// What a client tells on the side, and when it is to be made anew.
#include "kafka/rdkafka_client.h"

#include <fstream>

#include <gtest/gtest.h>

#include "fakes/rdkafka_stub.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

class RdkafkaClientTest : public testing::Test {
 protected:
  KafkaPtr Client(const ClientConfig& config = {}) {
    return MakeClient(RD_KAFKA_PRODUCER, MakeConf(config, {}, {}, events_));
  }
  std::string Password(const std::string& text) const {
    std::ofstream(directory_ / "password") << text;
    return "@" + (directory_ / "password");
  }

  TempDir directory_;
  RdkafkaStub stub_;
  ClientEvents events_;
};

TEST_F(RdkafkaClientTest, AFatalErrorIsToldByItsCause) {
  const KafkaPtr client = Client();
  stub_.fatal = {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, "another has taken over"};
  stub_.events = {{RD_KAFKA_RESP_ERR__FATAL, "see the fatal error"}};
  rd_kafka_poll(client.get(), 0);
  EXPECT_EQ(events_.last_error(), "another has taken over");
  stub_.events = {{RD_KAFKA_RESP_ERR__TRANSPORT, "broken"}};
  rd_kafka_poll(client.get(), 0);
  EXPECT_EQ(events_.last_error(), "broken");
}

TEST_F(RdkafkaClientTest, WhatItTellsIsNoted) {
  const ClientConfig config;
  const KafkaPtr client = Client(config);
  stub_.throttles = {7, 5};
  stub_.logs = {{.level = 3, .facility = "FAIL", .text = "no route"}};
  rd_kafka_poll(client.get(), 0);
  EXPECT_EQ(events_.throttled(), Duration{12});
  EXPECT_EQ(events_.last_error(), "no route");
  EXPECT_FALSE(*config.answered());
  events_.NoteAnswer();
  EXPECT_TRUE(*config.answered()) << "other clients of the configuration get to know";
}

// librdkafka asks for none by itself.
TEST_F(RdkafkaClientTest, APasswordThatHasChangedIsTakenAfterARefusal) {
  ClientConfig config;
  config.Set("sasl.username", "loader", "-X");
  config.Set("sasl.password", Password("first"), "-X");
  const KafkaPtr client = Client(config);
  const auto tell = [&](rd_kafka_resp_err_t error) {
    stub_.events = {{error, "refused"}};
    rd_kafka_poll(client.get(), 0);
    return stub_.calls;
  };
  using Calls = std::vector<std::string>;
  EXPECT_EQ(tell(RD_KAFKA_RESP_ERR__AUTHENTICATION), Calls{}) << "it is the same";
  Password("second");
  EXPECT_EQ(tell(RD_KAFKA_RESP_ERR__TRANSPORT), Calls{}) << "it was not refused";
  EXPECT_EQ(tell(RD_KAFKA_RESP_ERR__AUTHENTICATION), Calls{"log in loader second"});
  EXPECT_EQ(tell(RD_KAFKA_RESP_ERR__AUTHENTICATION), Calls{"log in loader second"}) << "once";
}

TEST_F(RdkafkaClientTest, AnythingElseThatHasChangedWaitsForTheNextClient) {
  ClientConfig config;
  config.Set("ssl.key.password", Password("first"), "-X");
  const KafkaPtr client = Client(config);
  Password("second");
  stub_.events = {{RD_KAFKA_RESP_ERR__AUTHENTICATION, "refused"}};
  rd_kafka_poll(client.get(), 0);
  EXPECT_TRUE(stub_.calls.empty());
}

Duration clock_now{0};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

TEST(StalenessTest, AClientIsMadeAnewAfterTwentySecondsWithoutACall) {
  Staleness staleness{[] { return clock_now; }};
  const Outcome pending{Verdict::kPending, "no answer"};
  EXPECT_FALSE(staleness.IsTime()) << "no call was made";
  EXPECT_EQ(staleness.Noted(pending).detail, "no answer");
  clock_now += Duration{19'999};
  EXPECT_FALSE(staleness.IsTime());
  EXPECT_EQ(staleness.Noted(pending).verdict, Verdict::kPending);
  clock_now += Duration{1};
  EXPECT_TRUE(staleness.IsTime()) << "since the first that failed";
  clock_now += Duration{60'000};
  EXPECT_FALSE(staleness.IsTime()) << "the next client has as much time";
  static_cast<void>(staleness.Noted(pending));
  clock_now += Duration{19'999};
  EXPECT_TRUE(staleness.Noted({}).done());
  clock_now += Duration{1};
  EXPECT_FALSE(staleness.IsTime()) << "a call has come through";
  staleness.Due();
  EXPECT_TRUE(staleness.IsTime());
  EXPECT_FALSE(staleness.IsTime());
}

}  // namespace
}  // namespace onceload
