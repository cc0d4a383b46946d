// What is printed of an audit, as a whole.
#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "onceload/verify/audit_report.h"

namespace onceload {
namespace {

PartitionVerdict Verdict(std::int32_t partition, std::uint64_t expected, std::uint64_t found,
                         std::int64_t begin, std::int64_t end) {
  return {PartitionId{partition}, expected,        found, expected == found, "",
          KafkaOffset{begin},     KafkaOffset{end}};
}

Finding FindingWith(FindingKind kind, const std::string& text) {
  Finding finding;
  finding.kind = kind;
  finding.text = text;
  return finding;
}

AuditReport Good() {
  AuditReport report;
  report.load = "t/rows.csv";
  report.topic = "t";
  report.cluster_id = "c";
  report.against = "rows.csv";
  report.bytes = 3'000;
  report.bytes_total = 3'000;
  report.chunk = ChunkNumber{7};
  report.partitions = {Verdict(0, 120, 120, 5, 130), Verdict(1, 80, 80, -1, -1)};
  report.partitions[1].begin = report.partitions[1].end = kNoOffset;
  report.seconds = 1.5;
  return report;
}

// A report in which everything is amiss that can be.
AuditReport Bad() {
  AuditReport report = Good();
  report.level = AuditLevel::kSource;
  report.exclusive = true;
  report.complete = false;
  report.bytes = 10;
  report.partitions[1] = Verdict(1, 80, 79, 0, 79);
  report.partitions[1].differs = "from row 5";
  report.partitions[1].gone = 3;
  report.rejected = 2;
  report.dead_letter_topic = "t.dead";
  report.dead_letters = Verdict(0, 2, 1, 4, 5);
  report.dead_letters->differs = "from its records";
  Finding lost = FindingWith(FindingKind::kLost, "row 5 is not in partition 1");
  lost.partition = PartitionId{1};
  lost.file = "rows.csv";
  lost.row = RowNumber{5};
  lost.byte = ByteOffset{77};
  report.findings.Add(lost);
  Finding chunk = FindingWith(FindingKind::kChunk, "chunk 3 is another");
  chunk.chunk = ChunkNumber{3};
  chunk.partition = PartitionId{0};
  chunk.offset = KafkaOffset{0};
  report.findings.Add(chunk);
  for (int i = 0; i < 12; ++i) {
    report.findings.Add(FindingWith(FindingKind::kDeadLetter, "letter " + std::to_string(i)));
  }
  report.notes = {"one", "two"};
  return report;
}

template <typename Report>
std::string Text(const Report& report) {
  std::ostringstream out;
  PrintText(report, out);
  return out.str();
}

// With quotes that need no escape here.
template <typename Report>
std::string JsonText(const Report& report) {
  std::ostringstream out;
  PrintJson(report, out);
  std::string text = out.str();
  std::replace(text.begin(), text.end(), '"', '\'');
  return text;
}

TEST(ReportTextTest, AProvenLoadIsATableItsLevelAndAVerdict) {
  EXPECT_EQ(Text(Good()),
            "partition  expected  found  difference  digest  offsets\n"
            "        0       120    120           0  equal   5-129\n"
            "        1        80     80           0  equal   -\n"
            "      all       200    200           0\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "proven: 200 rows in 2 partitions, each once and in order, against rows.csv (1.5 s)\n");
  AuditReport counted = Good();
  counted.level = AuditLevel::kCounts;
  counted.dead_letters = Verdict(0, 2, 2, 4, 6);
  counted.dead_letter_topic = "t.dead";
  counted.rejected = 2;
  EXPECT_EQ(Text(counted),
            "partition  expected  found  difference  digest  offsets\n"
            "        0       120    120           0  -       5-129\n"
            "        1        80     80           0  -       -\n"
            "      all       200    200           0\n"
            "rejected: 2 rows, dead letters in t.dead: 2 expected, 2 found, digest equal, "
            "offsets 4-5\n"
            "level counts proves as many records as rows in each partition; not what is in them, "
            "nor their order\n"
            "proven: 200 rows in 2 partitions, by their number alone, 2 dead letters, against "
            "rows.csv (1.5 s)\n");
}

TEST(ReportTextTest, WhatIsNotProvenIsToldWhole) {
  EXPECT_EQ(Text(Bad()),
            "partition  expected  found  difference  digest              offsets\n"
            "        0       120    120           0  equal               5-129\n"
            "        1        80     79          -1  differs from row 5  0-78\n"
            "      all       200    199          -1\n"
            "rejected: 2 rows, dead letters in t.dead: 2 expected, 1 found, digest differs, "
            "offsets 4-4\n"
            "chunk: chunk 3 is another\n"
            "lost: row 5 is not in partition 1\n"
            "dead-letter: letter 0\n"
            "dead-letter: letter 1\n"
            "dead-letter: letter 2\n"
            "dead-letter: letter 3\n"
            "dead-letter: letter 4\n"
            "dead-letter: letter 5\n"
            "dead-letter: letter 6\n"
            "dead-letter: letter 7\n"
            "dead-letter: letter 8\n"
            "dead-letter: letter 9\n"
            "dead-letter: and 2 more\n"
            "note: one\n"
            "note: two\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "load is not finished: 10 of 3000 bytes\n"
            "NOT proven: 200 rows expected in 2 partitions, 199 records found; 1 chunk, 1 lost, "
            "12 dead-letter; against rows.csv (1.5 s)\n");
}

// Kafka deletes by itself: what is left may be right.
TEST(ReportTextTest, WhereOnlyOffsetsAreGoneTheRestIsSaidToBeThere) {
  AuditReport report = Good();
  report.partitions[0].gone = 4;
  report.partitions[1].gone = 3;
  report.findings.Add(FindingWith(FindingKind::kDeleted, "partition 1 begins at 3"));
  EXPECT_EQ(Text(report),
            "partition  expected  found  difference  digest  offsets\n"
            "        0       120    120           0  equal   5-129\n"
            "        1        80     80           0  equal   -\n"
            "      all       200    200           0\n"
            "deleted: partition 1 begins at 3\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven as a whole: 7 rows can no longer be checked; the other 200 are there, "
            "each once and in order; against rows.csv (1.5 s)\n");
  report.level = AuditLevel::kCounts;
  EXPECT_EQ(Text(report),
            "partition  expected  found  difference  digest  offsets\n"
            "        0       120    120           0  -       5-129\n"
            "        1        80     80           0  -       -\n"
            "      all       200    200           0\n"
            "deleted: partition 1 begins at 3\n"
            "level counts proves as many records as rows in each partition; not what is in them, "
            "nor their order\n"
            "NOT proven as a whole: 7 rows can no longer be checked; the other 200 are there, by "
            "their number alone; against rows.csv (1.5 s)\n");
  report.findings.Add(FindingWith(FindingKind::kForeign, "a record"));
  EXPECT_EQ(Text(report),
            "partition  expected  found  difference  digest  offsets\n"
            "        0       120    120           0  -       5-129\n"
            "        1        80     80           0  -       -\n"
            "      all       200    200           0\n"
            "deleted: partition 1 begins at 3\n"
            "foreign: a record\n"
            "level counts proves as many records as rows in each partition; not what is in them, "
            "nor their order\n"
            "NOT proven: 200 rows expected in 2 partitions, 200 records found; 1 deleted, 1 "
            "foreign; against rows.csv (1.5 s)\n");
}

TEST(ReportTextTest, RejectedRowsWithoutDeadLettersAreANumber) {
  AuditReport report = Good();
  report.rejected = 9;
  EXPECT_EQ(Text(report),
            "partition  expected  found  difference  digest  offsets\n"
            "        0       120    120           0  equal   5-129\n"
            "        1        80     80           0  equal   -\n"
            "      all       200    200           0\n"
            "rejected: 9 rows\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "proven: 200 rows in 2 partitions, each once and in order, against rows.csv (1.5 s)\n");
}

TEST(ReportTextTest, JsonHasAllOfIt) {
  EXPECT_EQ(JsonText(Good()),
            "{'verdict':'proven','load':'t/rows.csv','topic':'t','cluster_id':'c',"
            "'level':'digest','proves':'the very records that were sent, each once and in order: "
            "key, value, headers, set times','limits':'not that they are the rows of the files: "
            "--level source proves that','exclusive':false,'source':false,'against':'rows.csv',"
            "'complete':true,'bytes':3000,'bytes_total':3000,'chunk':7,'rows_expected':200,"
            "'rows_found':200,'partitions':[{'partition':0,'expected':120,'found':120,"
            "'difference':0,'digest':'equal','begin':5,'end':130},{'partition':1,'expected':80,"
            "'found':80,'difference':0,'digest':'equal','begin':null,'end':null}],'rejected':0,"
            "'counts':{},'differences':[],'notes':[],'seconds':1.5}\n");
  EXPECT_EQ(JsonText(Bad()),
            "{'verdict':'not proven','load':'t/rows.csv','topic':'t','cluster_id':'c',"
            "'level':'source','proves':'each row of the files, once, in its partition and in "
            "order, as it reads today','limits':'of the load's own record only the place of its "
            "rows and its options are used','exclusive':true,'source':true,'against':'rows.csv',"
            "'complete':false,'bytes':10,'bytes_total':3000,'chunk':7,'rows_expected':200,"
            "'rows_found':199,'partitions':[{'partition':0,'expected':120,'found':120,"
            "'difference':0,'digest':'equal','begin':5,'end':130},{'partition':1,'expected':80,"
            "'found':79,'difference':-1,'digest':'differs','begin':0,'end':79,'gone':3,"
            "'differs':'from row 5'}],'rejected':2,'dead_letters':{'partition':0,'expected':2,"
            "'found':1,'difference':-1,'digest':'differs','begin':4,'end':5,'differs':'from its "
            "records','topic':'t.dead'},'counts':{'chunk':1,'lost':1,'dead-letter':12},"
            "'differences':[{'kind':'lost','partition':1,'file':'rows.csv','row':5,'byte':77,"
            "'text':'row 5 is not in partition 1'},{'kind':'chunk','partition':0,'offset':0,"
            "'chunk':3,'text':'chunk 3 is another'},{'kind':'dead-letter','text':'letter 0'},"
            "{'kind':'dead-letter','text':'letter 1'},{'kind':'dead-letter','text':'letter 2'},"
            "{'kind':'dead-letter','text':'letter 3'},{'kind':'dead-letter','text':'letter 4'},"
            "{'kind':'dead-letter','text':'letter 5'},{'kind':'dead-letter','text':'letter 6'},"
            "{'kind':'dead-letter','text':'letter 7'},{'kind':'dead-letter','text':'letter 8'},"
            "{'kind':'dead-letter','text':'letter 9'}],'notes':['one','two'],'seconds':1.5}\n");
}

LoadVerdict VerdictOf(const std::string& name, std::optional<AuditReport> report) {
  return {name, "t", std::move(report), "", false};
}

LoadsReport TwoGoodLoads() {
  LoadsReport report;
  report.loads = {VerdictOf("a", Good()), VerdictOf("longer", Good())};
  report.loads[1].report->complete = false;
  report.seconds = 2;
  return report;
}

// Loads of each kind that there is.
LoadsReport Mixed() {
  LoadsReport report = TwoGoodLoads();
  report.loads.push_back(VerdictOf("bad", Bad()));
  report.loads.push_back(VerdictOf("gone", std::nullopt));
  report.loads.back().refused = "its topic is gone";
  for (const char* name : {"x.1-of-2", "x.2-of-2"}) {
    report.loads.push_back(VerdictOf(name, Good()));
    report.loads.back().together = true;
  }
  report.loads.back().report->findings.Add(FindingWith(FindingKind::kUnfinished, "it goes on"));
  report.loads.back().report->notes = {"a note"};
  Together group;
  group.topic = "t";
  group.loads = {"x.1-of-2", "x.2-of-2"};
  group.partitions = {Verdict(0, 40, 40, 2, 60), Verdict(1, 30, 31, 2, 60)};
  group.partitions[1].differs = "in number";
  group.by_sums = true;
  group.findings.Add(FindingWith(FindingKind::kForeign, "a record of none"));
  report.groups = {group};
  report.amiss = {"shard x.3-of-3 is missing"};
  TopicRest rest{"t", 6, {}};
  rest.findings.Add(FindingWith(FindingKind::kForeign, "a record in between"));
  report.rests = {rest};
  return report;
}

TEST(ReportTextTest, LoadsAreALineEach) {
  EXPECT_EQ(Text(TwoGoodLoads()),
            "load    topic  rows  found  bytes  state       verdict\n"
            "a       t       200    200   3000  finished    proven\n"
            "longer  t       200    200   3000  unfinished  proven\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "proven: 2 loads, 400 rows (2.0 s)\n");
}

TEST(ReportTextTest, OfLoadsThatAreNotProvenAllIsTold) {
  EXPECT_EQ(Text(Mixed()),
            "load      topic  rows  found  bytes  state       verdict\n"
            "a         t       200    200   3000  finished    proven\n"
            "longer    t       200    200   3000  unfinished  proven\n"
            "bad       t       200    199     10  unfinished  NOT proven: 1 chunk, 1 lost, 12 "
            "dead-letter\n"
            "gone      t         0      0      0  finished    cannot be audited\n"
            "x.1-of-2  t       200      -   3000  finished    with others, below\n"
            "x.2-of-2  t       200      -   3000  finished    NOT proven: 1 unfinished\n"
            "together: 2 loads, x.1-of-2 to x.2-of-2, whose rows lie among each other in t; "
            "records do not say whose they are\n"
            "partition  expected  found  difference  sum                offsets\n"
            "        0        40     40           0  equal              2-59\n"
            "        1        30     31           1  differs in number  2-59\n"
            "      all        70     71           1\n"
            "foreign: a record of none\n"
            "amiss: shard x.3-of-3 is missing\n"
            "load bad: \n"
            "chunk: chunk 3 is another\n"
            "lost: row 5 is not in partition 1\n"
            "dead-letter: letter 0\n"
            "dead-letter: letter 1\n"
            "dead-letter: letter 2\n"
            "dead-letter: letter 3\n"
            "dead-letter: letter 4\n"
            "dead-letter: letter 5\n"
            "dead-letter: letter 6\n"
            "dead-letter: letter 7\n"
            "dead-letter: letter 8\n"
            "dead-letter: letter 9\n"
            "dead-letter: and 2 more\n"
            "note: one\n"
            "note: two\n"
            "load gone: its topic is gone\n"
            "load x.2-of-2: \n"
            "unfinished: it goes on\n"
            "note: a note\n"
            "topic t: 1 records that are no load's, beside 6 loads\n"
            "foreign: a record in between\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "of loads together it proves each record, once; not in what order\n"
            "NOT proven: 6 loads, 670 rows (2.0 s)\n");
}

TEST(ReportTextTest, LoadsTogetherAreComparedByWhatIsKnownOfThem) {
  LoadsReport report = Mixed();
  report.groups[0].by_sums = false;
  report.groups[0].partitions[1].equal = true;
  report.loads.clear();
  report.amiss.clear();
  report.rests.clear();
  EXPECT_EQ(Text(report),
            "load  topic  rows  found  bytes  state  verdict\n"
            "together: 2 loads, x.1-of-2 to x.2-of-2, whose rows lie among each other in t; "
            "records do not say whose they are\n"
            "partition  expected  found  difference  sum  offsets\n"
            "        0        40     40           0  -    2-59\n"
            "        1        30     31           1  -    2-59\n"
            "      all        70     71           1\n"
            "foreign: a record of none\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "of loads together it proves each record, once; not in what order\n"
            "NOT proven: 0 loads, 71 rows (2.0 s)\n");
  report.level = AuditLevel::kCounts;
  report.groups[0].by_sums = true;
  report.groups[0].partitions[0].equal = true;
  EXPECT_EQ(Text(report),
            "load  topic  rows  found  bytes  state  verdict\n"
            "together: 2 loads, x.1-of-2 to x.2-of-2, whose rows lie among each other in t; "
            "records do not say whose they are\n"
            "partition  expected  found  difference  sum  offsets\n"
            "        0        40     40           0  -    2-59\n"
            "        1        30     31           1  -    2-59\n"
            "      all        70     71           1\n"
            "foreign: a record of none\n"
            "level counts proves as many records as rows in each partition; not what is in them, "
            "nor their order\n"
            "NOT proven: 0 loads, 71 rows (2.0 s)\n");
  // Records among loads that are told apart.
  report.level = AuditLevel::kDigest;
  report.groups[0].loads.clear();
  report.groups[0].partitions.clear();
  EXPECT_EQ(Text(report),
            "load  topic  rows  found  bytes  state  verdict\n"
            "foreign: a record of none\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 0 loads, 0 rows (2.0 s)\n");
}

TEST(ReportTextTest, JsonOfLoadsHasAllOfThem) {
  LoadsReport report = TwoGoodLoads();
  std::string first = JsonText(*report.loads[0].report);
  first.pop_back();  // the end of its line
  EXPECT_NE(JsonText(report).find("'loads':[" + first + ","), std::string::npos);
  report.loads.resize(1);
  report.loads[0].report->partitions.clear();
  EXPECT_EQ(JsonText(report),
            "{'verdict':'proven','level':'digest','proves':'the very records that were sent, "
            "each once and in order: key, value, headers, set times','limits':'not that they are "
            "the rows of the files: --level source proves that','loads':[{'verdict':'proven',"
            "'load':'t/rows.csv','topic':'t','cluster_id':'c','level':'digest','proves':'the "
            "very records that were sent, each once and in order: key, value, headers, set "
            "times','limits':'not that they are the rows of the files: --level source proves "
            "that','exclusive':false,'source':false,'against':'rows.csv','complete':true,"
            "'bytes':3000,'bytes_total':3000,'chunk':7,'rows_expected':0,'rows_found':0,"
            "'partitions':[],'rejected':0,'counts':{},'differences':[],'notes':[],"
            "'seconds':1.5}],'seconds':2.0}\n");
  report = Mixed();
  report.loads.erase(report.loads.begin(), report.loads.begin() + 3);
  EXPECT_EQ(JsonText(report),
            "{'verdict':'not proven','level':'digest','proves':'the very records that were sent, "
            "each once and in order: key, value, headers, set times','limits':'not that they are "
            "the rows of the files: --level source proves that','loads':[{'verdict':'cannot be "
            "audited','load':'gone','topic':'t','error':'its topic is gone'},"
            "{'verdict':'together','load':'x.1-of-2','topic':'t','complete':true,'bytes':3000,"
            "'rows_expected':200,'rejected':0,'counts':{},'differences':[],'notes':[]},"
            "{'verdict':'not proven','load':'x.2-of-2','topic':'t','complete':true,'bytes':3000,"
            "'rows_expected':200,'rejected':0,'counts':{'unfinished':1},"
            "'differences':[{'kind':'unfinished','text':'it goes on'}],'notes':['a note']}],"
            "'together':[{'verdict':'not proven','topic':'t','loads':['x.1-of-2','x.2-of-2'],"
            "'compared':'number and sum of digests','rows_expected':70,'rows_found':71,"
            "'partitions':[{'partition':0,'expected':40,'found':40,'difference':0,"
            "'digest':'equal','begin':2,'end':60},{'partition':1,'expected':30,'found':31,"
            "'difference':1,'digest':'differs','begin':2,'end':60,'differs':'in number'}],"
            "'counts':{'foreign':1},'differences':[{'kind':'foreign','text':'a record of "
            "none'}]}],'amiss':['shard x.3-of-3 is missing'],'rests':[{'topic':'t','loads':6,"
            "'counts':{'foreign':1},'differences':[{'kind':'foreign','text':'a record in "
            "between'}]}],'seconds':2.0}\n");
}

TEST(ReportTextTest, JsonOfNothingHasEmptyLists) {
  LoadsReport report;
  report.groups.emplace_back();
  EXPECT_EQ(JsonText(report),
            "{'verdict':'proven','level':'digest','proves':'the very records that were sent, "
            "each once and in order: key, value, headers, set times','limits':'not that they are "
            "the rows of the files: --level source proves that','loads':[],"
            "'together':[{'verdict':'proven','topic':'','loads':[],'compared':'number',"
            "'rows_expected':0,'rows_found':0,'partitions':[],'counts':{},'differences':[]}],"
            "'seconds':0.0}\n");
}

TEST(ReportTextTest, LoadsAreProvenOnlyIfNothingIsAmiss) {
  EXPECT_TRUE(TwoGoodLoads().proven());
  LoadsReport report = TwoGoodLoads();
  report.loads[1] = VerdictOf("gone", std::nullopt);
  EXPECT_FALSE(report.proven());
  const LoadsReport mixed = Mixed();
  report = TwoGoodLoads();
  report.amiss = mixed.amiss;
  EXPECT_FALSE(report.proven());
  report = TwoGoodLoads();
  report.rests = {{"t", 2, {}}};
  report.groups.emplace_back();
  EXPECT_TRUE(report.proven());
  report.rests = mixed.rests;
  EXPECT_FALSE(report.proven());
  report.rests.clear();
  report.groups[0].findings.Add(FindingWith(FindingKind::kForeign, "a record"));
  EXPECT_FALSE(report.proven());
  report.groups[0] = {};
  report.groups[0].partitions = mixed.groups[0].partitions;
  EXPECT_FALSE(report.proven());
}

}  // namespace
}  // namespace onceload
