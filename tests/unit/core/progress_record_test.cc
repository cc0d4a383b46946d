#include "onceload/core/progress_record.h"

#include <functional>

#include <gtest/gtest.h>

namespace onceload {
namespace {

ProgressRecord Sample() {
  ProgressRecord record;
  record.load_name = "clicks/clicks.csv";
  record.load_id = "load-1";
  record.run_id = "run-1";
  record.writer = "pid 1";
  record.chunk = ChunkNumber{7};
  record.position.byte = ByteOffset{1000};
  record.position.row = RowNumber{10};
  record.rejected = 2;
  record.partitions.resize(3);
  record.partitions[1] = {
      .rows = 5, .digest = {17}, .first = KafkaOffset{3}, .end = KafkaOffset{9}};
  record.partitions[2].rows = 4;
  record.tool_version = "1.0.0";
  return record;
}

TEST(ProgressRecordTest, AnIdOfZerosIsNoTopicId) {
  for (const char* none : {"", "AAAAAAAAAAAAAAAAAAAAAA",
                           "AAAAAAAAAAAAAAAAAAAAAA==", "00000000-0000-0000-0000-000000000000",
                           "00000000000000000000000000000000"}) {
    EXPECT_FALSE(IsTopicId(none)) << none;
    EXPECT_TRUE(MayBeSameTopic(none, "yzW0Tq9xRjqIrKoVqW9hvw")) << none;
    EXPECT_TRUE(MayBeSameTopic("yzW0Tq9xRjqIrKoVqW9hvw", none)) << none;
  }
  for (const char* some : {"yzW0Tq9xRjqIrKoVqW9hvw", "AAAAAAAAAAAAAAAAAAAAAQ",
                           "00000000-0000-0000-0000-000000000001", "0000000000000000000000"}) {
    EXPECT_TRUE(IsTopicId(some)) << some;
    EXPECT_TRUE(MayBeSameTopic(some, some)) << some;
  }
  EXPECT_FALSE(MayBeSameTopic("yzW0Tq9xRjqIrKoVqW9hvw", "AAAAAAAAAAAAAAAAAAAAAQ"));
}

TEST(ProgressRecordTest, RowsAreTheSumOverPartitions) {
  EXPECT_EQ(ProgressRecord{}.rows(), 0U);
  EXPECT_EQ(Sample().rows(), 9U);
}

TEST(ProgressRecordTest, AnotherRunsRecordOfTheSameChunkIsTheSameOutcome) {
  ProgressRecord other = Sample();
  EXPECT_TRUE(SameOutcome(Sample(), other));
  other.run_id = "run-2";
  other.writer = "pid 2";
  other.tool_version = "1.0.1";
  EXPECT_TRUE(SameOutcome(Sample(), other));
  EXPECT_NE(Sample(), other);
}

TEST(ProgressRecordTest, EveryPartOfTheOutcomeCounts) {
  const std::vector<std::function<void(ProgressRecord&)>> changes{
      [](ProgressRecord& r) { r.load_id = "load-2"; },
      [](ProgressRecord& r) { r.chunk = ChunkNumber{8}; },
      [](ProgressRecord& r) { r.position.file = 1; },
      [](ProgressRecord& r) { r.position.byte = ByteOffset{1001}; },
      [](ProgressRecord& r) { r.position.row = RowNumber{11}; },
      [](ProgressRecord& r) { r.position.empty_lines = 1; },
      [](ProgressRecord& r) { r.position.prefix.blocks = Digest{1}; },
      [](ProgressRecord& r) { r.position.prefix.tail = Digest{1}; },
      [](ProgressRecord& r) { r.rejected = 3; },
      [](ProgressRecord& r) { r.partitions.emplace_back(); },
      [](ProgressRecord& r) { r.partitions[1].rows = 6; },
      [](ProgressRecord& r) { r.partitions[1].digest = Digest{18}; },
      [](ProgressRecord& r) { r.partitions[1].first = KafkaOffset{4}; },
      [](ProgressRecord& r) { r.partitions[1].end = KafkaOffset{10}; },
      [](ProgressRecord& r) { std::swap(r.partitions[1], r.partitions[2]); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    ProgressRecord other = Sample();
    changes[i](other);
    EXPECT_FALSE(SameOutcome(Sample(), other)) << "change " << i;
    EXPECT_FALSE(SameOutcome(other, Sample())) << "change " << i;
  }
}

TEST(ProgressRecordTest, PositionAtTheStartHasTheFingerprintOfNoBytes) {
  EXPECT_EQ(InputPosition{}.prefix.blocks, Digest{});
  EXPECT_EQ(InputPosition{}.prefix.tail, DigestOf(""));
}

// One file of three rows in two partitions, one of them rejected.
ProgressRecord Sound() {
  ProgressRecord record;
  record.inputs.resize(2);
  record.inputs[0].size = 100;
  record.inputs[0].end = InputPosition{0, ByteOffset{100}, RowNumber{2}, 1, {}};
  record.inputs[1].size = 50;
  record.position = {1, ByteOffset{20}, RowNumber{1}, 2, {}};
  record.partitions = {{1, {}, KafkaOffset{0}, KafkaOffset{1}},
                       {1, {}, KafkaOffset{4}, KafkaOffset{9}}};
  record.rejected = 1;
  return record;
}

TEST(ImpossibleInTest, ASoundRecordIsNot) {
  EXPECT_EQ(ImpossibleIn(Sound()), "");
  EXPECT_EQ(ImpossibleIn(ProgressRecord()), "");
  EXPECT_EQ(Sound().empty_lines(), 3U) << "of all inputs";
}

TEST(ImpossibleInTest, WhatCannotBeIsNamed) {
  ProgressRecord record = Sound();
  record.position.file = 1000;
  EXPECT_EQ(ImpossibleIn(record), "its position is in file 1000 of 2");
  record = Sound();
  record.inputs[0].end.reset();
  EXPECT_NE(ImpossibleIn(record), "");
  record = Sound();
  ++record.rejected;
  EXPECT_EQ(ImpossibleIn(record), "3 rows were read, 2 loaded and 2 rejected");
  record = Sound();
  record.partitions[0].first = KafkaOffset{7};
  EXPECT_NE(ImpossibleIn(record), "");
  record = Sound();
  record.partitions[0].first = kNoOffset;
  EXPECT_NE(ImpossibleIn(record), "");
  record = Sound();
  record.inputs[1].begin = InputPosition{1, ByteOffset{5}, RowNumber{0}, 0, {}};
  EXPECT_NE(ImpossibleIn(record), "") << "a piece goes on behind one before it";
}

TEST(BytesDoneTest, OfAPackedFileIsWhatWasUnpackedOfIt) {
  ProgressRecord record = Sound();
  EXPECT_EQ(BytesDone(record), 120U);
  record.inputs[1].coding = "gzip";
  record.position.byte = ByteOffset{4'000};
  record.packed_done = 7;
  EXPECT_EQ(BytesDone(record), 107U);
  record.packed_done = 70;
  EXPECT_EQ(BytesDone(record), 150U) << "never more than there is";
  record.inputs[1].coding.clear();  // version 0.1.0 did not say that it is packed
  record.packed_done = 0;
  EXPECT_EQ(BytesDone(record), 100U);
}

}  // namespace
}  // namespace onceload
