#include <gtest/gtest.h>

#include "kafka/rdkafka_request.h"
#include "onceload/core/error.h"
#include "onceload/message/partitioner.h"
#include "unit/kafka_stub/stub_testing.h"

namespace onceload {
namespace {

using Values = std::vector<std::string>;

class RdkafkaProducerTest : public testing::Test {
 protected:
  RdkafkaProducerTest() {
    stub_.topics = {{"rows", 2}, {"progress", 16}, {"dead", 1}};
    target_.topic = "rows";
    target_.partitions = 2;
    target_.progress_topic = "progress";
    target_.dead_letter_topic = "dead";
    target_.message_bytes_max = target_.progress_bytes_max = target_.dead_letter_bytes_max =
        1'000'012;
  }

  std::unique_ptr<TransactionalProducer> Make(const ClientConfig& config = {}) {
    factories_.push_back(MakeRdkafkaProducers(config, target_, failpoints_));
    return factories_.back()->Make("id");
  }
  // One whose transaction has begun.
  std::unique_ptr<TransactionalProducer> Begun(const ClientConfig& config = {}) {
    auto producer = Make(config);
    EXPECT_TRUE(producer->Init(kWait).done());
    EXPECT_TRUE(producer->Begin(nullptr).done());
    return producer;
  }
  // Sends them, and all that waits.
  static Outcome Send(TransactionalProducer& producer, const std::vector<Row>& rows) {
    Outcome outcome = producer.Send(BatchOf(rows));
    while (outcome.done()) {
      outcome = producer.AwaitAcknowledged(Duration{0});
      if (outcome.verdict != Verdict::kPending) return outcome;
      outcome = {};
    }
    return outcome;
  }

  std::int32_t ProgressPartition(const std::string& load) {
    return PartitionOf(load, RowNumber{1}, kProgressPartitions).value;
  }

  static constexpr Duration kWait{1'000};
  Failpoints failpoints_;
  ProducerTarget target_;
  RdkafkaStub stub_;
  std::vector<std::unique_ptr<ProducerFactory>> factories_;
};

// --- Init, Begin

TEST_F(RdkafkaProducerTest, InitIsAskedUntilItIsDoneAndThenNoMore) {
  stub_.answers["init"] = {{RD_KAFKA_RESP_ERR__TIMED_OUT, "slow", false, /*retriable=*/true}};
  auto producer = Make();
  EXPECT_EQ(producer->Init(kWait).verdict, Verdict::kPending);
  stub_.metadata_errors = {RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__TRANSPORT};
  EXPECT_EQ(producer->Init(kWait).verdict, Verdict::kPending) << "without all metadata";
  EXPECT_TRUE(producer->Init(kWait).done());
  EXPECT_EQ(stub_.CountOf("init"), 2U) << "librdkafka refuses to do it twice";
  for (const char* topic : {"rows", "progress", "dead"}) {
    EXPECT_GE(stub_.CountOf(std::string("metadata ") + topic), 1U) << topic;
  }
}

// Without a connection librdkafka asks for the coordinator again half a second later.
TEST_F(RdkafkaProducerTest, ConnectsBeforeInitAndWaitsForItOnce) {
  stub_.answers["init"] = {{RD_KAFKA_RESP_ERR__TIMED_OUT, "slow", false, /*retriable=*/true}};
  auto producer = Make();
  EXPECT_EQ(stub_.calls, Values{"metadata progress"}) << "while others are asked for Init";
  stub_.metadata_errors = {RD_KAFKA_RESP_ERR__TRANSPORT};
  EXPECT_EQ(producer->Init(kWait).verdict, Verdict::kPending);
  EXPECT_EQ(stub_.calls, (Values{"metadata progress", "metadata progress", "init"}));
  EXPECT_TRUE(producer->Init(kWait).done());
  EXPECT_EQ(stub_.calls.at(3), "init") << "no wait of its own any more";
}

TEST_F(RdkafkaProducerTest, InitThatIsFencedOrDeniedSaysSo) {
  stub_.answers["init"] = {
      {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, "fenced", /*fatal=*/true},
      {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "no", /*fatal=*/true}};
  EXPECT_EQ(Make()->Init(kWait).verdict, Verdict::kFenced);
  const Outcome denied = Make()->Init(kWait);
  EXPECT_EQ(denied.verdict, Verdict::kDenied);
  EXPECT_NE(denied.detail.find("Describe on TransactionalId id"), std::string::npos);
}

TEST_F(RdkafkaProducerTest, BeginForgetsTheTransactionBefore) {
  auto producer = Begun();
  ASSERT_TRUE(Send(*producer, {{0, "a"}, {0, "b"}, {0, "dead", -1, {}, {}, true}}).done());
  EXPECT_EQ(producer->acknowledged()[0].end, KafkaOffset{2});
  ASSERT_TRUE(producer->Mark(RecordOf("load", 1), {0, 1}).done());
  ASSERT_TRUE(producer->Commit(kWait).done());
  ASSERT_TRUE(producer->Begin(nullptr).done());
  EXPECT_EQ(producer->acknowledged()[0].first, kNoOffset);
  EXPECT_EQ(producer->acknowledged_dead_letters().first, kNoOffset);
  EXPECT_TRUE(producer->AwaitAcknowledged(kWait).done());
  EXPECT_EQ(producer->acknowledged_messages(), 4U) << "with the progress record";
}

// --- what is handed over

TEST(WaitingBytesTest, FewLanesHaveRequestsAndHundredsShareWhatThereIs) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  EXPECT_EQ(WaitingBytesMax(2), 8 * kMiB);
  EXPECT_EQ(WaitingBytesMax(32), 20 * kMiB);
  EXPECT_EQ(WaitingBytesMax(101), 32 * kMiB);
  EXPECT_EQ(WaitingBytesMax(501), 32 * kMiB);
  EXPECT_EQ(WaitingBytesMax(768), 48 * kMiB);
  EXPECT_EQ(WaitingBytesMax(10'000), 64 * kMiB);
}

TEST_F(RdkafkaProducerTest, OnlyLongChunksOfFewPartitionsHaveRequestsThatFollowTheOneInFlight) {
  Make();
  EXPECT_EQ(stub_.conf["linger.ms"], "3");
  EXPECT_EQ(stub_.conf["batch.num.messages"], "100000");
  target_.long_chunks = true;
  Make();
  EXPECT_EQ(stub_.conf["linger.ms"], "20");
  EXPECT_EQ(stub_.conf["batch.num.messages"], "3000");
  target_.partitions = 3;
  Make();
  EXPECT_EQ(stub_.conf["linger.ms"], "3");
}

TEST_F(RdkafkaProducerTest, MessagesAreHandedOverAsTheyAreAndInOrder) {
  auto producer = Begun();
  ASSERT_TRUE(
      Send(*producer, {{0, "a", -1, {}, "k"}, {1, "b"}, {0, "", -1, {}, ""}, {0, "c"}}).done());
  EXPECT_EQ(stub_.ValuesTo("rows", 0), (Values{"a", "", "c"}));
  EXPECT_EQ(stub_.ValuesTo("rows", 1), (Values{"b"}));
  EXPECT_EQ(stub_.sent[0].key, "k");
  for (const StubMessage& message : stub_.sent) {
    EXPECT_FALSE(message.single);
    EXPECT_FALSE(message.timestamp);
    EXPECT_EQ(message.key.has_value(), message.value == "a" || message.value.empty());
  }
}

// Those before the first row with a timestamp, between such rows, and behind them.
TEST_F(RdkafkaProducerTest, EachRowKeepsItsOwnTimestamp) {
  auto producer = Begun();
  const std::vector<std::int64_t> times{-1, -1, 5, -1, 7, 8, -1};
  std::vector<Row> rows;
  for (std::size_t i = 0; i < times.size(); ++i) rows.push_back({0, std::to_string(i), times[i]});
  ASSERT_TRUE(Send(*producer, rows).done());
  ASSERT_EQ(stub_.sent.size(), times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_EQ(stub_.sent[i].value, std::to_string(i));
    EXPECT_EQ(stub_.sent[i].timestamp.value_or(-1), times[i]) << i;
  }
}

TEST_F(RdkafkaProducerTest, EachRowKeepsItsOwnHeaders) {
  auto producer = Begun();
  ASSERT_TRUE(Send(*producer, {{0, "a"}, {0, "b"}, {0, "c", -1, {{"n", "1"}, {"m", ""}}}}).done());
  ASSERT_EQ(stub_.sent.size(), 3U);
  EXPECT_TRUE(stub_.sent[1].headers.empty());
  using Headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(stub_.sent[2].headers, (Headers{{"n", "1"}, {"m", ""}}));
}

// Of a request that waits the first message goes alone, and the rest has another mixture.
TEST_F(RdkafkaProducerTest, RowsWithoutATimestampGoByOneCall) {
  auto producer = Begun();
  ASSERT_TRUE(Send(*producer, {{0, "a"}, {0, "b"}, {0, "c"}}).done());
  EXPECT_EQ(stub_.CountOf("batch rows/0 x1"), 1U);
  EXPECT_EQ(stub_.CountOf("batch rows/0 x2"), 1U);
}

TEST_F(RdkafkaProducerTest, DeadLettersGoToTheirTopicAndCountForThemselves) {
  auto producer = Begun();
  ASSERT_TRUE(Send(*producer, {{1, "a"}, {0, "bad", -1, {{"reason", "x"}}, "load", true}}).done());
  EXPECT_EQ(stub_.ValuesTo("dead", 0), (Values{"bad"}));
  EXPECT_EQ(producer->acknowledged_dead_letters().end, KafkaOffset{1});
  EXPECT_EQ(producer->acknowledged()[0].first, kNoOffset);
  EXPECT_EQ(producer->acknowledged()[1].first, KafkaOffset{0});
}

TEST_F(RdkafkaProducerTest, WhatAFullQueueDoesNotTakeComesLaterInOrder) {
  for (const std::int64_t time : {std::int64_t{-1}, std::int64_t{3}}) {
    stub_.sent.clear();
    stub_.acknowledges = false;
    stub_.room = 2;
    auto producer = Begun();
    ASSERT_TRUE(producer->Send(BatchOf({{0, "a"}, {0, "b", time}, {0, "c"}, {0, "d"}})).done());
    ASSERT_EQ(producer->AwaitAcknowledged(Duration{0}).verdict, Verdict::kPending);
    EXPECT_EQ(stub_.sent.size(), 2U);
    EXPECT_FALSE(producer->settled());
    stub_.Deliver();
    ASSERT_EQ(producer->AwaitAcknowledged(Duration{0}).verdict, Verdict::kPending);
    stub_.Deliver();
    EXPECT_TRUE(producer->AwaitAcknowledged(Duration{0}).done());
    EXPECT_TRUE(producer->settled());
    EXPECT_EQ(stub_.ValuesTo("rows", 0), (Values{"a", "b", "c", "d"}));
  }
}

// librdkafka goes on behind a message that it refuses, and reports what it has taken.
TEST_F(RdkafkaProducerTest, ARefusalInTheMiddleFailsAndLeavesNothingUnsettled) {
  stub_.acknowledges = false;
  stub_.refuse = [](const StubMessage& message) {
    return message.value == "big" ? RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
                                  : RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  auto producer = Begun();
  ASSERT_TRUE(producer->Send(BatchOf({{0, "a"}, {0, "b"}, {0, "big"}, {0, "c"}})).done());
  const Outcome outcome = producer->AwaitAcknowledged(Duration{0});
  EXPECT_EQ(outcome.verdict, Verdict::kDenied);
  for (const char* words : {"topic rows: ", "Broker: Message size too large"}) {
    EXPECT_NE(outcome.detail.find(words), std::string::npos) << outcome.detail;
  }
  EXPECT_EQ(stub_.undelivered(), 3U);
  EXPECT_TRUE(producer->Abort(kWait).done());
  EXPECT_EQ(stub_.undelivered(), 0U);
}

// --- requests

TEST_F(RdkafkaProducerTest, ALaneHasOneRequestInFlight) {
  stub_.acknowledges = false;
  auto producer = Begun();
  ASSERT_TRUE(producer->Send(BatchOf({{0, "a"}, {1, "b"}})).done());
  EXPECT_TRUE(stub_.sent.empty()) << "no request is full";
  static_cast<void>(producer->AwaitAcknowledged(Duration{0}));
  ASSERT_TRUE(producer->Send(BatchOf({{0, "c"}})).done());
  static_cast<void>(producer->AwaitAcknowledged(Duration{0}));
  EXPECT_EQ(stub_.sent.size(), 2U);
  stub_.Deliver();
  static_cast<void>(producer->AwaitAcknowledged(Duration{0}));
  EXPECT_EQ(stub_.ValuesTo("rows", 0), (Values{"a", "c"}));
}

// Bytes that are in flight to a partition at a time.
std::size_t MostBytesInFlight(RdkafkaStub& stub, TransactionalProducer& producer,
                              const std::string& topic) {
  std::size_t most = 0;
  std::size_t seen = 0;
  Outcome outcome{Verdict::kPending, ""};
  for (int turn = 0; turn < 1000 && outcome.verdict == Verdict::kPending; ++turn) {
    outcome = producer.AwaitAcknowledged(Duration{0});
    std::size_t bytes = 0;
    for (; seen < stub.sent.size(); ++seen) {
      if (stub.sent[seen].topic == topic) bytes += stub.sent[seen].value.size();
    }
    most = std::max(most, bytes);
    stub.Deliver();
  }
  EXPECT_TRUE(outcome.done()) << outcome.detail;
  return most;
}

TEST_F(RdkafkaProducerTest, RequestsKeepToTheirOwnTopicsLimit) {
  target_.message_bytes_max = 10'000;
  target_.dead_letter_bytes_max = 30'000;
  std::vector<Row> rows;
  for (int i = 0; i < 100; ++i) {
    rows.push_back({0, std::string(1'000, 'x')});
    rows.push_back({0, std::string(1'000, 'y'), -1, {}, {}, /*dead_letter=*/true});
  }
  stub_.acknowledges = false;
  for (const auto& [topic, most] : {std::pair("rows", 9'000U), std::pair("dead", 28'000U)}) {
    stub_.sent.clear();
    auto producer = Begun();
    EXPECT_EQ(stub_.conf["message.max.bytes"], "1000012") << "the most generous topic's";
    ASSERT_TRUE(producer->Send(BatchOf(rows)).done());
    EXPECT_EQ(MostBytesInFlight(stub_, *producer, topic), most) << topic;
  }
}

TEST_F(RdkafkaProducerTest, AnyLimitOfATopicMakesRequests) {
  stub_.acknowledges = false;
  for (const std::int64_t limit : {1, 61, 100, 999, 1'000, 2'048, 2'000'000'000}) {
    target_.message_bytes_max = target_.progress_bytes_max = target_.dead_letter_bytes_max = limit;
    auto producer = Begun();
    EXPECT_EQ(stub_.conf["message.max.bytes"],
              std::to_string(std::clamp(limit, std::int64_t{1'000}, std::int64_t{1'000'000'000})));
    ASSERT_TRUE(producer->Send(BatchOf({{0, "a"}, {0, "b"}, {0, "c"}})).done());
    EXPECT_GE(MostBytesInFlight(stub_, *producer, "rows"), 1U) << limit;
  }
}

TEST_F(RdkafkaProducerTest, TheUsersOwnLimitsCount) {
  ClientConfig config;
  config.Set("message.max.bytes", "5000", "-X");
  std::vector<Row> rows;
  for (int i = 0; i < 20; ++i) rows.push_back({0, std::string(1'000, 'x')});
  stub_.acknowledges = false;
  auto producer = Begun(config);
  EXPECT_EQ(stub_.conf["message.max.bytes"], "5000");
  ASSERT_TRUE(producer->Send(BatchOf(rows)).done());
  EXPECT_EQ(MostBytesInFlight(stub_, *producer, "rows"), 2'000U);
}

// What exactly-once rests on: docs/architecture.md.
TEST_F(RdkafkaProducerTest, ItsSettingsAreThoseThatExactlyOnceRestsOn) {
  static_cast<void>(Make());
  const std::map<std::string, std::string> expected{{"transactional.id", "id"},
                                                    {"enable.idempotence", "true"},
                                                    {"acks", "all"},
                                                    {"delivery.report.only.error", "false"},
                                                    {"allow.auto.create.topics", "false"},
                                                    {"transaction.timeout.ms", "60000"}};
  for (const auto& [name, value] : expected) EXPECT_EQ(stub_.conf[name], value) << name;
}

// --- order between chunks

TEST_F(RdkafkaProducerTest, APartitionWaitsForTheChunkBeforeThere) {
  stub_.acknowledges = false;
  auto first = Begun();
  ASSERT_TRUE(first->Send(BatchOf({{0, "a"}, {1, "b"}})).done());
  static_cast<void>(first->AwaitAcknowledged(Duration{0}));
  auto second = Make();
  ASSERT_TRUE(second->Init(kWait).done());
  ASSERT_TRUE(second->Begin(first.get()).done());
  std::vector<Row> rows;
  for (int i = 0; i < 20'000; ++i) rows.push_back({i % 2, std::string(1'000, 'x')});
  ASSERT_TRUE(second->Send(BatchOf(rows)).done());
  static_cast<void>(second->AwaitAcknowledged(Duration{0}));
  EXPECT_EQ(stub_.sent.size(), 2U);
  stub_.Deliver(1);
  static_cast<void>(first->AwaitAcknowledged(Duration{0}));
  static_cast<void>(second->AwaitAcknowledged(Duration{0}));
  EXPECT_GT(stub_.ValuesTo("rows", 0).size(), 1U);
  EXPECT_EQ(stub_.ValuesTo("rows", 1), (Values{"b"})) << "not acknowledged yet";
  stub_.Deliver(1);
  static_cast<void>(first->AwaitAcknowledged(Duration{0}));
  static_cast<void>(second->AwaitAcknowledged(Duration{0}));
  EXPECT_GT(stub_.ValuesTo("rows", 1).size(), 1U);
}

// The first messages of a small chunk are sent together, once the chunk before is settled in all
// partitions: until then not even the partition that is settled gets one.
TEST_F(RdkafkaProducerTest, ASmallChunkWaitsForAllOfTheOneBefore) {
  stub_.acknowledges = false;
  auto first = Begun();
  ASSERT_TRUE(first->Send(BatchOf({{0, "a"}, {1, "b"}})).done());
  static_cast<void>(first->AwaitAcknowledged(Duration{0}));
  auto second = Make();
  ASSERT_TRUE(second->Init(kWait).done());
  ASSERT_TRUE(second->Begin(first.get()).done());
  ASSERT_TRUE(second->Send(BatchOf({{0, "c"}, {1, "d"}, {0, "e"}})).done());
  static_cast<void>(second->AwaitAcknowledged(Duration{0}));
  stub_.Deliver(1);
  static_cast<void>(first->AwaitAcknowledged(Duration{0}));
  static_cast<void>(second->AwaitAcknowledged(Duration{0}));
  EXPECT_EQ(stub_.sent.size(), 2U);
  stub_.Deliver(1);
  static_cast<void>(first->AwaitAcknowledged(Duration{0}));
  static_cast<void>(second->AwaitAcknowledged(Duration{0}));
  EXPECT_EQ(stub_.ValuesTo("rows", 0), (Values{"a", "c", "e"}));
  EXPECT_EQ(stub_.ValuesTo("rows", 1), (Values{"b", "d"}));
}

// --- what comes back

TEST_F(RdkafkaProducerTest, AFailureIsToldByWhateverIsAskedNext) {
  stub_.acknowledges = false;
  auto producer = Begun();
  ASSERT_TRUE(producer->Send(BatchOf({{0, "a"}})).done());
  static_cast<void>(producer->AwaitAcknowledged(Duration{0}));
  stub_.Deliver(1, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT);
  EXPECT_EQ(producer->Send(BatchOf({{0, "b"}})).verdict, Verdict::kAbort);
  EXPECT_EQ(producer->acknowledged()[0].first, kNoOffset);
  EXPECT_EQ(producer->acknowledged_messages(), 0U) << "it is no acknowledgement";
}

TEST_F(RdkafkaProducerTest, AcknowledgedRangesAreThoseOfThisTransaction) {
  auto producer = Begun();
  ASSERT_TRUE(Send(*producer, {{0, "a"}, {0, "b"}, {1, "c"}}).done());
  ASSERT_TRUE(producer->Mark(RecordOf("load", 1), {0, 1}).done());
  ASSERT_TRUE(producer->Commit(kWait).done());
  ASSERT_TRUE(producer->Begin(nullptr).done());
  ASSERT_TRUE(Send(*producer, {{0, "d"}, {0, "e"}}).done());
  EXPECT_EQ(producer->acknowledged()[0].first, KafkaOffset{2});
  EXPECT_EQ(producer->acknowledged()[0].end, KafkaOffset{4});
  EXPECT_EQ(producer->acknowledged()[1].first, kNoOffset);
}

TEST_F(RdkafkaProducerTest, AFailedMessageFailsItsTransaction) {
  const auto verdict_of = [&](rd_kafka_resp_err_t error) {
    stub_.acknowledges = false;
    auto producer = Begun();
    EXPECT_TRUE(producer->Send(BatchOf({{0, "a"}, {0, "b"}})).done());
    static_cast<void>(producer->AwaitAcknowledged(Duration{0}));
    stub_.Deliver(1, error);
    stub_.Deliver(1, RD_KAFKA_RESP_ERR__PURGE_QUEUE);
    return producer->AwaitAcknowledged(Duration{0});
  };
  EXPECT_EQ(verdict_of(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT).verdict, Verdict::kAbort);
  const Outcome denied = verdict_of(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  EXPECT_EQ(denied.verdict, Verdict::kDenied);
  EXPECT_NE(denied.detail.find("Write on Topic rows"), std::string::npos) << denied.detail;
  EXPECT_EQ(verdict_of(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH).verdict, Verdict::kFenced);
  stub_.fatal = {RD_KAFKA_RESP_ERR__FATAL, "sequence"};
  EXPECT_EQ(verdict_of(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT).verdict, Verdict::kFatal);
}

// The second of three in one request: the broker names it, and the others come back beside it.
TEST_F(RdkafkaProducerTest, TheRowThatTheBrokerRefusesIsFound) {
  stub_.acknowledges = false;
  target_.timestamp_column = "due";
  auto producer = Begun();
  MessageBatch source = BatchOf({{0, "a"}, {0, "b"}, {0, "c"}});
  MessageBatch batch;
  std::uint64_t row = 10;
  for (MessageBatch::Message message : source.messages()) {
    message.begin = static_cast<std::uint32_t>(batch.arena().size());
    batch.arena().append(source.value(message));
    message.row = RowNumber{++row};
    batch.Add(message);
  }
  ASSERT_TRUE(producer->Send(batch).done());
  static_cast<void>(producer->AwaitAcknowledged(Duration{0}));
  ASSERT_EQ(stub_.undelivered(), 3U);
  stub_.Deliver(1, RD_KAFKA_RESP_ERR__INVALID_DIFFERENT_RECORD);
  stub_.Deliver(1, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP);
  stub_.Deliver(1, RD_KAFKA_RESP_ERR__INVALID_DIFFERENT_RECORD);
  const StubError refusal{RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, "refused", false, false,
                          /*requires_abort=*/true};
  stub_.answers["begin"] = {refusal, refusal};
  EXPECT_EQ(producer->AwaitAcknowledged(Duration{0}).verdict, Verdict::kRefused);
  const RefusedOfTransaction refused = producer->refused();
  ASSERT_EQ(refused.rows.size(), 1U);
  EXPECT_EQ(refused.rows[0].row, RowNumber{12});
  EXPECT_EQ(refused.rows[0].column, "due");
}

// It has no time of its own to be at fault.
TEST_F(RdkafkaProducerTest, ATimeOfSendingThatIsRefusedIsASettings) {
  stub_.acknowledges = false;
  auto producer = Begun();
  ASSERT_TRUE(producer->Send(BatchOf({{0, "a"}})).done());
  static_cast<void>(producer->AwaitAcknowledged(Duration{0}));
  stub_.Deliver(1, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP);
  const Outcome outcome = producer->AwaitAcknowledged(Duration{0});
  EXPECT_EQ(outcome.verdict, Verdict::kDenied);
  EXPECT_NE(outcome.advice.find("clocks"), std::string::npos) << outcome.advice;
}

// What was refused is the transaction's.
TEST_F(RdkafkaProducerTest, BeginForgetsWhatWasRefused) {
  stub_.acknowledges = false;
  target_.timestamp_column = "due";
  auto producer = Begun();
  ASSERT_TRUE(producer->Send(BatchOf({{0, "a"}})).done());
  static_cast<void>(producer->AwaitAcknowledged(Duration{0}));
  stub_.Deliver(1, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP);
  EXPECT_EQ(producer->AwaitAcknowledged(Duration{0}).verdict, Verdict::kRefused);
  EXPECT_EQ(producer->refused().rows.size(), 1U);
  ASSERT_TRUE(producer->Begin(nullptr).done());
  EXPECT_TRUE(producer->refused().rows.empty());
}

// --- markers

TEST_F(RdkafkaProducerTest, EraseSendsATombstoneForEachKey) {
  auto producer = Begun();
  ASSERT_TRUE(producer->Erase({InputPieceKey("load", 1), "load"}).done());
  ASSERT_EQ(stub_.sent.size(), 2U);
  EXPECT_EQ(stub_.sent[0].key, InputPieceKey("load", 1));
  EXPECT_EQ(stub_.sent[1].key, "load");
  EXPECT_EQ(stub_.sent[1].partition, ProgressPartition("load"));
}

TEST_F(RdkafkaProducerTest, TheRecordFollowsTheChangedPieces) {
  auto producer = Begun();
  const ProgressRecord record = RecordOf("load", 1, 3 * kInputsOfAPiece);
  ASSERT_TRUE(producer->Mark(record, {kInputsOfAPiece, 2 * kInputsOfAPiece + 1}).done());
  ASSERT_EQ(stub_.sent.size(), 3U);
  EXPECT_EQ(stub_.sent[0].key, InputPieceKey("load", 1));
  EXPECT_EQ(stub_.sent[1].key, InputPieceKey("load", 2));
  EXPECT_EQ(stub_.sent[2].key, "load");
  EXPECT_EQ(stub_.sent[2].value, EncodeProgress(record));
  for (const StubMessage& message : stub_.sent) {
    EXPECT_EQ(message.partition, ProgressPartition("load"));
    EXPECT_EQ(message.topic, "progress");
  }
  EXPECT_TRUE(producer->Commit(kWait).done());
  EXPECT_EQ(producer->acknowledged()[0].first, kNoOffset);
}

// Of a target that takes little, and a progress topic that takes enough.
TEST_F(RdkafkaProducerTest, ASmallTargetDoesNotLimitTheRecord) {
  target_.message_bytes_max = 1'000;
  auto producer = Begun();
  EXPECT_TRUE(producer->Mark(RecordOf("load", 1, kInputsOfAPiece), {0, kInputsOfAPiece}).done());
  EXPECT_GT(stub_.sent.back().value.size(), 5'000U);
}

TEST_F(RdkafkaProducerTest, MarkersKeepToTheProgressTopicsLimit) {
  target_.progress_bytes_max = 30'000;
  stub_.acknowledges = false;
  auto producer = Begun();
  const ProgressRecord record = RecordOf("load", 1, 10 * kInputsOfAPiece);
  ASSERT_TRUE(producer->Mark(record, {0, record.inputs.size()}).done());
  std::size_t seen = 0;
  Outcome outcome{Verdict::kPending, ""};
  for (int turn = 0; turn < 20 && !outcome.done(); ++turn) {
    std::size_t bytes = 0;
    for (; seen < stub_.sent.size(); ++seen) bytes += stub_.sent[seen].value.size();
    EXPECT_LE(bytes, 30'000U);
    EXPECT_GT(bytes, 10'000U) << "more than one piece goes together";
    EXPECT_EQ(producer->Commit(Duration{0}).verdict, Verdict::kPending) << "none is acknowledged";
    EXPECT_EQ(stub_.sent.size(), seen);
    stub_.Deliver();
    outcome = producer->Commit(Duration{0});
  }
  EXPECT_TRUE(outcome.done()) << outcome.detail;
  ASSERT_EQ(stub_.sent.size(), 11U);
  EXPECT_EQ(stub_.sent.back().key, "load");
  EXPECT_EQ(stub_.CountOf("commit"), 1U);
}

TEST_F(RdkafkaProducerTest, APieceThatFailsIsNoCommit) {
  target_.progress_bytes_max = 12'000;
  stub_.acknowledges = false;
  auto producer = Begun();
  const ProgressRecord record = RecordOf("load", 1, 4 * kInputsOfAPiece);
  ASSERT_TRUE(producer->Mark(record, {0, record.inputs.size()}).done());
  stub_.Deliver(RdkafkaStub::kNoLimit, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT);
  EXPECT_EQ(producer->Commit(Duration{0}).verdict, Verdict::kAbort);
  EXPECT_EQ(stub_.CountOf("commit"), 0U);
}

// The error of a Mark() that throws; empty: it does not.
std::string RefusalOf(TransactionalProducer& producer, const ProgressRecord& record) {
  try {
    EXPECT_TRUE(producer.Mark(record, {0, record.inputs.size()}).done());
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.Line();
  }
  return "";
}

TEST_F(RdkafkaProducerTest, ARecordTooLargeIsRefusedWithWhatHelps) {
  target_.progress_bytes_max = 1'000;
  auto producer = Begun();
  const std::string refusal = RefusalOf(*producer, RecordOf("load", 1, kInputsOfAPiece));
  for (const char* word :
       {"progress topic progress", "max.message.bytes of 1000", "kafka-configs.sh",
        "--entity-name progress", "max.message.bytes=1048588"}) {
    EXPECT_NE(refusal.find(word), std::string::npos) << word << " in " << refusal;
  }
  EXPECT_TRUE(stub_.sent.empty());
}

// It fits now; when each of its files has ended it would not.
TEST_F(RdkafkaProducerTest, ARecordThatWillBeTooLargeIsRefusedAtOnce) {
  ProgressRecord record = RecordOf("load", 1, 20);
  target_.progress_bytes_max = static_cast<std::int64_t>(EncodeProgress(record).size()) + 600;
  EXPECT_NE(RefusalOf(*Begun(), record).find("once the load has ended"), std::string::npos);
  for (InputFile& input : record.inputs) input.end.emplace();
  target_.progress_bytes_max = static_cast<std::int64_t>(EncodeProgress(record).size()) + 600;
  EXPECT_EQ(RefusalOf(*Begun(), record), "");
}

TEST_F(RdkafkaProducerTest, ARecordTooLargeForTheUsersOwnLimitSaysWhich) {
  ClientConfig config;
  config.Set("message.max.bytes", "5000", "-X");
  auto producer = Begun(config);
  const std::string refusal = RefusalOf(*producer, RecordOf("load", 1, kInputsOfAPiece));
  EXPECT_NE(refusal.find("message.max.bytes=5000"), std::string::npos) << refusal;
}

// --- commit

TEST_F(RdkafkaProducerTest, CommitTellsWhatItCameTo) {
  std::string detail;
  const auto verdict_of = [&](StubError answer) {
    stub_.answers["commit"] = {std::move(answer)};
    auto producer = Begun();
    EXPECT_TRUE(producer->Mark(RecordOf("load", 1), {0, 1}).done());
    const Outcome outcome = producer->Commit(kWait);
    detail = outcome.detail;
    return outcome.verdict;
  };
  EXPECT_EQ(verdict_of({}), Verdict::kDone);
  EXPECT_EQ(verdict_of({.code = RD_KAFKA_RESP_ERR__TIMED_OUT, .retriable = true}),
            Verdict::kPending);
  EXPECT_EQ(verdict_of({.code = RD_KAFKA_RESP_ERR__STATE, .requires_abort = true}),
            Verdict::kAbort);
  EXPECT_EQ(verdict_of({.code = RD_KAFKA_RESP_ERR_PRODUCER_FENCED, .fatal = true}),
            Verdict::kFenced);
  EXPECT_EQ(verdict_of({.code = RD_KAFKA_RESP_ERR_UNKNOWN, .fatal = true}), Verdict::kFatal);
  EXPECT_EQ(verdict_of({.code = RD_KAFKA_RESP_ERR_UNKNOWN}), Verdict::kFatal) << "without a flag";
  stub_.fatal = {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, "what was fatal first"};
  EXPECT_EQ(verdict_of({.code = RD_KAFKA_RESP_ERR_UNKNOWN, .text = "now", .fatal = true}),
            Verdict::kFenced);
  EXPECT_EQ(detail, "what was fatal first");
  stub_.fatal = {};
  // A token that has run out on the way: new producers wait for the next one.
  EXPECT_EQ(verdict_of({.code = RD_KAFKA_RESP_ERR__AUTHENTICATION, .requires_abort = true}),
            Verdict::kAbort);
  EXPECT_EQ(verdict_of({.code = RD_KAFKA_RESP_ERR__AUTHENTICATION}), Verdict::kFatal);
}

TEST_F(RdkafkaProducerTest, ACommitIsInDoubtIfSentTwiceOrUnanswered) {
  const auto in_doubt = [&](int requests, rd_kafka_resp_err_t answer) {
    stub_.end_txn_requests = requests;
    stub_.end_txn_answers = {answer};
    auto producer = Begun();
    EXPECT_TRUE(producer->Mark(RecordOf("load", 1), {0, 1}).done());
    EXPECT_TRUE(producer->Commit(kWait).done());
    const bool doubt = producer->commit_in_doubt();
    EXPECT_TRUE(producer->Begin(nullptr).done());
    EXPECT_FALSE(producer->commit_in_doubt()) << "of the transaction before";
    return doubt;
  };
  EXPECT_FALSE(in_doubt(1, RD_KAFKA_RESP_ERR_NO_ERROR));
  EXPECT_TRUE(in_doubt(2, RD_KAFKA_RESP_ERR_NO_ERROR));
  EXPECT_TRUE(in_doubt(1, RD_KAFKA_RESP_ERR__TRANSPORT));
}

}  // namespace
}  // namespace onceload
