#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/kafka/progress_log.h"

namespace onceload {
namespace {

ProgressRecord Sample() {
  ProgressRecord record;
  record.load_name = "topic/\xc3\xa4 \"file\".csv";
  record.load_id = "id";
  record.run_id = "run";
  record.writer = "pid 1 on host";
  record.tool_version = "0.1.0";
  record.chunk = ChunkNumber{7};
  record.complete = true;
  record.position = {2,
                     ByteOffset{1ULL << 40U},
                     RowNumber{123456789012},
                     3,
                     {Digest{0xfedcba9876543210}, Digest{1}}};
  record.rejected = 4;
  record.partitions = {{10, Digest{0xffffffffffffffff}, KafkaOffset{5}, KafkaOffset{17}}, {}};
  record.inputs = {{"/data/a.csv", 1, -5, 2, 3}};
  record.options = {{"format", "json"}, {"key", "user_id"}};
  record.topic = "topic";
  record.topic_id = "AAAA";
  record.cluster_id = "cluster";
  return record;
}

TEST(ProgressCodecTest, RecordSurvivesTheRoundTrip) {
  const ProgressRecord record = Sample();
  EXPECT_EQ(DecodeProgress(EncodeProgress(record), "here"), record);
}

TEST(ProgressCodecTest, NewerFormatIsRefused) {
  std::string json = EncodeProgress(Sample());
  json.replace(json.find("\"format\":1"), 10, "\"format\":2");
  EXPECT_THROW(
      {
        try {
          DecodeProgress(json, "partition 3");
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ExitCode::kDisagreement);
          EXPECT_EQ(error.where(), "partition 3");
          throw;
        }
      },
      Error);
}

TEST(ProgressCodecTest, EveryCutRecordIsRefused) {
  const std::string json = EncodeProgress(Sample());
  for (std::size_t size = 0; size < json.size(); ++size) {
    EXPECT_THROW(DecodeProgress(json.substr(0, size), "here"), Error) << size;
  }
}

TEST(ProgressCodecTest, StrangersRecordIsRefused) {
  for (const char* text :
       {"", "[]", "{}", "null", "{\"format\":1}", "{\"format\":\"1\"}", "\xff"}) {
    EXPECT_THROW(DecodeProgress(text, "here"), Error) << text;
  }
}

}  // namespace
}  // namespace onceload
