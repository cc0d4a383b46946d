#include "verify/source_audit.h"

#include <fstream>
#include <utility>

#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "unit/verify/verify_testing.h"

namespace onceload {
namespace {

class SourceAuditTest : public testing::Test {
 protected:
  // The only kind of difference, `count` times, and the first of them.
  Finding Only(const AuditReport& report, FindingKind kind, std::uint64_t count = 1) {
    EXPECT_FALSE(report.proven());
    EXPECT_EQ(report.findings.total(), count);
    EXPECT_EQ(report.findings.Count(kind), count);
    const Finding* finding = FindingOf(report, kind);
    if (finding != nullptr) return *finding;
    for (const Finding& other : report.findings.kept()) ADD_FAILURE() << other.text;
    return {};
  }

  std::vector<StoredRecord>& Partition(std::size_t p) { return load_.scan.partitions[p]; }

  TempDir directory_;
  FakeLoad load_{directory_ / "rows.csv", 9'000, 1'000};
};

TEST_F(SourceAuditTest, ProvesAGoodLoad) {
  const AuditReport report = load_.AuditBySource();
  EXPECT_TRUE(report.proven());
  EXPECT_EQ(report.expected(), 9'000U);
  EXPECT_EQ(report.found(), 9'000U);
  EXPECT_EQ(report.partitions.size(), kPartitions);
  EXPECT_TRUE(report.findings.empty());
}

TEST_F(SourceAuditTest, UsesNeitherCountsNorDigestsOfTheRecord) {
  for (PartitionProgress& partition : load_.records.back().partitions) {
    partition.rows += 5;
    partition.digest = Digest{1};
  }
  EXPECT_TRUE(load_.AuditBySource().proven());
}

TEST_F(SourceAuditTest, ProvesAWholeTopicWithoutARecord) {
  EXPECT_TRUE(load_.AuditBySource(kSightingsMax, /*with_record=*/false).proven());
}

TEST_F(SourceAuditTest, NamesALostRow) {
  const auto [p, i] = load_.PlaceOf(5'000);
  Partition(p).erase(Partition(p).begin() + static_cast<std::ptrdiff_t>(i));
  const Finding finding = Only(load_.AuditBySource(), FindingKind::kLost);
  EXPECT_EQ(finding.row, RowNumber{5'000});
  EXPECT_EQ(finding.partition.value, static_cast<std::int32_t>(p));
  EXPECT_NE(finding.text.find("row 5000 (byte"), std::string::npos) << finding.text;
}

TEST_F(SourceAuditTest, NamesALostLastRow) {
  const auto [p, i] = load_.PlaceOf(9'000);
  ASSERT_EQ(i + 1, Partition(p).size());
  Partition(p).pop_back();
  EXPECT_EQ(Only(load_.AuditBySource(), FindingKind::kLost).row, RowNumber{9'000});
}

TEST_F(SourceAuditTest, NamesARowThatIsDoubledRightAway) {
  const auto [p, i] = load_.PlaceOf(4'000);
  StoredRecord copy = Partition(p)[i];
  // The next offset is taken by the row after it; the copy goes where a marker was.
  copy.offset = Partition(p).back().offset;
  Partition(p).back().offset += 1;
  load_.records.back().partitions[p].end.value += 1;
  Partition(p).insert(Partition(p).end() - 1, copy);
  const Finding finding = Only(load_.AuditBySource(), FindingKind::kDoubled);
  EXPECT_EQ(finding.row, RowNumber{4'000});
  EXPECT_EQ(finding.offset.value, copy.offset);
}

TEST_F(SourceAuditTest, NamesADoubledRowFromBeforeTheLastEqualMark) {
  const auto [p, i] = load_.PlaceOf(9'000);
  ASSERT_GT(i, 2'000U);
  StoredRecord copy = Partition(p)[2];
  copy.offset = Partition(p)[i].offset;
  Partition(p)[i].offset += 1;
  load_.records.back().partitions[p].end.value += 1;
  Partition(p).insert(Partition(p).begin() + static_cast<std::ptrdiff_t>(i), copy);
  const Finding finding = Only(load_.AuditBySource(), FindingKind::kDoubled);
  EXPECT_EQ(load_.PlaceOf(finding.row.value).index, 2U);
  EXPECT_NE(finding.text.find("once more"), std::string::npos) << finding.text;
}

TEST_F(SourceAuditTest, NamesTwoRowsOfAKeyThatHaveChangedPlaces) {
  const auto [p, i] = load_.PlaceOf(6'000);
  const auto [q, j] = load_.PlaceOf(6'013);  // the same user's next row
  ASSERT_EQ(p, q);
  std::swap(Partition(p)[i].value, Partition(p)[j].value);
  const AuditReport report = load_.AuditBySource();
  EXPECT_EQ(report.findings.total(), report.findings.Count(FindingKind::kDisorder));
  const Finding* finding = FindingOf(report, FindingKind::kDisorder);
  ASSERT_NE(finding, nullptr);
  EXPECT_NE(finding->text.find("behind row 6013"), std::string::npos) << finding->text;
  bool broken = false;
  for (const Finding& each : report.findings.kept()) {
    broken |= each.text.find("its key is broken") != std::string::npos;
  }
  EXPECT_TRUE(broken);
}

TEST_F(SourceAuditTest, TellsThatTheOrderPerKeyHolds) {
  const auto [p, i] = load_.PlaceOf(6'000);
  ASSERT_LT(i + 1, Partition(p).size());
  StoredRecord& here = Partition(p)[i];
  StoredRecord& next = Partition(p)[i + 1];
  ASSERT_NE(here.key, next.key);
  std::swap(here.value, next.value);
  std::swap(here.key, next.key);
  const Finding finding = Only(load_.AuditBySource(), FindingKind::kDisorder);
  EXPECT_EQ(finding.row, RowNumber{6'000});
  EXPECT_NE(finding.text.find("the order per key holds"), std::string::npos) << finding.text;
}

TEST_F(SourceAuditTest, NamesAChangedByte) {
  const auto [p, i] = load_.PlaceOf(7'777);
  Partition(p)[i].value.back() = ']';
  const Finding finding = Only(load_.AuditBySource(), FindingKind::kChanged);
  EXPECT_EQ(finding.row, RowNumber{7'777});
  EXPECT_EQ(finding.offset.value, Partition(p)[i].offset);
  EXPECT_NE(finding.text.find("text 7777"), std::string::npos) << finding.text;
}

TEST_F(SourceAuditTest, AChangedKeyIsAChange) {
  const auto [p, i] = load_.PlaceOf(12);
  Partition(p)[i].key.reset();
  EXPECT_EQ(Only(load_.AuditBySource(), FindingKind::kChanged).row, RowNumber{12});
}

TEST_F(SourceAuditTest, NamesARowInTheWrongPartition) {
  const auto [p, i] = load_.PlaceOf(3'000);
  const std::size_t other = (p + 1) % kPartitions;
  StoredRecord moved = Partition(p)[i];
  Partition(p).erase(Partition(p).begin() + static_cast<std::ptrdiff_t>(i));
  moved.offset = Partition(other).back().offset;
  Partition(other).back().offset += 1;
  load_.records.back().partitions[other].end.value += 1;
  Partition(other).insert(Partition(other).end() - 1, moved);
  const Finding finding = Only(load_.AuditBySource(), FindingKind::kMoved);
  EXPECT_EQ(finding.row, RowNumber{3'000});
  EXPECT_EQ(finding.partition.value, static_cast<std::int32_t>(other));
  EXPECT_NE(finding.text.find("belongs to partition " + std::to_string(p)), std::string::npos);
}

TEST_F(SourceAuditTest, NamesAForeignRecord) {
  Partition(1).back().offset += 1;
  load_.records.back().partitions[1].end.value += 1;
  const std::int64_t offset = Partition(1).back().offset - 1;
  Partition(1).insert(Partition(1).end() - 1, {offset, std::nullopt, "somebody else's"});
  const Finding finding = Only(load_.AuditBySource(), FindingKind::kForeign);
  EXPECT_EQ(finding.offset.value, offset);
  EXPECT_NE(finding.text.find("somebody else's"), std::string::npos) << finding.text;
  EXPECT_NE(finding.text.find("after row "), std::string::npos) << finding.text;
}

TEST_F(SourceAuditTest, CountsMoreThanItLists) {
  for (std::size_t i = 0; i < 25; ++i) Partition(2).erase(Partition(2).begin() + 100);
  const AuditReport report = load_.AuditBySource();
  EXPECT_EQ(report.findings.Count(FindingKind::kLost), 25U);
  EXPECT_EQ(report.findings.kept().size(), Findings::kKeptOfAKind);
}

TEST_F(SourceAuditTest, NamesTheFirstDifferencesWhereNotAllCanBeKept) {
  const auto [p, i] = load_.PlaceOf(40);
  Partition(p).erase(Partition(p).begin() + static_cast<std::ptrdiff_t>(i));
  const AuditReport report = load_.AuditBySource(/*sightings_max=*/500);
  EXPECT_EQ(Only(report, FindingKind::kLost).row, RowNumber{40});
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_NE(report.notes[0].find("500 rows"), std::string::npos);
}

TEST_F(SourceAuditTest, SaysThatADifferenceIsBeyondWhatCanBeKept) {
  const auto [p, i] = load_.PlaceOf(990);
  ASSERT_GT(i, 200U);
  Partition(p)[i].value.back() = ']';
  const AuditReport report = load_.AuditBySource(/*sightings_max=*/100);
  Only(report, FindingKind::kUnnamed);
}

TEST_F(SourceAuditTest, RowsWhoseOffsetsWereDeletedAreGoneAndTheRestIsCompared) {
  const auto bounds_begin = Partition(0)[3].offset;
  ASSERT_TRUE(load_.scan.Bounds(kPartitions, Duration{1}, load_.scan.bounds).done());
  load_.scan.bounds[0].begin = KafkaOffset{bounds_begin};
  const AuditReport report = load_.AuditBySource();
  const Finding finding = Only(report, FindingKind::kDeleted);
  EXPECT_NE(finding.text.find("3 rows of it, up to row "), std::string::npos) << finding.text;
  EXPECT_EQ(report.partitions[0].gone, 3U);
  EXPECT_TRUE(report.equal());
  EXPECT_FALSE(report.proven());

  Partition(0).back().value.back() = ']';
  EXPECT_EQ(load_.AuditBySource().findings.Count(FindingKind::kChanged), 1U);
  Partition(0).pop_back();
  const AuditReport lost = load_.AuditBySource();
  EXPECT_EQ(lost.findings.Count(FindingKind::kLost), 1U);
  EXPECT_EQ(lost.findings.total(), 2U);
}

TEST_F(SourceAuditTest, ARowBehindTheLoadIsNamedAsTheRowItIs) {
  Partition(1).push_back(Partition(1)[4]);
  Partition(1).back().offset = Partition(1)[Partition(1).size() - 2].offset + 5;
  load_.outside = {{{PartitionId{1}, load_.records.back().partitions[1].end, KafkaOffset{9'999}},
                    "behind load a"}};
  const Finding finding = Only(load_.AuditBySource(), FindingKind::kDoubled);
  EXPECT_EQ(finding.offset.value, Partition(1).back().offset);
  Partition(1).back().value = "{}";
  const Finding other = Only(load_.AuditBySource(), FindingKind::kForeign);
  EXPECT_NE(other.text.find("behind load a, is no row of the file"), std::string::npos)
      << other.text;
  EXPECT_NE(Only(load_.AuditByRecord(), FindingKind::kForeign).text.find("is no load's"),
            std::string::npos);
}

TEST_F(SourceAuditTest, AnUnfinishedLoadIsComparedAsFarAsItHasCome) {
  load_.records.resize(4);  // chunk 4 of 9
  const AuditReport report = load_.AuditBySource();
  const Finding finding = Only(report, FindingKind::kUnfinished);
  EXPECT_NE(finding.text.find("row 4000"), std::string::npos) << finding.text;
  EXPECT_EQ(report.expected(), 4'000U);
  EXPECT_EQ(report.found(), 4'000U);
}

TEST_F(SourceAuditTest, RejectedRowsAreThoseThatCannotBeLoaded) {
  load_.records.back().rejected += 2;
  const Finding finding = Only(load_.AuditBySource(), FindingKind::kDeadLetter);
  EXPECT_EQ(finding.text, "0 rows of the input cannot be loaded, the load has rejected 2");
}

TEST_F(SourceAuditTest, RowsAppendedSinceHaveNotBeenLoaded) {
  std::ofstream(directory_ / "rows.csv", std::ios::app) << "9001,user-1,appended\n";
  Only(load_.AuditBySource(), FindingKind::kUnfinished);
}

// Headers and times are as much the load's as key and value.
class FullSourceAuditTest : public SourceAuditTest {
 protected:
  FakeLoad full_{directory_ / "full.csv", 900, 100, 13, /*full=*/true};

  StoredRecord& Record(std::uint64_t row) {
    const auto [p, i] = full_.PlaceOf(row);
    return full_.scan.partitions[p][i];
  }
};

TEST_F(FullSourceAuditTest, ProvesHeadersAndTimes) {
  EXPECT_TRUE(full_.AuditBySource().proven());
  EXPECT_TRUE(full_.AuditByRecord().proven());
}

TEST_F(FullSourceAuditTest, NamesAChangedHeader) {
  Record(333).headers.back() ^= 1;
  const Finding finding = Only(full_.AuditBySource(), FindingKind::kChanged);
  EXPECT_EQ(finding.row, RowNumber{333});
  EXPECT_NE(finding.text.find("headers onceload.load=id"), std::string::npos) << finding.text;
  EXPECT_FALSE(full_.AuditByRecord().proven());
}

TEST_F(FullSourceAuditTest, NamesAHeaderThatIsOneTooMany) {
  ByteArena arena;
  AppendHeader(arena, "x", std::nullopt);
  Record(444).headers += arena.view();
  const Finding finding = Only(full_.AuditBySource(), FindingKind::kChanged);
  EXPECT_EQ(finding.row, RowNumber{444});
  EXPECT_NE(finding.text.find("x without value"), std::string::npos) << finding.text;
}

TEST_F(FullSourceAuditTest, NamesAChangedTime) {
  Record(555).time_ms += 1;
  const Finding finding = Only(full_.AuditBySource(), FindingKind::kChanged);
  EXPECT_EQ(finding.row, RowNumber{555});
  EXPECT_NE(finding.text.find("time 556"), std::string::npos) << finding.text;
  EXPECT_FALSE(full_.AuditByRecord().proven());
}

// A time that the broker has set is none of the load's.
TEST_F(FullSourceAuditTest, ATimeOfTheBrokersIsADifference) {
  Record(555).time_ms = kNoTime;
  EXPECT_EQ(Only(full_.AuditBySource(), FindingKind::kChanged).row, RowNumber{555});
}

TEST_F(SourceAuditTest, TimesOfSendingAreNotCompared) {
  Partition(0)[0].time_ms = 77;
  EXPECT_TRUE(load_.AuditBySource().proven());
  EXPECT_TRUE(load_.AuditByRecord().proven());
}

TEST_F(SourceAuditTest, AHeaderWhereThereShouldBeNoneIsAChange) {
  ByteArena arena;
  AppendHeader(arena, "x", "y");
  const auto [p, i] = load_.PlaceOf(1'234);
  Partition(p)[i].headers = arena.view();
  EXPECT_EQ(Only(load_.AuditBySource(), FindingKind::kChanged).row, RowNumber{1'234});
}

// A load of version 0.1.0: its digests know of neither, and the audit says so.
TEST_F(SourceAuditTest, AnOldLoadIsComparedByItsOwnRules) {
  for (ProgressRecord& record : load_.records) record.rules = Rules::kFirst;
  const auto [p, i] = load_.PlaceOf(1'234);
  Partition(p)[i].headers = "whatever";
  const AuditReport report = load_.AuditBySource();
  EXPECT_TRUE(report.proven());
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_NE(report.notes[0].find("headers and record times are not proven"), std::string::npos);
}

TEST_F(SourceAuditTest, WaitsForABroker) {
  load_.scan.pending = 5;
  EXPECT_TRUE(load_.AuditBySource().proven());
}

TEST_F(SourceAuditTest, GivesUpWhenTheBudgetIsOver) {
  load_.scan.pending = 1'000'000;
  try {
    load_.AuditBySource();
    FAIL() << "it has not given up";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kKafka);
    EXPECT_NE(error.Line().find("broker:9092"), std::string::npos) << error.Line();
  }
}

}  // namespace
}  // namespace onceload
