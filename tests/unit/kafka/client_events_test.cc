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

// To the millisecond: while no token can be had brokers refuse the old one, and from then on not
// for longer than the grace.
TEST_F(TokenEventsTest, ATokensGraceBeginsWhereTheWaitForOneEnds) {
  events_.NoteAnswer();
  NoToken("away", -1);
  Pass(20'000);
  Refuse();
  EXPECT_EQ(WaitFor(19'500), Verdict::kPending);
  Refuse();
  EXPECT_EQ(WaitFor(500), Verdict::kDenied);
}

// The same, of credentials that are no token.
TEST_F(ClientEventsTest, AWaitHasBegunFiveSecondsBeforeItsFirstTurn) {
  events_.NoteAnswer();
  Refuse();
  Pass(4'500);
  EXPECT_EQ(WaitFor(2'500), Verdict::kPending);
  EXPECT_EQ(WaitFor(0), Verdict::kDenied);
  EXPECT_TRUE(events_.Explained({}).done());
  Pass(60'000);
  Refuse();
  Pass(4'501);
  EXPECT_EQ(WaitFor(4'000), Verdict::kPending);
}

TEST_F(ClientEventsTest, ACertificateThatIsRefusedIsToldWithWhatToSet) {
  for (const char* alert : {"tlsv13 alert certificate required", "tlsv1 alert unknown ca"}) {
    ClientEvents events{TestNow};
    events.Note(RD_KAFKA_RESP_ERR__SSL, alert);
    const Outcome outcome = events.Explained({Verdict::kPending, "no answer"});
    EXPECT_EQ(outcome.verdict, Verdict::kDenied) << alert;
    EXPECT_NE(outcome.advice.find("ssl.certificate.location"), std::string::npos) << alert;
  }
  events_.Note(RD_KAFKA_RESP_ERR__TRANSPORT, "certificate verify failed");
  EXPECT_EQ(WaitFor(10'000), Verdict::kPending) << "it is the brokers' that is not taken";
}

// A broker that stops may look like one of another protocol.
TEST_F(ClientEventsTest, AnotherProtocolIsWaitedForAWhile) {
  for (const char* guess : {"(connecting to a SSL listener?)", "Invalid message size",
                            "connecting to a PLAINTEXT broker listener?",
                            "probably due to incorrect security.protocol configuration?"}) {
    ClientEvents events{TestNow};
    events.Note(RD_KAFKA_RESP_ERR__TRANSPORT, guess);
    Pass(3'999);
    EXPECT_EQ(events.Explained({Verdict::kPending, "-"}).verdict, Verdict::kPending) << guess;
    Pass(1);
    const Outcome outcome = events.Explained({Verdict::kPending, "-"});
    EXPECT_EQ(outcome.verdict, Verdict::kDenied) << guess;
    EXPECT_NE(outcome.advice.find("set security.protocol: SSL"), std::string::npos);
  }
  events_.Note(RD_KAFKA_RESP_ERR__TRANSPORT, "Connection refused");
  EXPECT_EQ(WaitFor(10'000), Verdict::kPending);
}

TEST_F(ClientEventsTest, APortOfTlsIsToldAtOnceUnlessOneHasAnswered) {
  events_.NoteTls();
  EXPECT_EQ(WaitFor(0), Verdict::kDenied);
  events_.NoteAnswer();
  EXPECT_EQ(WaitFor(10'000), Verdict::kPending);
}

// Once may be a broker that stops. Who is hung up on before the connection is up speaks something
// else, or the network is at fault.
TEST_F(ClientEventsTest, BrokersThatHangUpTwiceWantCredentials) {
  const auto hang_up = [&](const std::string& state) {
    events_.NoteLog(6, "FAIL", "broker: Disconnected (after 1ms in state " + state + ")");
  };
  hang_up("UP");
  EXPECT_EQ(WaitFor(10'000), Verdict::kPending);
  hang_up("APIVERSION_QUERY");
  EXPECT_EQ(WaitFor(10'000), Verdict::kPending);
  hang_up("UP");
  Pass(1);
  const Outcome outcome = events_.Explained({Verdict::kPending, "no answer"});
  EXPECT_EQ(outcome.verdict, Verdict::kDenied);
  EXPECT_NE(outcome.detail.find("in state UP"), std::string::npos);
  EXPECT_NE(outcome.advice.find("SASL_SSL or SASL_PLAINTEXT"), std::string::npos);
  events_.NoteAnswer();
  EXPECT_EQ(WaitFor(2'000), Verdict::kPending);
}

// The log tells it before the error does.
TEST_F(ClientEventsTest, ALoggedTokenRefusalCountsUntilTheNextAnswer) {
  const std::string line = "Failed to retrieve OIDC token from \"http://localhost\": no (401)";
  events_.NoteLog(3, "OIDC", line);
  EXPECT_EQ(WaitFor(0), Verdict::kDenied);
  events_.NoteAnswer();
  EXPECT_EQ(WaitFor(10'000), Verdict::kPending);
  events_.NoteLog(3, "other", line);
  events_.NoteLog(3, "OIDC", "Failed to retrieve OIDC token: (none)");
  EXPECT_EQ(WaitFor(10'000), Verdict::kPending);
}

// What no coordinator can be had for is told while a call waits, and is no error of one that ends.
TEST_F(ClientEventsTest, WhyThereIsNoCoordinatorIsTold) {
  events_.NoteLog(7, "TXNCOORD",
                  "[thrd:x]: Failed to find transaction coordinator: COORDINATOR_NOT_AVAILABLE: -");
  EXPECT_EQ(events_.Explained({Verdict::kPending, "no answer"}).detail,
            "no answer (Failed to find transaction coordinator: COORDINATOR_NOT_AVAILABLE: -)");
  EXPECT_EQ(events_.Explained({Verdict::kFatal, "fatal"}).detail, "fatal");
  EXPECT_EQ(WaitFor(10'000), Verdict::kPending);
}

// "All brokers down" says less than what they said before.
TEST_F(ClientEventsTest, TheNewestErrorThatSaysWhyIsKept) {
  events_.Note(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  EXPECT_EQ(events_.last_error(), "1/1 brokers are down");
  events_.Note(RD_KAFKA_RESP_ERR__TRANSPORT, "Connection refused");
  events_.Note(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  EXPECT_EQ(events_.last_error(), "Connection refused");
  events_.NoteLog(4, "ANY", "a warning");
  EXPECT_EQ(events_.last_error(), "Connection refused");
  events_.NoteLog(3, "ANY", "an error");
  EXPECT_EQ(events_.last_error(), "an error");
  EXPECT_EQ(events_.Explained({Verdict::kPending, "so: an error"}).detail, "so: an error");
}

}  // namespace
}  // namespace onceload
