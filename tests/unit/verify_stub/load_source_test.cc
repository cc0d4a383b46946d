// Audits of one load against its files.
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "unit/verify_stub/audit_world.h"

namespace onceload {
namespace {

using Lines = std::vector<std::string>;

class LoadSourceTest : public testing::Test {
 protected:
  LoadSourceTest() {
    world_.request.name = "a";
    world_.request.level = AuditLevel::kSource;
  }

  // What the directory is called says nothing.
  std::string Short(std::string text) const {
    const std::string path = world_.directory / "";
    for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path)) {
      text.erase(at, path.size());
    }
    return text;
  }
  std::string Text() { return Short(TextOf(world_.Audit())); }
  std::string Thrown() {
    return Short(ErrorOf([&] { return world_.Audit(); }));
  }
  void Give(const std::vector<std::string>& names) {
    world_.request.files.clear();
    for (const std::string& name : names) world_.request.files.push_back(world_.directory / name);
  }

  AuditWorld world_;
};

TEST_F(LoadSourceTest, ALoadIsProvenByItsFile) {
  world_.Load("a", {"1", "2", "3", "4", "5"});
  Give({"a.csv"});
  const AuditReport report = world_.Audit();
  EXPECT_EQ(Short(TextOf(report)),
            "partition  expected  found  difference  digest  offsets\n"
            "        0         2      2           0  equal   0-1\n"
            "        1         1      1           0  equal   0-0\n"
            "        2         2      2           0  equal   0-1\n"
            "      all         5      5           0\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "proven: 5 rows in 3 partitions, each once and in order, against a.csv (0.0 s)\n");
  EXPECT_EQ(report.load, "a");
  EXPECT_EQ(report.record, world_.loads["a"]);
  EXPECT_EQ(report.notes, Lines{});
}

TEST_F(LoadSourceTest, ARowThatIsAnotherIsNamed) {
  world_.Load("a", {"1", "2", "3", "4", "5"});
  world_.Events("rows", 2)[0].value = "another";
  Give({"a.csv"});
  EXPECT_EQ(Text(),
            "partition  expected  found  difference  digest                       offsets\n"
            "        0         2      2           0  equal                        0-1\n"
            "        1         1      1           0  equal                        0-0\n"
            "        2         2      2           0  differs from its first rows  0-1\n"
            "      all         5      5           0\n"
            "changed: row 2 (byte 5) is another in partition 2 at offset 0: key 2, value "
            "another\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "NOT proven: 5 rows expected in 3 partitions, 5 records found; 1 changed; against "
            "a.csv (0.0 s)\n");
}

TEST_F(LoadSourceTest, EachRecordIsShownToTheWitness) {
  world_.Load("a", {"1", "2", "3"});
  Give({"a.csv"});
  Lines seen;
  world_.request.witness = [&](const CommittedRecord& record, const DigestRule& rule) {
    EXPECT_EQ(rule, world_.loads["a"].digest_rule());
    seen.emplace_back(*record.key);
  };
  EXPECT_TRUE(world_.Audit().proven());
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (Lines{"1", "2", "3"}));
}

TEST_F(LoadSourceTest, WithoutARecordTheWholeTopicIsTheFiles) {
  world_.Load("b", {"1", "2", "3", "4", "5"});
  Give({"b.csv"});
  EXPECT_EQ(Text(),
            "partition  expected  found  difference  digest  offsets\n"
            "        0         2      2           0  equal   0-2\n"
            "        1         1      1           0  equal   0-1\n"
            "        2         2      2           0  equal   0-2\n"
            "      all         5      5           0\n"
            "note: Kafka has no progress record of load a: the whole topic has been compared "
            "with the whole input, but for record times\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "proven: 5 rows in 3 partitions, each once and in order, against b.csv (0.0 s)\n");
  world_.request.exclusive = true;
  EXPECT_TRUE(world_.Audit().proven()) << "all of it is compared as it is";
  world_.plain.encode.headers = true;
  EXPECT_EQ(world_.Audit().notes.back(),
            "Kafka has no progress record of load a: the whole topic has been compared with the "
            "whole input, but for headers and record times");
  world_.stub.topics.erase("progress");
  world_.plain.encode.headers = false;
  const AuditReport report = world_.Audit();
  EXPECT_TRUE(report.proven()) << "though of no load";
  EXPECT_EQ(report.notes.size(), 1U);
  EXPECT_EQ(report.load, "a");
  world_.stub.topics.erase("rows");
  EXPECT_EQ(Thrown(),
            "2 there is no topic rows: cluster cluster; check --topic and --bootstrap-server");
}

// Files of other columns may only be mixed where that was said.
TEST_F(LoadSourceTest, WithoutARecordColumnsAreAsTheRequestSays) {
  world_.Write("a.csv", {"1"});
  std::ofstream(world_.directory / "b.csv") << "x\n1\n";
  Give({"a.csv", "b.csv"});
  EXPECT_NE(Thrown().find("b.csv"), std::string::npos);
  world_.request.union_columns = true;
  EXPECT_EQ(Thrown(), "nothing");
}

TEST_F(LoadSourceTest, WithoutARecordRowsMayBeAsLongAsTheRequestSays) {
  world_.Write("a.csv", {"1", "2222222222222222222222"});
  Give({"a.csv"});
  const auto expected = [&] { return world_.Audit().expected(); };
  EXPECT_EQ(expected(), 2U);
  world_.request.record_bytes_max = 10;
  EXPECT_EQ(expected(), 1U);
}

TEST_F(LoadSourceTest, RowsThatTheTopicIsTooSmallForAreNotExpected) {
  ProgressRecord& load = world_.Begin("a", {"1", std::string(3'000, '2')});
  load.limits.record_bytes = 10'000;
  world_.Put("a", "1");
  ++load.position.row.value;
  load.rejected = load.rejected_lines = 1;
  world_.Commit("a", /*complete=*/true);
  Give({"a.csv"});
  const StubAnswer small{.settings = {{"max.message.bytes", "2000"}}};
  world_.stub.admin["DescribeConfigs"] = {{}, small, {}, small};
  EXPECT_EQ(Text(),
            "partition  expected  found  difference  digest  offsets\n"
            "        0         1      1           0  equal   0-0\n"
            "        1         0      0           0  equal   -\n"
            "        2         0      0           0  equal   -\n"
            "      all         1      1           0\n"
            "rejected: 1 rows\n"
            "note: 1 rows of the input cannot be loaded and are not expected in the topic\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "proven: 1 rows in 3 partitions, each once and in order, against a.csv (0.0 s)\n");
  load.limits.message_bytes = 50'000;  // as it was when the load began
  world_.PutRecord(load);
  EXPECT_FALSE(world_.Audit().proven());
}

TEST_F(LoadSourceTest, TheLoadsOwnLimitOfARecordCounts) {
  ProgressRecord& load = world_.Begin("a", {"1", std::string(3'000, '2')});
  load.limits.record_bytes = 100;
  world_.Put("a", "1");
  ++load.position.row.value;
  load.rejected = load.rejected_lines = 1;
  world_.Commit("a", /*complete=*/true);
  Give({"a.csv"});
  EXPECT_TRUE(world_.Audit().proven());
}

TEST_F(LoadSourceTest, DeadLettersAreThoseOfTheFile) {
  ProgressRecord& load = world_.Begin("a", {"1", "2,x", "3"});
  world_.Put("a", "1");
  ++load.position.row.value;
  load.rejected = load.rejected_lines = 1;
  load.dead_letter_topic = "dead";
  load.dead_letters.rows = 1;
  load.dead_letters.first = KafkaOffset{0};
  load.dead_letters.end = KafkaOffset{1};
  world_.stub.topics["dead"] = 1;
  world_.Append("dead", 0, "a", "2,x");
  world_.Put("a", "3");
  world_.Commit("a", /*complete=*/true);
  Give({"a.csv"});
  EXPECT_EQ(Text(),
            "partition  expected  found  difference  digest  offsets\n"
            "        0         1      1           0  equal   0-0\n"
            "        1         0      0           0  equal   -\n"
            "        2         1      1           0  equal   0-0\n"
            "      all         2      2           0\n"
            "rejected: 1 rows, dead letters in dead: 1 expected, 1 found, digest differs, "
            "offsets 0-0\n"
            "dead-letter: topic dead holds 1 dead letters of the load where 1 should be, not the "
            "same ones in that order\n"
            "note: 1 rows of the input cannot be loaded and are not expected in the topic\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "NOT proven: 2 rows expected in 3 partitions, 2 records found; 1 dead-letter; "
            "against a.csv (0.0 s)\n");
}

// --- which files ---------------------------------------------------------------------------------

TEST_F(LoadSourceTest, AFileThatIsNotThereIsToldBeforeABrokerIsAsked) {
  Give({"none.csv"});
  world_.stub.metadata_errors = {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED};
  EXPECT_EQ(Thrown(), "3 the input file does not exist: none.csv; check the path");
}

TEST_F(LoadSourceTest, AnotherFileProvesNothing) {
  world_.Load("a", {"1", "2"});
  world_.Write("other.csv", {"7", "8", "9"});
  Give({"other.csv"});
  EXPECT_FALSE(world_.Audit().proven());
  std::ofstream(world_.directory / "columns.csv") << "x\n1\n";
  Give({"columns.csv"});
  EXPECT_EQ(Thrown(),
            "3 the columns are not those of what was loaded: columns.csv, load a; give the files "
            "that were loaded");
}

TEST_F(LoadSourceTest, AllFilesHaveToBeThere) {
  ProgressRecord& load = world_.Begin("a", {"1", "2"});
  for (const char* id : {"1", "2"}) world_.Put("a", id);
  world_.Commit("a", /*complete=*/true);
  InputFile second;
  second.path = world_.Write("second.csv", {});
  second.size = 3;
  load.inputs.push_back(second);
  load.inputs[1].end = InputPosition{.file = 1, .byte = ByteOffset{3}};
  load.position = *load.inputs[1].end;
  load.position.prefix = FingerprintOfPrefix(SourceFile(second.path), ByteOffset{3});
  load.inputs[1].end = load.position;
  world_.PutRecord(load);
  Give({"a.csv"});
  std::filesystem::rename(second.path, second.path + ".away");
  EXPECT_EQ(Thrown(), "nothing") << "a file without rows says nothing";
  std::filesystem::rename(second.path + ".away", second.path);
  Give({"second.csv"});
  EXPECT_EQ(Thrown(),
            "3 a file of this load is not among those given: a.csv; --source needs all of its 2 "
            "files");
  load.inputs[0].path.clear();
  world_.PutRecord(load);
  EXPECT_EQ(Thrown(),
            "3 a file of this load is not among those given: one of 2 rows in 7 bytes, loaded "
            "long ago; --source needs all of its 2 files");
}

TEST_F(LoadSourceTest, ColumnsAreThoseOfTheLoadInItsOrder) {
  FrozenEncoding encoding = world_.plain;
  encoding.columns = {"id", "x"};
  world_.Begin("a", {}, encoding);
  std::ofstream(world_.loads["a"].inputs[0].path) << "x,id\n7,1\n";
  world_.loads["a"].inputs[0].size = 9;
  world_.PutAs("a", "1", R"({"id":"1","x":"7"})");
  world_.Commit("a", /*complete=*/true);
  Give({"a.csv"});
  EXPECT_TRUE(world_.Audit().proven());
}

TEST_F(LoadSourceTest, AFooterIsPassedOver) {
  world_.Begin("a", {"1", "2", "total"});
  for (const char* id : {"1", "2"}) world_.Put("a", id);
  world_.Commit("a", /*complete=*/true);
  world_.loads["a"].inputs[0].end.reset();
  world_.PutRecord(world_.loads["a"]);
  Give({"a.csv"});
  EXPECT_FALSE(world_.Audit().proven());
  world_.request.skip_footer = 1;
  EXPECT_TRUE(world_.Audit().proven());
}

// A connection to each of many brokers takes threads and room.
TEST_F(LoadSourceTest, WhatAClientOfManyBrokersNeedsIsCheckedBefore) {
  world_.Load("a", {"1"});
  Give({"a.csv"});
  world_.stub.brokers = 4;
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &limit), 0);
  rlimit low = limit;
  low.rlim_cur = rlim_t{2} << 30;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &low), 0);
  const std::string thrown = Thrown();
  setrlimit(RLIMIT_AS, &limit);
  EXPECT_TRUE(thrown.starts_with("2 the limit of address space is too low")) << thrown;
}

TEST_F(LoadSourceTest, AFileIsKnownByItsText) {
  world_.Load("a", {"1", "2"});
  std::filesystem::rename(world_.directory / "a.csv", world_.directory / "moved.csv");
  Give({"moved.csv"});
  EXPECT_TRUE(world_.Audit().proven());
}

}  // namespace
}  // namespace onceload
