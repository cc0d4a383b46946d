// Audits of one load, from the first question to the verdict.
#include <gtest/gtest.h>

#include "onceload/checkpoint/checkpoint_store.h"
#include "unit/verify_stub/audit_world.h"

namespace onceload {
namespace {

using Ids = std::vector<std::string>;
using Lines = std::vector<std::string>;

class LoadAuditTest : public testing::Test {
 protected:
  LoadAuditTest() { world_.request.name = "a"; }

  std::string Text() { return TextOf(world_.Audit()); }
  std::string Notes(const std::string& load) {
    world_.request.name = load;
    std::string text;
    for (const std::string& note : world_.Audit().notes) text += note + "\n";
    return text;
  }
  std::string Thrown() {
    std::string line = ErrorOf([&] { return world_.Audit(); });
    const std::string path = world_.directory / "";
    for (std::size_t at = line.find(path); at != std::string::npos; at = line.find(path)) {
      line.erase(at, path.size());
    }
    return line;
  }

  AuditWorld world_;
};

TEST_F(LoadAuditTest, ALoadIsProvenByItsRecords) {
  world_.Begin("a", {"1", "2", "3", "4", "5"});
  for (const char* id : {"1", "2", "3"}) world_.Put("a", id);
  world_.Commit("a");
  for (const char* id : {"4", "5"}) world_.Put("a", id);
  world_.Commit("a", /*complete=*/true);
  EXPECT_EQ(Text(),
            "partition  expected  found  difference  digest  offsets\n"
            "        0         2      2           0  equal   0-2\n"
            "        1         1      1           0  equal   1-1\n"
            "        2         2      2           0  equal   0-1\n"
            "      all         5      5           0\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "proven: 5 rows in 3 partitions, each once and in order, against Kafka's progress "
            "records up to chunk 2 (0.0 s)\n");
  EXPECT_EQ(world_.notices, Lines{});
}

TEST_F(LoadAuditTest, WhatIsNotKnownIsRefused) {
  EXPECT_EQ(Thrown(),
            "2 nothing is known of load a: progress topic progress, state file state.db; "
            "onceload status lists the loads; name one with --name, another progress topic with "
            "--progress-topic; --source FILE compares the topic with a file");
  world_.stub.topics.erase("progress");
  EXPECT_EQ(Thrown(),
            "2 nothing is known of load a: progress topic progress, state file state.db; "
            "onceload status lists the loads; name one with --name, another progress topic with "
            "--progress-topic; --source FILE compares the topic with a file");
}

TEST_F(LoadAuditTest, ATopicThatIsGoneDisagreesWithALoadThatHasRowsInIt) {
  world_.Load("a", {"1"});
  world_.stub.topics.erase("rows");
  EXPECT_EQ(Thrown(),
            "7 there is no topic rows: cluster cluster, load a; check --topic and "
            "--bootstrap-server");
  world_.Begin("b", {"1"});
  world_.PutRecord(world_.loads["b"]);  // claimed, no more
  world_.request.name = "b";
  EXPECT_EQ(Thrown(),
            "2 there is no topic rows: cluster cluster; check --topic and --bootstrap-server");
}

TEST_F(LoadAuditTest, ARecordThatCannotBeIsRefused) {
  world_.Load("a", {"1"});
  world_.loads["a"].position.row = RowNumber{7};
  world_.PutRecord(world_.loads["a"]);
  EXPECT_EQ(Thrown(),
            "7 the progress record cannot be right: 7 rows were read, 1 loaded and 0 rejected: "
            "load a, topic progress; something else writes to the progress topic, or it is "
            "damaged");
}

TEST_F(LoadAuditTest, AnotherTopicsIdIsRefused) {
  world_.Begin("a", {"1"}).topic_id = "first";
  world_.Put("a", "1");
  world_.Commit("a", /*complete=*/true);
  world_.stub.admin["DescribeTopics"] = {{}, {.topic_id = "second"}};
  EXPECT_EQ(Thrown(),
            "7 topic rows is not the one this load went into: it has been deleted and created "
            "again (id first, now second): load a; load the file again under another --name; the "
            "choices: onceload repair a -b ...");
}

TEST_F(LoadAuditTest, TheTopicHasToHaveAsManyRecords) {
  world_.Load("a", {"1", "2", "3", "4", "5"});
  auto& events = world_.Events("rows", PartitionOf("4", RowNumber{4}, 3).value);
  std::erase_if(events, [](const StubEvent& event) { return event.key == "4"; });
  EXPECT_EQ(Text(),
            "partition  expected  found  difference  digest                offsets\n"
            "        0         2      2           0  equal                 0-1\n"
            "        1         1      0          -1  differs from chunk 1  0-0\n"
            "        2         2      2           0  equal                 0-1\n"
            "      all         5      4          -1\n"
            "chunk: partition 1 differs from chunk 1 on (rows 1-5 of the input, offsets 0-0): 0 "
            "records where 1 were loaded\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 5 rows expected in 3 partitions, 4 records found; 1 chunk; against "
            "Kafka's progress records up to chunk 1 (0.0 s)\n");
  world_.request.level = AuditLevel::kCounts;
  EXPECT_EQ(Text(),
            "partition  expected  found  difference  digest                offsets\n"
            "        0         2      2           0  -                     0-1\n"
            "        1         1      0          -1  differs from chunk 1  0-0\n"
            "        2         2      2           0  -                     0-1\n"
            "      all         5      4          -1\n"
            "chunk: partition 1 differs from chunk 1 on (rows 1-5 of the input, offsets 0-0): 0 "
            "records where 1 were loaded\n"
            "level counts proves as many records as rows in each partition; not what is in them, "
            "nor their order\n"
            "NOT proven: 5 rows expected in 3 partitions, 4 records found; 1 chunk; against "
            "Kafka's progress records up to chunk 1 (0.0 s)\n");
}

TEST_F(LoadAuditTest, RecordsThatAreNoLoadsCountOnlyIfAskedFor) {
  world_.Append("rows", 1, "k", "before");
  world_.Load("a", {"1", "2", "3", "4", "5"});
  world_.Append("rows", 2, "k", "behind");
  world_.Load("b", {"6", "7", "8", "9"});
  EXPECT_TRUE(world_.Audit().proven());
  world_.request.exclusive = true;
  const AuditReport report = world_.Audit();
  EXPECT_TRUE(report.exclusive);
  EXPECT_EQ(TextOf(report),
            "partition  expected  found  difference  digest  offsets\n"
            "        0         2      2           0  equal   0-1\n"
            "        1         1      1           0  equal   1-1\n"
            "        2         2      2           0  equal   0-1\n"
            "      all         5      5           0\n"
            "foreign: the record in partition 1 at offset 0, before load a, is no load's: key k, "
            "value before\n"
            "foreign: the record in partition 2 at offset 3, between load a and load b, is no "
            "load's: key k, value behind\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 5 rows expected in 3 partitions, 5 records found; 2 foreign; against "
            "Kafka's progress records up to chunk 1 (0.0 s)\n");
}

// What was committed into a topic of that name before it was made again lies nowhere.
TEST_F(LoadAuditTest, LoadsOfAnotherTopicCoverNothing) {
  world_.Load("b", {"1", "2"});
  world_.loads["b"].topic_id = "first";
  world_.PutRecord(world_.loads["b"]);
  world_.Load("c", {"3"});
  world_.loads["c"].topic = "other";
  world_.PutRecord(world_.loads["c"]);
  world_.Load("a", {"4"});
  world_.request.exclusive = true;
  for (int i = 0; i < 9; ++i) world_.stub.admin["DescribeTopics"].push_back({.topic_id = "second"});
  EXPECT_EQ(Text(),
            "partition  expected  found  difference  digest  offsets\n"
            "        0         0      0           0  equal   -\n"
            "        1         1      1           0  equal   2-2\n"
            "        2         0      0           0  equal   -\n"
            "      all         1      1           0\n"
            "foreign: the record in partition 0 at offset 0, where no load has rows, is no "
            "load's: key 1, value {\"id\":\"1\"}\n"
            "foreign: the record in partition 2 at offset 0, where no load has rows, is no "
            "load's: key 2, value {\"id\":\"2\"}\n"
            "foreign: the record in partition 2 at offset 2, where no load has rows, is no "
            "load's: key 3, value {\"id\":\"3\"}\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 1 rows expected in 3 partitions, 1 records found; 3 foreign; against "
            "Kafka's progress records up to chunk 1 (0.0 s)\n");
}

TEST_F(LoadAuditTest, RowsOfOtherLoadsAmongThoseThatDifferAreSaid) {
  const Ids ids{"1", "2", "3", "4", "5"};
  for (const char* name : {"a", "b", "c"}) world_.Begin(name, ids);
  for (const std::string& id : ids) {
    for (const char* name : {"a", "b", "c"}) world_.Put(name, id);
  }
  for (const char* name : {"a", "b"}) world_.Commit(name, /*complete=*/true);
  world_.Load("d", ids);
  EXPECT_EQ(Notes("a"),
            "rows of b lie among this one's: verify without --name and files, or with --name "
            "'PATTERN', audits them together\n");
  for (std::int32_t p = 0; p < 3; ++p) {
    for (StubEvent& event : world_.Events("rows", p)) event.value = "another";
  }
  EXPECT_EQ(Notes("a"),
            "rows of b lie among this one's: verify without --name and files, or with --name "
            "'PATTERN', audits them together\n");
  world_.Commit("c", /*complete=*/true);
  EXPECT_EQ(Notes("a"),
            "rows of b and 1 other loads lie among this one's: verify without --name and files, "
            "or with --name 'PATTERN', audits them together\n");
  EXPECT_EQ(Notes("c"),
            "rows of a and 1 other loads lie among this one's: verify without --name and files, "
            "or with --name 'PATTERN', audits them together\n");
  EXPECT_EQ(Notes("d"), "");
}

// --- dead letters --------------------------------------------------------------------------------

class DeadLettersTest : public LoadAuditTest {
 protected:
  // Of three rows the second, which is no id's.
  DeadLettersTest() {
    ProgressRecord& load = world_.Begin("a", {"1", "\"", "3"});
    world_.Put("a", "1");
    ++load.position.row.value;
    load.rejected = load.rejected_lines = 1;
    load.dead_letter_topic = "dead";
    world_.stub.topics["dead"] = 1;
    world_.Append("dead", 0, "b", "another's");
    const std::int64_t offset = world_.Append("dead", 0, "a", "\"");
    load.dead_letters.Add(RecordDigest(DeadLetterDigest(load.rules), {"a", "\"", "", kNoTime}));
    load.dead_letters.first = KafkaOffset{offset};
    load.dead_letters.end = KafkaOffset{offset + 1};
    world_.Put("a", "3");
    world_.Commit("a", /*complete=*/true);
  }
};

TEST_F(DeadLettersTest, AreAudited) {
  EXPECT_EQ(Text(),
            "partition  expected  found  difference  digest  offsets\n"
            "        0         1      1           0  equal   0-0\n"
            "        1         0      0           0  equal   -\n"
            "        2         1      1           0  equal   0-0\n"
            "      all         2      2           0\n"
            "rejected: 1 rows, dead letters in dead: 1 expected, 1 found, digest equal, offsets "
            "1-1\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "proven: 2 rows in 3 partitions, each once and in order, 1 dead letters, against "
            "Kafka's progress records up to chunk 1 (0.0 s)\n");
}

TEST_F(DeadLettersTest, ThatAreOthersAreToldFromThem) {
  world_.Events("dead", 0)[1].value = "another";
  EXPECT_EQ(Text(),
            "partition  expected  found  difference  digest  offsets\n"
            "        0         1      1           0  equal   0-0\n"
            "        1         0      0           0  equal   -\n"
            "        2         1      1           0  equal   0-0\n"
            "      all         2      2           0\n"
            "rejected: 1 rows, dead letters in dead: 1 expected, 1 found, digest differs, "
            "offsets 1-1\n"
            "dead-letter: topic dead holds 1 dead letters of the load where 1 should be, not the "
            "same ones in that order\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 2 rows expected in 3 partitions, 2 records found; 1 dead-letter; "
            "against Kafka's progress records up to chunk 1 (0.0 s)\n");
}

TEST_F(DeadLettersTest, WhoseTopicIsGoneAreRefused) {
  world_.stub.topics.erase("dead");
  EXPECT_EQ(Thrown(),
            "7 topic dead, with 1 dead letters of this load, is gone: load a; check "
            "--bootstrap-server");
}

// --- the ledger ----------------------------------------------------------------------------------

class AuditedLedgerTest : public LoadAuditTest {
 protected:
  AuditedLedgerTest() {
    world_.Begin("a", {"1", "2", "3"});
    for (const char* id : {"1", "2", "3"}) {
      world_.Put("a", id);
      world_.Commit("a", *id == '3');
      records_.push_back(world_.loads["a"]);
    }
  }

  // As far as a chunk.
  void Write(std::size_t chunks) {
    Failpoints none;
    CheckpointStore store(world_.request.state, CheckpointStore::Mode::kReadWrite, none);
    ProgressRecord start = records_[0];
    start.chunk = ChunkNumber{0};
    start.partitions.assign(3, {});
    start.position = {};
    start.run_id = "run";
    store.BeginRun(start, 1, "1.0");
    for (std::size_t i = 0; i < chunks; ++i) {
      ProgressRecord record = records_[i];
      record.run_id = "run";
      store.Adopt(record, "run", 1);
    }
  }

  std::vector<ProgressRecord> records_;
};

TEST_F(AuditedLedgerTest, IsUsedIfItIsThere) {
  EXPECT_EQ(world_.Audit().against, "Kafka's progress records up to chunk 3");
  Write(2);
  EXPECT_EQ(world_.Audit().against, "state file and Kafka's progress records up to chunk 3");
  EXPECT_EQ(world_.notices, Lines{});
}

TEST_F(AuditedLedgerTest, ThatSaysSomethingElseDisagrees) {
  records_[2].load_id = "another";
  Write(3);
  EXPECT_EQ(Thrown(),
            "7 state file and Kafka hold two loads of one name: another and id of a: load a; "
            "check --bootstrap-server, --progress-topic and --state; with --source and the file "
            "the topic is audited without the state file; the choices: onceload repair a -b ...");
}

TEST_F(AuditedLedgerTest, ThatCannotBeReadIsAWordNoMore) {
  std::ofstream(world_.request.state) << "no database, but long enough for one";
  EXPECT_TRUE(world_.Audit().proven());
  ASSERT_EQ(world_.notices.size(), 1U);
  EXPECT_TRUE(world_.notices[0].starts_with("going on with Kafka's own record alone: "))
      << world_.notices[0];
}

}  // namespace
}  // namespace onceload
