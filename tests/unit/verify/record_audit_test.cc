#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "unit/verify/verify_testing.h"
#include "verify/chunk_audit.h"
#include "verify/verifier.h"

namespace onceload {
namespace {

class RecordAuditTest : public testing::Test {
 protected:
  Finding Only(const AuditReport& report, FindingKind kind) {
    EXPECT_FALSE(report.proven());
    EXPECT_EQ(report.findings.total(), 1U);
    const Finding* finding = FindingOf(report, kind);
    EXPECT_NE(finding, nullptr);
    return finding == nullptr ? Finding{} : *finding;
  }
  std::vector<StoredRecord>& Partition(std::size_t p) { return load_.scan.partitions[p]; }

  TempDir directory_;
  FakeLoad load_{directory_ / "rows.csv", 200, 20};
};

TEST_F(RecordAuditTest, ProvesAGoodLoad) {
  const AuditReport report = load_.AuditByRecord();
  EXPECT_TRUE(report.proven());
  EXPECT_EQ(report.expected(), 200U);
  EXPECT_EQ(report.found(), 200U);
}

TEST_F(RecordAuditTest, NamesTheChunkOfAChangedRow) {
  for (const std::uint64_t row : {1U, 20U, 21U, 100U, 200U}) {
    const auto [p, i] = load_.PlaceOf(row);
    const StoredRecord was = Partition(p)[i];
    Partition(p)[i].value.back() = ']';
    const Finding finding = Only(load_.AuditByRecord(), FindingKind::kChunk);
    EXPECT_EQ(finding.chunk.value, (row - 1) / 20 + 1) << row;
    EXPECT_EQ(finding.partition.value, static_cast<std::int32_t>(p));
    Partition(p)[i] = was;
  }
}

// Where it lies is where the chunk before it ends in that partition, or where the load begins
// there.
TEST_F(RecordAuditTest, SaysWhereTheChunkThatDiffersLies) {
  for (const std::uint64_t row : {1U, 30U, 100U, 200U}) {
    const auto [p, i] = load_.PlaceOf(row);
    const StoredRecord was = Partition(p)[i];
    Partition(p)[i].value.back() = ']';
    const std::size_t chunk = (row - 1) / 20;
    const PartitionProgress& after = load_.records[chunk].partitions[p];
    const KafkaOffset begin = chunk == 0 ? after.first : load_.records[chunk - 1].partitions[p].end;
    const std::uint64_t before = chunk == 0 ? 0 : load_.records[chunk - 1].partitions[p].rows;
    const Finding finding = Only(load_.AuditByRecord(), FindingKind::kChunk);
    EXPECT_EQ(finding.offset, begin) << row;
    const std::string rows = std::to_string(after.rows - before);
    EXPECT_NE(finding.text.find("offsets " + std::to_string(begin.value) + "-" +
                                std::to_string(after.end.value - 1) + "): " + rows +
                                " records where " + rows + " were loaded"),
              std::string::npos)
        << finding.text;
    Partition(p)[i] = was;
  }
}

// The first chunk that differs is named, and no later one, though all behind it differ as well.
TEST_F(RecordAuditTest, NamesTheFirstOfSeveralChunksThatDiffer) {
  const auto [p, i] = load_.PlaceOf(30);
  Partition(p)[i].value.back() = ']';
  for (std::uint64_t row = 101; row <= 200; ++row) {
    const auto [q, j] = load_.PlaceOf(row);
    if (q == p) Partition(q)[j].value.back() = ']';
  }
  EXPECT_EQ(Only(load_.AuditByRecord(), FindingKind::kChunk).chunk, ChunkNumber{2});
}

// Partitions that a chunk has put nothing into pass it.
TEST_F(RecordAuditTest, AChunkThatAddsNothingToAPartitionProvesNothingThere) {
  FakeLoad load(directory_ / "few.csv", 60, 1, /*users=*/60);
  EXPECT_TRUE(load.AuditByRecord().proven());
  const auto [p, i] = load.PlaceOf(30);
  load.scan.partitions[p].erase(load.scan.partitions[p].begin() + static_cast<std::ptrdiff_t>(i));
  EXPECT_EQ(Only(load.AuditByRecord(), FindingKind::kChunk).chunk, ChunkNumber{30});
}

TEST_F(RecordAuditTest, CountsTheRecordsOfTheChunkThatDiffers) {
  const auto [p, i] = load_.PlaceOf(70);
  Partition(p).erase(Partition(p).begin() + static_cast<std::ptrdiff_t>(i));
  const AuditReport report = load_.AuditByRecord();
  const Finding finding = Only(report, FindingKind::kChunk);
  EXPECT_EQ(finding.chunk, ChunkNumber{4});
  EXPECT_NE(finding.text.find("chunk 4 on (rows 61-80 of the input"), std::string::npos)
      << finding.text;
  EXPECT_EQ(report.partitions[p].expected, report.partitions[p].found + 1);
  EXPECT_NE(report.partitions[p].differs.find("chunk 4"), std::string::npos);
}

TEST_F(RecordAuditTest, FindsTwoRowsThatHaveChangedPlaces) {
  const auto [p, i] = load_.PlaceOf(50);
  std::swap(Partition(p)[i].value, Partition(p)[i + 1].value);
  const Finding finding = Only(load_.AuditByRecord(), FindingKind::kChunk);
  EXPECT_NE(finding.text.find("not the same ones in that order"), std::string::npos)
      << finding.text;
}

TEST_F(RecordAuditTest, ARecordBetweenTwoChunksBelongsToTheLaterOne) {
  // The marker of chunk 4 lies where chunk 5's first offset in that partition is, less one.
  const std::int64_t marker = load_.records[3].partitions[0].end.value;
  auto at = Partition(0).begin();
  while (at->offset < marker) ++at;
  Partition(0).insert(at, {marker, "x", "{}"});
  EXPECT_EQ(Only(load_.AuditByRecord(), FindingKind::kChunk).chunk, ChunkNumber{5});
}

TEST_F(RecordAuditTest, RecordsOfOthersBeforeAndBehindAreNotCounted) {
  Partition(0).insert(Partition(0).begin(), {3, "older", "{}"});
  Partition(0).push_back({Partition(0).back().offset + 4, "newer", "{}"});
  EXPECT_TRUE(load_.AuditByRecord().proven());
}

TEST_F(RecordAuditTest, ALoadOfWhichOnlyTheLastRecordIsLeftIsOneStep) {
  load_.records.erase(load_.records.begin(), load_.records.end() - 1);
  EXPECT_TRUE(load_.AuditByRecord().proven());
  const auto [p, i] = load_.PlaceOf(70);
  Partition(p)[i].value.back() = ']';
  const Finding finding = Only(load_.AuditByRecord(), FindingKind::kChunk);
  EXPECT_NE(finding.text.find("chunk 1 to 10"), std::string::npos) << finding.text;
}

TEST_F(RecordAuditTest, NamesDeletedOffsets) {
  ASSERT_TRUE(load_.scan.Bounds(kPartitions, Duration{1}, load_.scan.bounds).done());
  load_.scan.bounds[1].begin = KafkaOffset{13};
  const AuditReport report = load_.AuditByRecord();
  EXPECT_FALSE(report.proven());
  const Finding* finding = FindingOf(report, FindingKind::kDeleted);
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->partition, PartitionId{1});
  EXPECT_NE(finding->text.find("begins at offset 13 now: "), std::string::npos) << finding->text;
}

TEST_F(RecordAuditTest, BehindDeletedOffsetsTheChunksThatAreLeftAreCompared) {
  ASSERT_TRUE(load_.scan.Bounds(kPartitions, Duration{1}, load_.scan.bounds).done());
  load_.scan.bounds[1].begin = load_.records[3].partitions[1].end;
  AuditReport report = load_.AuditByRecord();
  EXPECT_TRUE(report.equal());
  EXPECT_EQ(report.partitions[1].gone, load_.records[3].partitions[1].rows);
  EXPECT_NE(Only(report, FindingKind::kDeleted).text.find("(chunk 4)"), std::string::npos);
  Partition(1).back().value.back() = ']';
  EXPECT_FALSE(load_.AuditByRecord().equal());
  load_.scan.bounds[1].begin = KafkaOffset{1'000'000};
  report = load_.AuditByRecord();
  EXPECT_EQ(report.partitions[1].gone, load_.records.back().partitions[1].rows);
  EXPECT_TRUE(report.equal());
}

TEST_F(RecordAuditTest, CountsProveNumbersAlone) {
  Partition(1).back().value.back() = ']';
  EXPECT_TRUE(load_.AuditByRecord(AuditLevel::kCounts).proven());
  Partition(1).pop_back();
  EXPECT_FALSE(load_.AuditByRecord(AuditLevel::kCounts).proven());
}

// --- what is no load's ---------------------------------------------------------------------------

ProgressRecord LoadAt(const std::string& name, std::int64_t first, std::int64_t end) {
  ProgressRecord load;
  load.load_name = name;
  load.partitions.resize(1);
  load.partitions[0].first = KafkaOffset{first};
  load.partitions[0].end = KafkaOffset{end};
  return load;
}

std::string TextOf(const std::vector<Gap>& gaps) {
  std::string text;
  for (const Gap& gap : gaps) {
    text += std::to_string(gap.range.begin.value) + "-" + std::to_string(gap.range.end.value) +
            " " + gap.place + "\n";
  }
  return text;
}

TEST(TopicGapsTest, LieBeforeBetweenAndBehindTheLoads) {
  const std::vector<OffsetRange> held{{PartitionId{0}, KafkaOffset{0}, KafkaOffset{100}}};
  EXPECT_EQ(TextOf(GapsBetween(held, {LoadAt("b", 50, 60), LoadAt("a", 10, 20)})),
            "0-10 before load a\n20-50 between load a and load b\n60-100 behind load b\n");
  EXPECT_EQ(TextOf(GapsBetween(held, {LoadAt("a", 0, 70), LoadAt("b", 20, 40)})),
            "70-100 behind load a\n");
  EXPECT_EQ(TextOf(GapsBetween(held, {LoadAt("a", 0, 40), LoadAt("b", 20, 100)})), "");
  EXPECT_EQ(TextOf(GapsBetween(held, {LoadAt("a", -1, -1)})), "0-100 where no load has rows\n");
  EXPECT_EQ(TextOf(GapsBetween(held, {LoadAt("a", 90, 200)})), "0-90 before load a\n");
}

TEST_F(RecordAuditTest, NamesATailThatIsGone) {
  AuditedTopic topic = load_.topic();
  topic.ends[2] = KafkaOffset{20};
  Findings findings;
  std::vector<OffsetRange> held;
  ASSERT_TRUE(load_.scan.Bounds(kPartitions, Duration{1}, held).done());
  std::vector<LostHead> heads;
  const auto ranges = RangesOf(load_.records.back(), topic, held, findings, heads);
  EXPECT_EQ(findings.Count(FindingKind::kDeleted), 1U);
  EXPECT_EQ(ranges[2].end, KafkaOffset{20});
}

TEST_F(RecordAuditTest, AnUnfinishedLoadIsProvenAsFarAsItHasCome) {
  load_.records.resize(4);
  const AuditReport report = load_.AuditByRecord();
  EXPECT_TRUE(report.proven());
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.found(), 80U);
}

TEST_F(RecordAuditTest, ALoadThatHasCommittedNothingIsEmpty) {
  ProgressRecord claim = load_.records[0];
  claim.chunk = ChunkNumber{0};
  claim.partitions.assign(kPartitions, PartitionProgress{});
  load_.records = {claim};
  const AuditReport report = load_.AuditByRecord();
  EXPECT_TRUE(report.proven());
  EXPECT_EQ(report.found(), 0U);
  EXPECT_EQ(report.partitions.size(), kPartitions);
}

TEST_F(RecordAuditTest, RefusesAnotherClusterTopicOrId) {
  const auto code_with = [&](auto change) {
    AuditedTopic topic = load_.topic();
    change(topic);
    try {
      CheckPlace(load_.records.back(), topic);
    } catch (const Error& error) {
      return error.code();
    }
    return ExitCode::kDone;
  };
  load_.records.back().topic_id = "first";
  EXPECT_EQ(code_with([](AuditedTopic&) {}), ExitCode::kDone);
  EXPECT_EQ(code_with([](AuditedTopic& t) { t.cluster_id = "d"; }), ExitCode::kDisagreement);
  EXPECT_EQ(code_with([](AuditedTopic& t) { t.name = "u"; }), ExitCode::kUsage);
  EXPECT_EQ(code_with([](AuditedTopic& t) { t.id = "second"; }), ExitCode::kDisagreement);
  EXPECT_EQ(code_with([](AuditedTopic& t) { t.partitions = 2; }), ExitCode::kDisagreement);
  EXPECT_EQ(code_with([](AuditedTopic& t) { t.partitions = 9; }), ExitCode::kDone);
}

TEST_F(RecordAuditTest, AnIdOfZerosIsNoId) {
  const std::string zeros = "AAAAAAAAAAAAAAAAAAAAAA";
  AuditedTopic topic = load_.topic();
  topic.id = "first";
  load_.records.back().topic_id = zeros;
  EXPECT_NO_THROW(CheckPlace(load_.records.back(), topic));
  topic.id = zeros;
  load_.records.back().topic_id = "first";
  EXPECT_NO_THROW(CheckPlace(load_.records.back(), topic));
}

// --- ledger and Kafka
// -----------------------------------------------------------------------------

LedgerState LedgerAt(const ProgressRecord& record) { return {record, std::nullopt}; }

ExitCode CodeOf(const std::vector<ProgressRecord>& records, const LedgerState& ledger,
                const std::vector<LedgerChunk>& chunks = {}) {
  try {
    static_cast<void>(Reconcile(records, ledger, chunks));
  } catch (const Error& error) {
    return error.code();
  }
  return ExitCode::kDone;
}

TEST_F(RecordAuditTest, LedgerAndKafkaAgree) {
  const std::vector<ProgressRecord>& all = load_.records;
  EXPECT_EQ(CodeOf(all, LedgerAt(all.back())), ExitCode::kDone);
  EXPECT_EQ(CodeOf(all, LedgerAt(all[5])), ExitCode::kDone) << "older than Kafka";
  EXPECT_TRUE(Reconcile(all, LedgerAt(all.back()), {})->with_ledger);
}

TEST_F(RecordAuditTest, LedgerAndKafkaDisagree) {
  const std::vector<ProgressRecord>& all = load_.records;
  const std::vector<ProgressRecord> older(all.begin(), all.end() - 1);
  EXPECT_EQ(CodeOf(older, LedgerAt(all.back())), ExitCode::kDisagreement) << "ahead";
  EXPECT_EQ(CodeOf({}, LedgerAt(all.back())), ExitCode::kDisagreement) << "no record";
  ProgressRecord other = all.back();
  other.load_id = "another";
  EXPECT_EQ(CodeOf(all, LedgerAt(other)), ExitCode::kDisagreement) << "another load";
  other = all.back();
  other.partitions[1].digest.value ^= 1;
  EXPECT_EQ(CodeOf(all, LedgerAt(other)), ExitCode::kDisagreement) << "another digest";
  LedgerChunk chunk{all[2].chunk, {}, {}, all[2].partitions};
  EXPECT_EQ(CodeOf(all, LedgerAt(all.back()), {chunk}), ExitCode::kDone);
  ++chunk.partitions[0].rows;
  EXPECT_EQ(CodeOf(all, LedgerAt(all.back()), {chunk}), ExitCode::kDisagreement);
}

TEST_F(RecordAuditTest, NothingIsKnown) {
  EXPECT_FALSE(Reconcile({}, std::nullopt, {}).has_value());
  ProgressRecord begun;
  EXPECT_FALSE(Reconcile({}, LedgerAt(begun), {}).has_value());
}

TEST_F(RecordAuditTest, TheLedgerFillsInWhatCompactionHasTaken) {
  const std::vector<ProgressRecord> all = load_.records;
  std::vector<LedgerChunk> chunks;
  for (const ProgressRecord& r : all) chunks.push_back({r.chunk, {}, r.position, r.partitions});
  const auto expectation = Reconcile({all.back()}, LedgerAt(all.back()), chunks);
  ASSERT_TRUE(expectation.has_value());
  ASSERT_EQ(expectation->milestones.size(), all.size());
  EXPECT_EQ(expectation->milestones[4].after, ChunkNumber{4});
  EXPECT_EQ(expectation->milestones[4].begin, RowNumber{80});
  EXPECT_EQ(expectation->milestones[4].end, RowNumber{100});
}

TEST_F(RecordAuditTest, TheNewestWordOnAChunkCounts) {
  ProgressRecord sealed = load_.records.back();
  load_.records.back().complete = false;
  load_.records.push_back(sealed);
  const AuditReport report = load_.AuditByRecord();
  EXPECT_TRUE(report.proven());
  EXPECT_TRUE(report.complete);
}

}  // namespace
}  // namespace onceload
