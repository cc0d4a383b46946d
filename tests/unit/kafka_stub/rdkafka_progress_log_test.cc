#include <gtest/gtest.h>

#include "kafka/progress_markers.h"
#include "onceload/core/error.h"
#include "onceload/message/partitioner.h"
#include "unit/kafka_stub/stub_testing.h"

namespace onceload {
namespace {

// One partition of the progress topic, written as loads do.
class RdkafkaProgressLogTest : public testing::Test {
 protected:
  std::vector<StubEvent>& Log() { return stub_.partitions[{"progress", partition_}]; }

  void Put(const std::string& key, std::optional<std::string> value) {
    Log().push_back({partition_, end_++, RD_KAFKA_RESP_ERR_NO_ERROR, key, std::move(value)});
  }
  void Write(const ProgressRecord& record, FileRange changed) {
    for (const InputPiece& marker : MarkersOf(record, changed)) Put(marker.key, marker.json);
    ++end_;  // the transaction's marker
  }
  void Write(const ProgressRecord& record) { Write(record, {0, record.inputs.size()}); }
  void Fail(rd_kafka_resp_err_t error) { Log().push_back({partition_, end_, error}); }
  // Other loads' records, so many.
  void Fill(std::int64_t count) {
    const ProgressRecord other = RecordOf("other", 1);
    const std::string json = EncodeProgress(other);
    for (std::int64_t i = 0; i < count; ++i) Put("other", json);
  }
  void End() {
    Log().push_back(StubEvent::End(partition_, end_));
    stub_.watermarks[{"progress", partition_}] = {0, end_};
  }

  std::optional<ProgressRecord> Latest() {
    End();
    std::optional<ProgressRecord> record;
    const Outcome outcome = log_->Latest("load", kWait, record);
    EXPECT_TRUE(outcome.done()) << outcome.detail;
    return record;
  }

  std::string Place(std::int64_t offset) const {
    return "start progress/" + std::to_string(partition_) + "@" + std::to_string(offset);
  }

  static constexpr Duration kWait{60'000};
  static constexpr Duration kShort{1};  // of what never comes
  const std::int32_t partition_ = PartitionOf("load", RowNumber{1}, kProgressPartitions).value;
  std::int64_t end_ = 0;
  RdkafkaStub stub_;
  std::unique_ptr<ProgressLog> log_ = MakeRdkafkaProgressLog({}, "progress");
};

TEST_F(RdkafkaProgressLogTest, TheNewestRecordIsTold) {
  Write(RecordOf("load", 1));
  Write(RecordOf("load", 2));
  EXPECT_EQ(Latest(), RecordOf("load", 2));
  EXPECT_EQ(stub_.CountOf("watermarks read_uncommitted"), 1U)
      << "the last stable offset is the very thing to be checked";
}

// That it may not be read must show before the first row.
TEST_F(RdkafkaProgressLogTest, AnEmptyPartitionIsAskedToo) {
  std::optional<ProgressRecord> record;
  EXPECT_EQ(log_->Latest("load", kShort, record).verdict, Verdict::kPending) << "no answer";
  Fail(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const Outcome outcome = log_->Latest("load", kWait, record);
  EXPECT_EQ(outcome.verdict, Verdict::kDenied);
  EXPECT_NE(outcome.detail.find("Read on Topic progress"), std::string::npos) << outcome.detail;
  Log().clear();
  EXPECT_FALSE(Latest());
}

TEST_F(RdkafkaProgressLogTest, TheTailFirstAndAllOfItIfNeedBe) {
  Write(RecordOf("load", 1));
  Fill(1'500);
  EXPECT_EQ(Latest(), RecordOf("load", 1));
  EXPECT_EQ(stub_.CountOf(Place(502)), 1U);
  EXPECT_EQ(stub_.CountOf(Place(0)), 1U);
  Log().pop_back();
  Write(RecordOf("load", 2));
  stub_.calls.clear();
  EXPECT_EQ(Latest(), RecordOf("load", 2));
  EXPECT_EQ(stub_.CountOf(Place(0)), 0U);
}

TEST_F(RdkafkaProgressLogTest, PiecesOfALongListAreFoundWhereverTheyLie) {
  ProgressRecord record = RecordOf("load", 1, 3 * kInputsOfAPiece + 1);
  Write(record);
  Fill(1'500);
  record.chunk = ChunkNumber{2};
  record.inputs[70].size = 4711;
  Write(record, {70, 71});
  EXPECT_EQ(Latest(), record);
}

TEST_F(RdkafkaProgressLogTest, AListGrowsAndShrinks) {
  Write(RecordOf("load", 1, 3 * kInputsOfAPiece));
  Write(RecordOf("load", 2, 2 * kInputsOfAPiece - 5));
  EXPECT_EQ(Latest(), RecordOf("load", 2, 2 * kInputsOfAPiece - 5));
  Log().pop_back();
  Write(RecordOf("load", 3, 2));
  EXPECT_EQ(Latest(), RecordOf("load", 3, 2));
}

TEST_F(RdkafkaProgressLogTest, AListThatIsNotWholeIsRefused) {
  const ProgressRecord record = RecordOf("load", 1, 2 * kInputsOfAPiece);
  Write(record, {0, 1});
  End();
  std::optional<ProgressRecord> found;
  EXPECT_THROW(static_cast<void>(log_->Latest("load", kWait, found)), Error);
  EXPECT_FALSE(found);
  Log().pop_back();
  Write(record);
  EXPECT_EQ(Latest(), record) << "it can be asked again";
}

TEST_F(RdkafkaProgressLogTest, ATombstoneEndsALoad) {
  Write(RecordOf("load", 1));
  Put("load", std::nullopt);
  EXPECT_FALSE(Latest());
  std::vector<ProgressRecord> all;
  ASSERT_TRUE(log_->All("load", InputsWanted::kOfTheLast, kWait, all).done());
  EXPECT_TRUE(all.empty());
  Log().pop_back();
  Write(RecordOf("load", 7));
  EXPECT_EQ(Latest(), RecordOf("load", 7));
  ASSERT_TRUE(log_->All("load", InputsWanted::kOfTheLast, kWait, all).done());
  EXPECT_EQ(all, (std::vector{RecordOf("load", 7)}));
}

TEST_F(RdkafkaProgressLogTest, OfAllRecordsTheLastAloneHasInputs) {
  for (const std::size_t files : {std::size_t{2}, 2 * kInputsOfAPiece}) {
    Log().clear();
    Write(RecordOf("load", 1, files));
    Write(RecordOf("load", 2, files));
    End();
    std::vector<ProgressRecord> all;
    ASSERT_TRUE(log_->All("load", InputsWanted::kOfTheLast, kWait, all).done());
    EXPECT_EQ(all, (std::vector{RecordOf("load", 1, 0), RecordOf("load", 2, files)}));
    ASSERT_TRUE(log_->All("load", InputsWanted::kNone, kWait, all).done());
    EXPECT_EQ(all, (std::vector{RecordOf("load", 1, 0), RecordOf("load", 2, 0)}));
  }
}

TEST_F(RdkafkaProgressLogTest, LoadsWhoseNamesBeginAlikeAreOthers) {
  Write(RecordOf("load", 1));
  Write(RecordOf("load2", 5, 2 * kInputsOfAPiece));
  Put("load2", std::nullopt);
  Put("load/inputs", "not JSON");
  Put("", "nor this");
  Put("loa", "nor this");
  EXPECT_EQ(Latest(), RecordOf("load", 1));
}

TEST_F(RdkafkaProgressLogTest, WhatIsNoRecordIsRefusedAndTheReadingStopped) {
  for (const char* text : {"not JSON", "{}", R"({"format": 99})"}) {
    Log().clear();
    Put("load", text);
    End();
    std::optional<ProgressRecord> found;
    EXPECT_THROW(static_cast<void>(log_->Latest("load", kWait, found)), Error) << text;
  }
  Log().clear();
  Write(RecordOf("load", 1));
  EXPECT_EQ(Latest(), RecordOf("load", 1));
}

// Records before an error are not the answer: newer ones may lie behind it.
TEST_F(RdkafkaProgressLogTest, AnErrorInTheMiddleTellsNoRecord) {
  Write(RecordOf("load", 1));
  Fail(RD_KAFKA_RESP_ERR__TIMED_OUT);
  Write(RecordOf("load", 2));
  End();
  std::optional<ProgressRecord> record;
  EXPECT_EQ(log_->Latest("load", kWait, record).verdict, Verdict::kPending);
  EXPECT_FALSE(record);
  std::vector<ProgressRecord> all;
  EXPECT_EQ(log_->All("load", InputsWanted::kOfTheLast, kWait, all).verdict, Verdict::kPending);
  EXPECT_TRUE(all.empty());
  std::erase_if(Log(), [](const StubEvent& e) { return e.error == RD_KAFKA_RESP_ERR__TIMED_OUT; });
  ASSERT_TRUE(log_->Latest("load", kWait, record).done());
  EXPECT_EQ(record, RecordOf("load", 2));
}

TEST_F(RdkafkaProgressLogTest, ALostConnectionIsNoError) {
  Write(RecordOf("load", 1));
  Fail(RD_KAFKA_RESP_ERR__TRANSPORT);
  Write(RecordOf("load", 2));
  EXPECT_EQ(Latest(), RecordOf("load", 2));
}

// Another load's open transaction hides what lies behind it.
TEST_F(RdkafkaProgressLogTest, AnEndBeforeTheOpenTransactionsIsPending) {
  Write(RecordOf("load", 1));
  End();
  stub_.watermarks[{"progress", partition_}].high += 2;
  std::optional<ProgressRecord> record;
  const Outcome outcome = log_->Latest("load", kShort, record);
  EXPECT_EQ(outcome.verdict, Verdict::kPending);
  EXPECT_NE(outcome.detail.find("a transaction of another load is open"), std::string::npos);
  EXPECT_FALSE(record);
}

}  // namespace
}  // namespace onceload
