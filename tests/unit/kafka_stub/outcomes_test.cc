// What an error of librdkafka's comes to, and what a message by itself is handed over with.
#include <gtest/gtest.h>

#include "kafka/rdkafka_client.h"
#include "onceload/message/partitioner.h"
#include "unit/kafka_stub/stub_testing.h"

namespace onceload {
namespace {

class OutcomesTest : public testing::Test {
 protected:
  OutcomesTest() {
    stub_.topics = {{"rows", 2}, {"progress", 16}};
    target_.topic = "rows";
    target_.partitions = 2;
    target_.progress_topic = "progress";
    target_.message_bytes_max = target_.progress_bytes_max = target_.dead_letter_bytes_max =
        1'000'012;
    factory_ = MakeRdkafkaProducers({}, target_, failpoints_);
    producer_ = factory_->Make("id");
  }

  static std::string Advice(const Rights& needed, rd_kafka_resp_err_t code) {
    const Outcome outcome = Classify(code, "refused", needed);
    return outcome.detail + "; " + outcome.advice;
  }

  Failpoints failpoints_;
  ProducerTarget target_;
  RdkafkaStub stub_;
  std::unique_ptr<ProducerFactory> factory_;
  std::unique_ptr<TransactionalProducer> producer_;
};

TEST_F(OutcomesTest, ARefusalIsTheUsersOrOurs) {
  const Outcome denied{Verdict::kDenied, "no right"};
  EXPECT_EQ(RefusalOf(denied, "load").code(), ExitCode::kUsage);
  EXPECT_EQ(RefusalOf({Verdict::kBug, "what is that"}, "load").code(), ExitCode::kBug);
}

TEST_F(OutcomesTest, AMissingRightComesWithTheCommandThatGrantsIt) {
  const auto topic = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  EXPECT_EQ(Advice({"Read on Topic rows"}, topic),
            "refused (missing is Read on Topic rows); grant it: kafka-acls.sh --bootstrap-server "
            "... --add --allow-principal User:... --operation Read --topic rows");
  EXPECT_EQ(Advice({"Write and Describe on Topic rows"}, topic),
            "refused (missing is Write and Describe on Topic rows); grant it: kafka-acls.sh "
            "--bootstrap-server ... --add --allow-principal User:... --operation Write "
            "--operation Describe --topic rows");
  EXPECT_EQ(Advice({"", "Write and Describe on TransactionalId my id"},
                   RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED),
            "refused (missing is Write and Describe on TransactionalId my id); grant it: "
            "kafka-acls.sh --bootstrap-server ... --add --allow-principal User:... --operation "
            "Write --operation Describe --transactional-id my id");
  EXPECT_EQ(Advice({"everything"}, topic), "refused (missing is everything); grant everything");
  EXPECT_EQ(Advice({"Read on all"}, topic), "refused (missing is Read on all); grant Read on all");
}

TEST_F(OutcomesTest, AFatalErrorIsToldByItsCause) {
  stub_.fatal = {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, "another has taken over"};
  stub_.answers["init"] = {{.code = RD_KAFKA_RESP_ERR__FATAL, .text = "fatal", .fatal = true}};
  const Outcome fenced = producer_->Init(Duration{10});
  EXPECT_EQ(fenced.verdict, Verdict::kFenced);
  EXPECT_EQ(fenced.detail, "another has taken over");
  stub_.fatal = {};
  stub_.answers["init"] = {{.code = RD_KAFKA_RESP_ERR__FATAL, .text = "fatal", .fatal = true}};
  EXPECT_EQ(producer_->Init(Duration{10}).verdict, Verdict::kFatal);
}

// With headers a message goes by itself, with all that it has.
TEST_F(OutcomesTest, AMessageByItselfHasItsPartitionAndItsKey) {
  ASSERT_TRUE(producer_->Init(Duration{10}).done());
  ASSERT_TRUE(producer_->Begin(nullptr).done());
  ASSERT_FALSE(
      producer_
          ->Send(BatchOf({{.partition = 1, .value = "v", .headers = {{"n", "1"}}, .key = "k"},
                          {.partition = 1, .value = "w", .headers = {{"n", "2"}}}}))
          .failed());
  while (producer_->AwaitAcknowledged(Duration{0}).verdict == Verdict::kPending) {
  }
  ASSERT_EQ(stub_.sent.size(), 2U);
  EXPECT_EQ(stub_.sent[0].partition, 1);
  EXPECT_EQ(stub_.sent[0].key, "k");
  EXPECT_FALSE(stub_.sent[1].key);
  EXPECT_TRUE(stub_.sent[0].single);
}

}  // namespace
}  // namespace onceload
