// Where there is more to compare than can be kept, what is named and what is said of the rest.
#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "unit/verify/verify_testing.h"

namespace onceload {
namespace {

class CutDifferencesTest : public testing::Test {
 protected:
  std::string Found(std::size_t sightings_max) {
    std::string text;
    const AuditReport report = load_.AuditBySource(sightings_max);
    for (const Finding& f : report.findings.kept()) {
      text += std::string(NameOf(f.kind)) + ", " + std::to_string(f.partition.value) + ", " +
              std::to_string(f.offset.value) + ", " + std::to_string(f.row.value) + ": " + f.text +
              "\n";
    }
    for (const std::string& note : report.notes) text += "note: " + note + "\n";
    return text;
  }
  std::vector<StoredRecord>& Partition(std::size_t p) { return load_.scan.partitions[p]; }

  TempDir directory_;
  FakeLoad load_{directory_ / "rows.csv", 60, 30};
};

TEST_F(CutDifferencesTest, DifferencesAmongTheFirstRowsAreNamed) {
  Partition(1)[1].value = "another";
  EXPECT_EQ(Found(4),
            "changed, 1, 11, 5: row 5 (byte 77) is another in partition 1 at offset 11: key "
            "user-5, value another\n"
            "note: of partition 1 only 4 rows before the first row have been compared one by "
            "one; there may be more differences\n");
  EXPECT_EQ(Found(1),
            "unnamed, 1, -1, 0: partition 1 differs before the first row, beyond the rows "
            "compared one by one\n"
            "note: of partition 1 only 1 rows before the first row have been compared one by "
            "one; there may be more differences\n");
}

TEST_F(CutDifferencesTest, OneBehindThemIsSaidToBeThere) {
  Partition(1).back().value = "another";
  EXPECT_EQ(Found(4),
            "unnamed, 1, -1, 0: partition 1 differs before the first row, beyond the rows "
            "compared one by one\n"
            "note: of partition 1 only 4 rows before the first row have been compared one by "
            "one; there may be more differences\n");
  EXPECT_EQ(Found(1'000),
            "changed, 1, 28, 57: row 57 (byte 1015) is another in partition 1 at offset 28: key "
            "user-5, value another\n");
}

// Each partition that differs has its share.
TEST_F(CutDifferencesTest, PartitionsShareWhatCanBeKept) {
  Partition(0)[0].value = "another";
  Partition(2)[0].value = "another";
  EXPECT_EQ(Found(6),
            "changed, 0, 10, 8: row 8 (byte 125) is another in partition 0 at offset 10: key "
            "user-8, value another\n"
            "changed, 2, 10, 1: row 1 (byte 13) is another in partition 2 at offset 10: key "
            "user-1, value another\n"
            "note: of partition 0 only 3 rows before the first row have been compared one by "
            "one; there may be more differences\n"
            "note: of partition 2 only 3 rows before the first row have been compared one by "
            "one; there may be more differences\n");
}

TEST_F(CutDifferencesTest, RecordsOfNobodyAreCountedBeyond) {
  for (std::int64_t offset = 0; offset < 4; ++offset) {
    Partition(0).insert(Partition(0).begin() + offset, {offset, "k", "none"});
  }
  load_.outside = {{{PartitionId{0}, KafkaOffset{0}, KafkaOffset{4}}, "before load a"}};
  EXPECT_EQ(Found(2),
            "foreign, 0, 0, 0: the record in partition 0 at offset 0, before load a, is no row "
            "of the file: key k, value none\n"
            "foreign, 0, 1, 0: the record in partition 0 at offset 1, before load a, is no row "
            "of the file: key k, value none\n"
            "note: 2 more records that are no load's have not been compared one by one\n");
  EXPECT_EQ(Found(3),
            "foreign, 0, 0, 0: the record in partition 0 at offset 0, before load a, is no row "
            "of the file: key k, value none\n"
            "foreign, 0, 1, 0: the record in partition 0 at offset 1, before load a, is no row "
            "of the file: key k, value none\n"
            "foreign, 0, 2, 0: the record in partition 0 at offset 2, before load a, is no row "
            "of the file: key k, value none\n"
            "note: 1 more records that are no load's have not been compared one by one\n");
  EXPECT_EQ(Found(4),
            "foreign, 0, 0, 0: the record in partition 0 at offset 0, before load a, is no row "
            "of the file: key k, value none\n"
            "foreign, 0, 1, 0: the record in partition 0 at offset 1, before load a, is no row "
            "of the file: key k, value none\n"
            "foreign, 0, 2, 0: the record in partition 0 at offset 2, before load a, is no row "
            "of the file: key k, value none\n"
            "foreign, 0, 3, 0: the record in partition 0 at offset 3, before load a, is no row "
            "of the file: key k, value none\n");
}

TEST_F(CutDifferencesTest, RowsWhoseRecordsWereDeletedAreSkipped) {
  ASSERT_TRUE(load_.scan.Bounds(kPartitions, Duration{1}, load_.scan.bounds).done());
  load_.scan.bounds[1].begin = KafkaOffset{13};
  std::erase_if(Partition(1), [](const StoredRecord& record) { return record.offset < 13; });
  EXPECT_EQ(Found(1'000),
            "deleted, 1, 10, 0: partition 1 begins at offset 13 now: 3 offsets of this load have "
            "been deleted; 3 rows of it, up to row 11 of the input, can no longer be checked "
            "there\n");
  Partition(1)[4].value = "another";
  EXPECT_EQ(Found(1'000),
            "deleted, 1, 10, 0: partition 1 begins at offset 13 now: 3 offsets of this load have "
            "been deleted; 3 rows of it, up to row 11 of the input, can no longer be checked "
            "there\n"
            "changed, 1, 17, 26: row 26 (byte 451) is another in partition 1 at offset 17: key "
            "user-0, value another\n");
  Partition(1).insert(Partition(1).begin(), {13, "k", "none"});
  for (std::size_t i = 1; i < Partition(1).size(); ++i) ++Partition(1)[i].offset;
  ++load_.scan.bounds[1].end.value;
  ++load_.records.back().partitions[1].end.value;
  EXPECT_EQ(Found(1'000),
            "deleted, 1, 10, 0: partition 1 begins at offset 13 now: 3 offsets of this load have "
            "been deleted; 2 rows of it, up to row 5 of the input, can no longer be checked "
            "there\n"
            "changed, 1, 18, 26: row 26 (byte 451) is another in partition 1 at offset 18: key "
            "user-0, value another\n"
            "foreign, 1, 13, 0: the record in partition 1 at offset 13, before the first row, is "
            "no row of the file: key k, value none\n");
}

}  // namespace
}  // namespace onceload
