// What a client is told on the side.
#include "kafka/client_events.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

Duration clock_now{1'000'000};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

Duration TestNow() { return clock_now; }
void Pass(int milliseconds) { clock_now += Duration{milliseconds}; }

class ClientEventsTest : public testing::Test {
 protected:
  // A turn of a wait each half second; the verdict of the last one.
  Verdict WaitFor(int milliseconds) {
    Verdict verdict = Verdict::kPending;
    for (int turn = 0; turn * 500 <= milliseconds && verdict == Verdict::kPending; ++turn) {
      Pass(500);
      verdict = events_.Explained({Verdict::kPending, "no answer"}).verdict;
    }
    return verdict;
  }
  void Refuse() { events_.Note(RD_KAFKA_RESP_ERR__AUTHENTICATION, "SASL authentication error"); }
  // As librdkafka tells it: a line with the code, then an error without.
  void NoToken(const std::string& why, int code) {
    constexpr int kError = 3;
    events_.NoteLog(kError, "OIDC",
                    "[thrd:background]: Failed to retrieve OIDC token from \"http://localhost\": " +
                        why + " (" + std::to_string(code) + ")");
    events_.Note(RD_KAFKA_RESP_ERR__AUTHENTICATION,
                 "Failed to acquire SASL OAUTHBEARER token: " + why);
  }

  ClientEvents events_{TestNow};
};

// Else a connection that is cut again and again would be taken for one that wants credentials.
TEST_F(ClientEventsTest, WhatOneClientOfAConfigurationWasAnsweredAnotherKnows) {
  ClientConfig config;
  config.Set("bootstrap.servers", "localhost:9092", "-b");
  config.Finish();
  ClientEvents first;
  ClientEvents renewed;
  ClientEvents other;
  first.Know(config);
  renewed.Know(config.Renewed());
  other.Know(ClientConfig());
  EXPECT_FALSE(renewed.answered());
  first.NoteAnswer();
  EXPECT_TRUE(renewed.answered());
  EXPECT_FALSE(other.answered());
}

TEST_F(ClientEventsTest, CredentialsThatWereNeverTakenAreRefusedAtOnce) {
  Refuse();
  EXPECT_EQ(WaitFor(0), Verdict::kDenied);
}

TEST_F(ClientEventsTest, CredentialsThatWereTakenAreWaitedForAWhile) {
  events_.NoteAnswer();
  Pass(60'000);
  Refuse();
  EXPECT_EQ(WaitFor(7'000), Verdict::kPending);
  EXPECT_EQ(WaitFor(2'000), Verdict::kDenied);
}

// A reader that was idle when its token ran out, and has had none to ask since.
TEST_F(ClientEventsTest, WhatWasRefusedBeforeTheWaitIsNotHeldAgainstIt) {
  events_.NoteAnswer();
  Refuse();
  Pass(20'000);
  EXPECT_EQ(WaitFor(12'000), Verdict::kPending);
  Refuse();  // and is still so
  EXPECT_EQ(WaitFor(9'000), Verdict::kDenied);
}

TEST_F(ClientEventsTest, ACallThatComesThroughEndsTheWait) {
  events_.NoteAnswer();
  Refuse();
  EXPECT_EQ(WaitFor(6'000), Verdict::kPending);
  EXPECT_TRUE(events_.Explained({}).done());
  Pass(9'000);
  EXPECT_EQ(WaitFor(6'000), Verdict::kPending);
}

// "No coordinator" is said of a login that is refused, too, and twice a second.
TEST_F(ClientEventsTest, ACoordinatorThatRefusesTheLoginIsALogin) {
  events_.NoteAnswer();
  const auto say = [&](const std::string& why) {
    events_.NoteLog(7, "TXNCOORD", "Failed to find transaction coordinator: " + why + ": ...");
  };
  say("_AUTHENTICATION");
  EXPECT_EQ(WaitFor(1'000), Verdict::kPending);
  say("_AUTHENTICATION");
  EXPECT_EQ(WaitFor(1'000), Verdict::kPending);
  say("INVALID_REQUEST");
  EXPECT_EQ(WaitFor(1'500), Verdict::kDenied);
}

TEST_F(ClientEventsTest, AnAnswerEndsTheRefusal) {
  events_.NoteAnswer();
  Refuse();
  EXPECT_EQ(WaitFor(7'000), Verdict::kPending);
  events_.NoteAnswer();
  EXPECT_EQ(WaitFor(9'000), Verdict::kPending);
}

TEST_F(ClientEventsTest, ATokenEndpointThatRefusesIsToldWithWhatToCheck) {
  NoToken("invalid_client", 401);
  Pass(1);
  const Outcome outcome = events_.Explained({Verdict::kPending, "no answer"});
  EXPECT_EQ(outcome.verdict, Verdict::kDenied);
  EXPECT_NE(outcome.detail.find("from \"http://localhost\": invalid_client (401)"),
            std::string::npos);
  EXPECT_NE(outcome.advice.find("sasl.oauthbearer.client.id"), std::string::npos);
}

TEST_F(ClientEventsTest, ATokenEndpointThatWasNeverReachedIsToldAtOnce) {
  NoToken("Could not connect to server", -1);
  EXPECT_EQ(WaitFor(0), Verdict::kDenied);
}

TEST_F(ClientEventsTest, ATokenEndpointThatIsAwayForAWhileIsWaitedFor) {
  events_.NoteAnswer();
  for (const int code : {-1, 408, 429, 500, 502}) {
    NoToken("away", code);
    EXPECT_EQ(WaitFor(12'000), Verdict::kPending) << code;
  }
  Pass(30'000);
  NoToken("invalid_client", 401);
  EXPECT_EQ(WaitFor(12'000), Verdict::kDenied);
}

class TokenEventsTest : public ClientEventsTest {
 protected:
  void SetUp() override {
    ClientConfig config;
    config.Set("bootstrap.servers", "localhost:9092", "-b");
    config.Set("security.protocol", "SASL_PLAINTEXT", "-X");
    config.Set("sasl.mechanisms", "OAUTHBEARER", "-X");
    config.Set("sasl.oauthbearer.method", "oidc", "-X");
    config.Set("sasl.oauthbearer.client.id", "loader", "-X");
    config.Set("sasl.oauthbearer.client.secret", "secret", "-X");
    config.Set("sasl.oauthbearer.token.endpoint.url", "http://localhost/token", "-X");
    config.Finish();
    events_.Know(config);
  }
};

TEST_F(TokenEventsTest, ATokenThatWasNeverTakenIsRefusedAtOnce) {
  Refuse();
  EXPECT_EQ(WaitFor(0), Verdict::kDenied);
}

// A connection that is made in the moment in which a token runs out.
TEST_F(TokenEventsTest, OneRefusalOfATokenIsNone) {
  events_.NoteAnswer();
  Refuse();
  EXPECT_EQ(WaitFor(25'000), Verdict::kPending);
  Refuse();
  EXPECT_EQ(WaitFor(500), Verdict::kDenied);
}

// Connections that are made while there is no new token are refused for the old one.
TEST_F(TokenEventsTest, BrokersThatRefuseTheOldTokenMeanwhileAreNotHeldAgainstIt) {
  events_.NoteAnswer();
  for (int turn = 0; turn < 5; ++turn) {
    NoToken("away", -1);
    Refuse();
    EXPECT_EQ(WaitFor(10'000), Verdict::kPending);
  }
  EXPECT_EQ(WaitFor(25'000), Verdict::kPending);
}

}  // namespace
}  // namespace onceload
