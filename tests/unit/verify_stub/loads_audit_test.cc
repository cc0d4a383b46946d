// Audits of several loads.
#include <gtest/gtest.h>

#include "onceload/verify/known_loads.h"
#include "unit/verify_stub/audit_world.h"

namespace onceload {
namespace {

using Ids = std::vector<std::string>;
using Lines = std::vector<std::string>;

const Ids kIds{"1", "2", "3", "4", "5"};

class LoadsAuditTest : public testing::Test {
 protected:
  LoadsAuditTest() { world_.request.topic.clear(); }

  std::string Text() { return TextOf(world_.AuditLoads()); }
  std::string Thrown() {
    return ErrorOf([&] { return world_.AuditLoads(); });
  }
  // The loads that are told of, and what is amiss.
  std::string Told() {
    std::string text;
    const LoadsReport report = world_.AuditLoads();
    for (const LoadVerdict& load : report.loads) {
      text += load.load + (load.proven() ? "" : " (not proven)") + "\n";
    }
    for (const std::string& amiss : report.amiss) text += amiss + "\n";
    return text;
  }
  // Loads that have rows by turns.
  void Mingle(const std::vector<std::string>& names,
              const std::optional<FrozenEncoding>& encoding = std::nullopt, bool headers = false) {
    for (const std::string& name : names) world_.Begin(name, kIds, encoding);
    for (const std::string& id : kIds) {
      for (const std::string& name : names) {
        world_.Put(name, id, headers ? world_.loads[name].load_id : "");
      }
    }
    for (const std::string& name : names) world_.Commit(name, /*complete=*/true);
  }
  void Spoil(std::int32_t partition, std::size_t record) {
    world_.Events("rows", partition)[record].value = "another";
  }

  AuditWorld world_;
};

TEST_F(LoadsAuditTest, AllLoadsAreAuditedOneByOne) {
  for (const char* name : {"b", "a", "c"}) world_.Load(name, kIds);
  Spoil(0, 0);
  EXPECT_EQ(Text(),
            "load  topic  rows  found  bytes  state     verdict\n"
            "a     rows      5      5     13  finished  proven\n"
            "b     rows      5      5     13  finished  NOT proven: 1 chunk\n"
            "c     rows      5      5     13  finished  proven\n"
            "load b: \n"
            "chunk: partition 0 differs from chunk 1 on (rows 1-5 of the input, offsets 0-1): 2 "
            "records where 2 were loaded, not the same ones in that order\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 3 loads, 15 rows (0.0 s)\n");
}

TEST_F(LoadsAuditTest, OnlyThoseThatAreAskedForAreTold) {
  for (const char* name : {"b", "a1", "a2"}) world_.Load(name, kIds);
  world_.stub.topics["more"] = 3;
  world_.Begin("other", kIds).topic = "more";
  world_.Commit("other", /*complete=*/true);
  EXPECT_EQ(Told(),
            "a1\n"
            "a2\n"
            "b\n"
            "other\n");
  world_.request.names = "a*";
  EXPECT_EQ(Told(),
            "a1\n"
            "a2\n");
  world_.request.names = "a2";
  EXPECT_EQ(Told(), "a2\n");
  world_.request.names.clear();
  world_.request.topic = "more";
  EXPECT_EQ(Told(), "other\n");
}

TEST_F(LoadsAuditTest, NamesThatNobodyHasAreRefused) {
  EXPECT_EQ(Thrown(),
            "2 no load is known: progress topic progress; check --topic, --name and "
            "--progress-topic; --source FILE compares a topic with a file");
  world_.Load("a", kIds);
  world_.request.names = "x*";
  EXPECT_EQ(Thrown(),
            "2 no load is known by x*: progress topic progress; check --topic, --name and "
            "--progress-topic; --source FILE compares a topic with a file");
  world_.request.names.clear();
  world_.request.topic = "none";
  EXPECT_EQ(Thrown(),
            "2 no load is known of topic none: progress topic progress; check --topic, --name "
            "and --progress-topic; --source FILE compares a topic with a file");
  world_.request.names = "x*";
  EXPECT_EQ(Thrown(),
            "2 no load is known by x* of topic none: progress topic progress; check --topic, "
            "--name and --progress-topic; --source FILE compares a topic with a file");
  world_.stub.topics.erase("progress");
  EXPECT_EQ(Thrown(),
            "2 no load is known by x* of topic none: progress topic progress; check --topic, "
            "--name and --progress-topic; --source FILE compares a topic with a file");
}

// A name with a bracket is one, and no pattern.
TEST_F(LoadsAuditTest, AWholeNameIsNoPattern) {
  world_.Load("a[1]", kIds);
  world_.request.names = "a[1]";
  EXPECT_EQ(Told(), "a[1]\n");
}

TEST_F(LoadsAuditTest, ALoadThatCannotBeAuditedDoesNotKeepOthersFromIt) {
  world_.Load("a", kIds);
  world_.Load("b", kIds);
  world_.loads["a"].cluster_id = "elsewhere";
  world_.PutRecord(world_.loads["a"]);
  EXPECT_EQ(Text(),
            "load  topic  rows  found  bytes  state     verdict\n"
            "a     rows      0      0      0  finished  cannot be audited\n"
            "b     rows      5      5     13  finished  proven\n"
            "load a: this load went into cluster elsewhere, the brokers given are cluster "
            "cluster: load a; check --bootstrap-server and --topic\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 2 loads, 5 rows (0.0 s)\n");
}

TEST_F(LoadsAuditTest, BrokersThatAnswerNoMoreEndIt) {
  world_.stub.watermarks[{"rows", 0}].error = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
  world_.Load("a", kIds);
  EXPECT_TRUE(Thrown().starts_with("5 no offsets of the topic for 30 s: rows partition 0"))
      << Thrown();
  world_.request.names = "b";
  Mingle({"b", "c"});
  EXPECT_TRUE(Thrown().starts_with("5 no offsets of the topic for 30 s: rows partition 0"))
      << Thrown();
}

// Time that goes on with each look at it.
class TickingClock final : public Clock {
 public:
  Duration Now() const override { return now_ += Duration{1'000}; }
  std::chrono::milliseconds WallClock() const override { return now_; }
  void Sleep(Duration wait) override { now_ += wait; }

 private:
  mutable Duration now_{0};
};

TEST_F(LoadsAuditTest, EachAuditSaysHowLongItTook) {
  Mingle({"a", "b"});
  world_.Load("c", kIds);
  world_.Settle();
  TickingClock clock;
  const LoadsReport report = AuditLoads(world_.request, clock);
  for (const LoadVerdict& load : report.loads) {
    EXPECT_GE(load.report->seconds, 1) << load.load;
    EXPECT_LT(load.report->seconds, report.seconds) << load.load;
  }
  world_.request.name = "c";
  world_.request.topic = "rows";
  const Duration begun = clock.Now();
  EXPECT_GE(Audit(world_.request, clock).seconds, 1);
  EXPECT_LE(Audit(world_.request, clock).seconds,
            static_cast<double>((clock.Now() - begun).count()) / 1000);
}

TEST_F(LoadsAuditTest, ATopicThatIsGoneIsToldOfEachOfItsLoads) {
  Mingle({"a", "b"});
  world_.stub.topics.erase("rows");
  EXPECT_EQ(Text(),
            "load  topic  rows  found  bytes  state     verdict\n"
            "a     rows      0      0      0  finished  cannot be audited\n"
            "b     rows      0      0      0  finished  cannot be audited\n"
            "load a: there is no topic rows: cluster cluster, load a; check --topic and "
            "--bootstrap-server\n"
            "load b: there is no topic rows: cluster cluster, load b; check --topic and "
            "--bootstrap-server\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 2 loads, 0 rows (0.0 s)\n");
}

TEST_F(LoadsAuditTest, WhatIsNoLoadsIsToldOnceATopic) {
  world_.Append("rows", 0, "k", "before");
  for (const char* name : {"a", "b"}) world_.Load(name, kIds);
  world_.Append("rows", 0, "k", "behind");
  world_.request.exclusive = true;
  EXPECT_EQ(Text(),
            "load  topic  rows  found  bytes  state     verdict\n"
            "a     rows      5      5     13  finished  proven\n"
            "b     rows      5      5     13  finished  proven\n"
            "topic rows: 2 records that are no load's, beside 2 loads\n"
            "foreign: the record in partition 0 at offset 0, before load a, is no load's: key k, "
            "value before\n"
            "foreign: the record in partition 0 at offset 7, behind load b, is no load's: key k, "
            "value behind\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 2 loads, 10 rows (0.0 s)\n");
  world_.request.names = "a";
  EXPECT_EQ(world_.AuditLoads().rests[0].loads, 2U);
}

// The topic's own facts are asked for, though no load of it could be audited.
TEST_F(LoadsAuditTest, WhatIsNoLoadsIsToldOfATopicWhoseLoadsCannotBeAudited) {
  world_.Load("a", kIds);
  world_.Append("rows", 0, "k", "behind");
  world_.loads["a"].position.row.value += 1;
  world_.PutRecord(world_.loads["a"]);
  world_.request.exclusive = true;
  EXPECT_EQ(Text(),
            "load  topic  rows  found  bytes  state     verdict\n"
            "a     rows      0      0      0  finished  cannot be audited\n"
            "load a: the progress record cannot be right: 6 rows were read, 5 loaded and 0 "
            "rejected: load a, topic progress; something else writes to the progress topic, or "
            "it is damaged\n"
            "topic rows: 1 records that are no load's, beside 1 loads\n"
            "foreign: the record in partition 0 at offset 3, behind load a, is no load's: key k, "
            "value behind\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 1 loads, 0 rows (0.0 s)\n");
}

// --- loads among each other ----------------------------------------------------------------------

TEST_F(LoadsAuditTest, LoadsAmongEachOtherAreAuditedTogether) {
  Mingle({"a", "b"});
  world_.Load("c", kIds);
  EXPECT_EQ(Text(),
            "load  topic  rows  found  bytes  state     verdict\n"
            "a     rows      5      -     13  finished  with others, below\n"
            "b     rows      5      -     13  finished  with others, below\n"
            "c     rows      5      5     13  finished  proven\n"
            "together: 2 loads, a to b, whose rows lie among each other in rows; records do not "
            "say whose they are\n"
            "partition  expected  found  difference  sum    offsets\n"
            "        0         4      4           0  equal  0-3\n"
            "        1         2      2           0  equal  0-1\n"
            "        2         4      4           0  equal  0-3\n"
            "      all        10     10           0\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "of loads together it proves each record, once; not in what order\n"
            "proven: 3 loads, 15 rows (0.0 s)\n");
  world_.request.names = "b";
  EXPECT_EQ(Told(), "b\n");
  world_.request.names = "c";
  EXPECT_TRUE(world_.AuditLoads().groups.empty());
}

TEST_F(LoadsAuditTest, ARowThatIsAnotherAmongThemIsFound) {
  Mingle({"a", "b"});
  Spoil(0, 1);
  EXPECT_EQ(Text(),
            "load  topic  rows  found  bytes  state     verdict\n"
            "a     rows      5      -     13  finished  with others, below\n"
            "b     rows      5      -     13  finished  with others, below\n"
            "together: 2 loads, a to b, whose rows lie among each other in rows; records do not "
            "say whose they are\n"
            "partition  expected  found  difference  sum                     offsets\n"
            "        0         4      4           0  differs in its records  0-3\n"
            "        1         2      2           0  equal                   0-1\n"
            "        2         4      4           0  equal                   0-3\n"
            "      all        10     10           0\n"
            "unnamed: partition 0 holds 4 records where 4 were loaded by these loads, not the "
            "same ones\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "of loads together it proves each record, once; not in what order\n"
            "NOT proven: 2 loads, 10 rows (0.0 s)\n");
  world_.request.level = AuditLevel::kCounts;
  EXPECT_TRUE(world_.AuditLoads().proven());
}

TEST_F(LoadsAuditTest, OneThatCannotBeAuditedKeepsThoseAmongItFromIt) {
  Mingle({"a", "b", "c"});
  world_.loads["a"].cluster_id = "elsewhere";
  world_.PutRecord(world_.loads["a"]);
  EXPECT_EQ(Text(),
            "load  topic  rows  found  bytes  state     verdict\n"
            "a     rows      0      0      0  finished  cannot be audited\n"
            "b     rows      0      0      0  finished  cannot be audited\n"
            "c     rows      0      0      0  finished  cannot be audited\n"
            "load a: this load went into cluster elsewhere, the brokers given are cluster "
            "cluster: load a; check --bootstrap-server and --topic\n"
            "load b: this load went into cluster elsewhere, the brokers given are cluster "
            "cluster: load a; check --bootstrap-server and --topic\n"
            "load c: this load went into cluster elsewhere, the brokers given are cluster "
            "cluster: load a; check --bootstrap-server and --topic\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 3 loads, 0 rows (0.0 s)\n");
}

TEST_F(LoadsAuditTest, LoadsThatHeadersTellApartAreTold) {
  FrozenEncoding encoding = world_.plain;
  encoding.encode.headers = true;
  Mingle({"a", "b"}, encoding, /*headers=*/true);
  EXPECT_EQ(Text(),
            "load  topic  rows  found  bytes  state     verdict\n"
            "a     rows      5      5     13  finished  proven\n"
            "b     rows      5      5     13  finished  proven\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "proven: 2 loads, 10 rows (0.0 s)\n");
  Spoil(0, 1);
  EXPECT_EQ(Text(),
            "load  topic  rows  found  bytes  state     verdict\n"
            "a     rows      5      5     13  finished  proven\n"
            "b     rows      5      5     13  finished  NOT proven: 1 unnamed\n"
            "load b: \n"
            "unnamed: partition 0 holds 2 records where 2 were loaded by b, not the same ones in "
            "that order\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 2 loads, 10 rows (0.0 s)\n");
}

TEST_F(LoadsAuditTest, DeadLettersOfLoadsAmongEachOtherAreEachItsOwn) {
  Mingle({"a", "b"});
  world_.stub.topics["dead"] = 1;
  ProgressRecord& load = world_.loads["b"];
  load.position.row.value += 1;
  load.inputs[0].end->row.value += 1;
  load.rejected = load.rejected_lines = 1;
  load.dead_letter_topic = "dead";
  load.dead_letters.Add(RecordDigest(DeadLetterDigest(load.rules), {"b", "bad", "", kNoTime}));
  load.dead_letters.first = KafkaOffset{world_.Append("dead", 0, "b", "bad")};
  load.dead_letters.end = KafkaOffset{1};
  world_.PutRecord(load);
  const LoadsReport report = world_.AuditLoads();
  EXPECT_TRUE(report.proven());
  EXPECT_FALSE(report.loads[0].report->dead_letters);
  EXPECT_EQ(report.loads[1].report->dead_letters->found, 1U);
  world_.Events("dead", 0)[0].value = "another";
  EXPECT_EQ(Told(),
            "a\n"
            "b (not proven)\n");
}

TEST_F(LoadsAuditTest, ALoadThatWasMadeAgainElsewhereIsNotAmongOthers) {
  Mingle({"a", "b"});
  world_.loads["a"].topic_id = "first";
  world_.PutRecord(world_.loads["a"]);
  for (int i = 0; i < 20; ++i) {
    world_.stub.admin["DescribeTopics"].push_back({.topic_id = "second"});
  }
  const LoadsReport report = world_.AuditLoads();
  EXPECT_TRUE(report.groups.empty());
  EXPECT_FALSE(report.loads[0].report);
  EXPECT_TRUE(report.loads[1].report);
}

// --- what the progress topic knows ---------------------------------------------------------------

class KnownLoadsTest : public testing::Test {
 protected:
  std::string Names() {
    world_.Settle();
    std::string names;
    KafkaWait wait(world_.clock, world_.request.retry_budget, "b:1", world_.request.notice);
    const auto scan = MakeRdkafkaScan(world_.request.config, "progress");
    Cluster cluster(world_.request.config);
    for (const ProgressRecord& load :
         KnownLoads("progress", cluster, *scan, wait, world_.request.notice)) {
      names += load.load_name + " " + std::to_string(load.chunk.value) + "\n";
    }
    return names;
  }

  AuditWorld world_;
};

TEST_F(KnownLoadsTest, AreTheNewestRecordOfEach) {
  EXPECT_EQ(Names(), "");
  for (const char* name : {"b", "a", "c"}) world_.Load(name, {"1"});
  for (int chunk = 0; chunk < 3; ++chunk) world_.Commit("a");
  EXPECT_EQ(Names(), "a 4\nb 1\nc 1\n");
}

TEST_F(KnownLoadsTest, HaveNoTombstone) {
  for (const char* name : {"a", "b"}) world_.Load(name, {"1"});
  const auto end = [&](const std::string& name) {
    const PartitionId partition = PartitionOf(name, RowNumber{1}, kProgressPartitions);
    world_.Append("progress", partition.value, name, std::nullopt);
  };
  end("a");
  end("nobody");
  EXPECT_EQ(Names(), "b 1\n");
  world_.Commit("a");
  EXPECT_EQ(Names(), "a 2\nb 1\n");
}

TEST_F(KnownLoadsTest, PiecesOfLoadsAreNone) {
  world_.Load("a", {"1"});
  world_.Append("progress", 3, std::string("a\0inputs", 8), "{}");
  world_.Append("progress", 3, "", "{}");
  world_.Events("progress", 3).back().key.reset();
  EXPECT_EQ(Names(), "a 1\n");
  EXPECT_EQ(world_.notices, Lines{});
}

TEST_F(KnownLoadsTest, WhatIsNoRecordIsTold) {
  world_.Load("a", {"1"});
  world_.Append("progress", 3, "b", "{}");
  EXPECT_EQ(Names(), "a 1\n");
  ASSERT_EQ(world_.notices.size(), 1U);
  EXPECT_TRUE(world_.notices[0].starts_with("passed over: not a progress record of onceload"))
      << world_.notices[0];
}

}  // namespace
}  // namespace onceload
