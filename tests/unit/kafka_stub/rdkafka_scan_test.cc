#include <stdexcept>

#include <gtest/gtest.h>

#include "onceload/kafka/committed_scan.h"
#include "unit/kafka_stub/stub_testing.h"

namespace onceload {
namespace {

using Seen = std::vector<std::string>;
using Batch = std::vector<StubEvent>;

StubEvent Record(std::int32_t partition, std::int64_t offset) {
  return {partition, offset, RD_KAFKA_RESP_ERR_NO_ERROR, std::nullopt, "v"};
}
StubEvent ErrorOf(std::int32_t partition, rd_kafka_resp_err_t error) {
  return {partition, -1001, error};
}

class RdkafkaScanTest : public testing::Test {
 protected:
  Outcome Run(const std::vector<OffsetRange>& ranges) {
    return scan_->Run(ranges, Duration{0}, [this](const CommittedRecord& record) {
      seen_.push_back(std::to_string(record.partition.value) + "@" +
                      std::to_string(record.offset.value));
    });
  }
  static OffsetRange Range(std::int32_t partition, std::int64_t begin, std::int64_t end) {
    return {PartitionId{partition}, KafkaOffset{begin}, KafkaOffset{end}};
  }

  RdkafkaStub stub_;
  std::unique_ptr<CommittedScan> scan_ = MakeRdkafkaScan({}, "rows");
  Seen seen_;
};

TEST_F(RdkafkaScanTest, ReadsTheRangesAndNothingElse) {
  stub_.batches = {Batch{Record(0, 5), Record(2, 7), Record(0, 6)},
                   Batch{Record(2, 8), Record(0, 7)}};
  EXPECT_TRUE(Run({Range(0, 5, 7), Range(1, 3, 3), Range(2, 7, 9)}).done());
  EXPECT_EQ(seen_, (Seen{"0@5", "2@7", "0@6", "2@8"}));
  EXPECT_EQ(stub_.calls, (Seen{"start rows/0@5", "start rows/2@7", "stop rows/0", "stop rows/2"}));
}

TEST_F(RdkafkaScanTest, NoRangeOrAnEmptyOneAsksNobody) {
  EXPECT_TRUE(Run({}).done());
  EXPECT_TRUE(Run({Range(3, 9, 9)}).done());
  EXPECT_TRUE(stub_.calls.empty());
}

TEST_F(RdkafkaScanTest, ARecordHasItsKeyHeadersAndTime) {
  StubEvent full = Record(0, 0);
  full.key = "";
  full.headers = {{"n", "1"}, {"m", ""}};
  full.timestamp = 42;
  StubEvent bare = Record(0, 1);
  bare.value.reset();
  stub_.batches = {Batch{full, bare}};
  int found = 0;
  const Outcome outcome =
      scan_->Run({Range(0, 0, 2)}, Duration{0}, [&](const CommittedRecord& record) {
        const bool is_full = found++ == 0;
        EXPECT_EQ(record.key.has_value(), is_full);
        EXPECT_EQ(record.value.has_value(), is_full);
        EXPECT_EQ(record.time_ms, is_full ? 42 : kNoTime);
        Seen headers;
        ForEachHeader(record.headers, [&](std::string_view name, std::string_view value) {
          headers.push_back(std::string(name) + "=" + std::string(value));
        });
        EXPECT_EQ(headers, is_full ? (Seen{"n=1", "m="}) : Seen{});
      });
  EXPECT_TRUE(outcome.done());
  EXPECT_EQ(found, 2);
}

// Markers and aborted rows have offsets, so a range may end in what is never handed out.
TEST_F(RdkafkaScanTest, TheEndOfAPartitionEndsARange) {
  stub_.batches = {Batch{Record(0, 0), StubEvent::End(0, 1)}, Batch{StubEvent::End(0, 3)}};
  EXPECT_TRUE(Run({Range(0, 0, 3)}).done());
  EXPECT_EQ(seen_, (Seen{"0@0"}));
}

TEST_F(RdkafkaScanTest, ARecordBehindTheRangeEndsIt) {
  stub_.batches = {Batch{Record(0, 0), Record(0, 9), Record(0, 10)}};
  EXPECT_TRUE(Run({Range(0, 0, 5)}).done());
  EXPECT_EQ(seen_, (Seen{"0@0"}));
}

// The range's end is the first offset that is not its own.
TEST_F(RdkafkaScanTest, ARecordAtTheEndOfTheRangeIsBehindIt) {
  stub_.batches = {Batch{Record(0, 0), Record(0, 5)}};
  EXPECT_TRUE(Run({Range(0, 0, 5)}).done());
  EXPECT_EQ(seen_, (Seen{"0@0"}));
}

TEST_F(RdkafkaScanTest, TheBatchIsTakenWholeBehindAnErrorThatIsAWait) {
  for (const rd_kafka_resp_err_t error :
       {RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART}) {
    seen_.clear();
    stub_.batches = {Batch{Record(0, 0), ErrorOf(1, error), Record(0, 1), Record(1, 0)},
                     Batch{Record(0, 2), Record(1, 1)}};
    const std::vector<OffsetRange> ranges{Range(0, 0, 3), Range(1, 0, 2)};
    const Outcome outcome = Run(ranges);
    EXPECT_EQ(outcome.verdict, Verdict::kPending);
    EXPECT_NE(outcome.detail.find("rows partition 1"), std::string::npos) << outcome.detail;
    EXPECT_EQ(seen_, (Seen{"0@0", "0@1", "1@0"}));
    EXPECT_TRUE(Run(ranges).done()) << "goes on where it was";
    EXPECT_EQ(seen_, (Seen{"0@0", "0@1", "1@0", "0@2", "1@1"}));
  }
  EXPECT_EQ(stub_.CountOf("start rows/0@0"), 3U);
}

TEST_F(RdkafkaScanTest, AnErrorBeforeTheLastRecordIsNoWait) {
  stub_.batches = {Batch{ErrorOf(0, RD_KAFKA_RESP_ERR__TIMED_OUT), Record(0, 0), Record(0, 1)}};
  EXPECT_TRUE(Run({Range(0, 0, 2)}).done());
  EXPECT_EQ(seen_.size(), 2U);
}

TEST_F(RdkafkaScanTest, TheEndOfAPartitionBehindAnErrorCounts) {
  stub_.batches = {
      Batch{Record(0, 0), ErrorOf(0, RD_KAFKA_RESP_ERR__TIMED_OUT), StubEvent::End(0, 2)}};
  EXPECT_TRUE(Run({Range(0, 0, 2)}).done());
}

TEST_F(RdkafkaScanTest, ALostConnectionIsNoEvent) {
  stub_.batches = {Batch{ErrorOf(-1, RD_KAFKA_RESP_ERR__TRANSPORT), Record(0, 0)}};
  EXPECT_TRUE(Run({Range(0, 0, 1)}).done());
}

// Of a partition that is read already or never was: nothing. Without one: about all.
TEST_F(RdkafkaScanTest, ErrorsOfOtherPartitions) {
  stub_.batches = {Batch{Record(0, 0), ErrorOf(0, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE),
                         ErrorOf(1, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE), Record(1, 5),
                         Record(7, 0), StubEvent::End(-1, 0), Record(2, 0)}};
  EXPECT_TRUE(Run({Range(0, 0, 1), Range(2, 0, 1)}).done());
  EXPECT_EQ(seen_, (Seen{"0@0", "2@0"}));
  stub_.batches = {Batch{ErrorOf(-1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)}};
  const Outcome outcome = Run({Range(0, 0, 1)});
  EXPECT_EQ(outcome.verdict, Verdict::kDenied);
  EXPECT_NE(outcome.detail.find("Read on Topic rows"), std::string::npos);
}

// librdkafka goes on behind what it cannot read: its records would count as missing.
TEST_F(RdkafkaScanTest, WhatCannotBeReadEndsTheScan) {
  for (const rd_kafka_resp_err_t error :
       {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR__BAD_MSG,
        RD_KAFKA_RESP_ERR__BAD_COMPRESSION, RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED}) {
    seen_.clear();
    stub_.batches = {Batch{Record(0, 0), ErrorOf(0, RD_KAFKA_RESP_ERR__TIMED_OUT),
                           ErrorOf(0, error), Record(0, 1)}};
    EXPECT_EQ(Run({Range(0, 0, 2)}).verdict, Verdict::kFatal);
    EXPECT_EQ(seen_, (Seen{"0@0"}));
  }
  seen_.clear();
  stub_.batches = {Batch{Record(0, 0), Record(0, 1)}};
  EXPECT_TRUE(Run({Range(0, 0, 2)}).done()) << "from the begin again";
  EXPECT_EQ(seen_, (Seen{"0@0", "0@1"}));
}

TEST_F(RdkafkaScanTest, AnExceptionOfTheVisitorLosesNoMessage) {
  stub_.batches = {Batch{Record(0, 0), Record(0, 1), Record(0, 2)}};
  const auto throwing = [](const CommittedRecord& record) {
    if (record.offset == KafkaOffset{1}) throw std::runtime_error("enough");
  };
  EXPECT_THROW(static_cast<void>(scan_->Run({Range(0, 0, 3)}, Duration{0}, throwing)),
               std::runtime_error);
  stub_.batches = {Batch{Record(0, 0), Record(0, 1), Record(0, 2)}};
  EXPECT_TRUE(Run({Range(0, 0, 3)}).done());
  EXPECT_EQ(seen_.size(), 3U);
  EXPECT_EQ(stub_.CountOf("start rows/0@0"), 2U) << "from the begin again";
}

TEST_F(RdkafkaScanTest, NothingForLongIsPending) {
  stub_.batches = {Batch{Record(0, 0)}};
  EXPECT_EQ(Run({Range(0, 0, 2)}).verdict, Verdict::kPending);
  stub_.batches = {Batch{Record(0, 1)}};
  EXPECT_TRUE(Run({Range(0, 0, 2)}).done());
  EXPECT_EQ(seen_, (Seen{"0@0", "0@1"}));
}

TEST_F(RdkafkaScanTest, AStartThatFailsStopsThoseStarted) {
  stub_.start_errors = {RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC};
  const std::vector<OffsetRange> ranges{Range(0, 0, 1), Range(1, 0, 1)};
  EXPECT_EQ(Run(ranges).verdict, Verdict::kPending);
  EXPECT_EQ(stub_.CountOf("stop rows/0"), 1U);
  stub_.batches = {Batch{Record(0, 0), Record(1, 0)}};
  EXPECT_TRUE(Run(ranges).done());
}

TEST_F(RdkafkaScanTest, BoundsAreThoseThatReadCommittedSees) {
  stub_.watermarks = {{{"rows", 0}, {3, 9}}, {{"rows", 1}, {0, 0}}};
  std::vector<OffsetRange> bounds;
  ASSERT_TRUE(scan_->Bounds(2, Duration{0}, bounds).done());
  ASSERT_EQ(bounds.size(), 2U);
  EXPECT_EQ(bounds[0].begin, KafkaOffset{3});
  EXPECT_EQ(bounds[0].end, KafkaOffset{9});
  EXPECT_EQ(bounds[1].partition, PartitionId{1});
  EXPECT_EQ(stub_.CountOf("end offsets read_committed"), 1U);
  EXPECT_EQ(stub_.CountOf("ListOffsets"), 2U);
  stub_.watermarks[{"rows", 1}].error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  EXPECT_EQ(scan_->Bounds(2, Duration{0}, bounds).verdict, Verdict::kDenied);
  EXPECT_TRUE(bounds.empty());
}

}  // namespace
}  // namespace onceload
