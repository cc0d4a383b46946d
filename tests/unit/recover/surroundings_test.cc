// What may not have changed when a load goes on, word by word, and what it takes over.
#include <atomic>
#include <fstream>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/csv/record_reader.h"
#include "onceload/recover/recover.h"
#include "onceload/source/prefix_hasher.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

class SurroundingsTest : public testing::Test {
 protected:
  SurroundingsTest() {
    ProgressRecord& blank = here_.blank;
    blank.load_name = "load";
    blank.load_id = "new-id";
    blank.run_id = "run-1";
    blank.writer = "writer";
    blank.tool_version = "v2";
    blank.topic = "topic";
    blank.topic_id = "topic-id";
    blank.cluster_id = "cluster";
    blank.options = {{"columns", R"(["a","b"])"}, {"key", "a"}};
    blank.partitions.resize(2);
    here_.ends = {KafkaOffset{100}, KafkaOffset{100}};
    here_.progress_topic = "progress";
    was_ = blank;
    was_.load_id = "old-id";
    was_.run_id = "run-0";
    was_.writer = "older";
    was_.tool_version = "v1";
    was_.chunk = ChunkNumber{1};
  }

  std::string Changed() const {
    const std::optional<Error> changed = ChangedSurroundings(here_, was_);
    if (!changed) return "";
    return std::to_string(static_cast<int>(changed->code())) + " " + changed->Line();
  }

  Here here_;
  ProgressRecord was_;
};

TEST_F(SurroundingsTest, ClusterTopicAndItsId) {
  EXPECT_EQ(Changed(), "");
  was_.cluster_id = "other";
  EXPECT_EQ(Changed(),
            "7 this load went into cluster other, the brokers given are cluster cluster: load "
            "load; check --bootstrap-server; to load everything again into what is there now, "
            "give the load another name with --name; the choices: onceload repair load -b ...");
  was_.cluster_id = "";
  was_.topic = "other";
  EXPECT_EQ(Changed(),
            "2 this load goes into topic other, not topic: load load; use --topic other, or "
            "another --name");
  was_.topic = "topic";
  was_.topic_id = "other";
  EXPECT_EQ(Changed(),
            "7 topic topic is not the one this load went into: it has been deleted and created "
            "again (id other, now topic-id): load load; to load everything again into what is "
            "there now, give the load another name with --name; the choices: onceload repair "
            "load -b ...");
}

TEST_F(SurroundingsTest, Partitions) {
  was_.partitions.resize(3);
  EXPECT_EQ(Changed(),
            "7 topic topic had 3 partitions when this load began, now 2: keys would change their "
            "partition: load load; to load everything again into what is there now, give the "
            "load another name with --name; the choices: onceload repair load -b ...");
  was_.complete = true;
  EXPECT_EQ(Changed(),
            "7 topic topic had 3 partitions when this load began, now 2: keys would change their "
            "partition: load load; to load everything again into what is there now, give the "
            "load another name with --name; the choices: onceload repair load -b ...")
      << "fewer are never right";
  was_.partitions.resize(1);
  EXPECT_EQ(Changed(), "") << "a load that has ended has no more rows";
  was_.complete = false;
  EXPECT_EQ(Changed(),
            "7 topic topic had 1 partitions when this load began, now 2: keys would change their "
            "partition: load load; to load everything again into what is there now, give the "
            "load another name with --name; the choices: onceload repair load -b ...");
  was_.partitions.resize(2);
  was_.partitions[1].end = KafkaOffset{100};
  EXPECT_EQ(Changed(), "");
  was_.partitions[1].end = KafkaOffset{101};
  EXPECT_EQ(Changed(),
            "7 partition 1 of topic topic ends at offset 100, but this load has written up to "
            "offset 101: the topic has been created again or has lost records: load load; to "
            "load everything again into what is there now, give the load another name with "
            "--name; the choices: onceload repair load -b ...");
  here_.ends.resize(1);
  EXPECT_EQ(Changed(), "") << "of others nothing is known";
}

TEST_F(SurroundingsTest, Columns) {
  was_.options[0].second = R"(["b","a"])";
  EXPECT_EQ(Changed(), "");
  was_.options[0].second = R"(["b","c"])";
  EXPECT_EQ(Changed(),
            "3 the file's header has changed: columns was \"[\"b\",\"c\"]\", now \"[\"a\","
            "\"b\"]\": load load; restore the file, or load the new one under another --name");
  was_.options[0].second = "no list";
  EXPECT_EQ(Changed(),
            "3 the file's header has changed: columns was \"no list\", now \"[\"a\",\"b\"]\": "
            "load load; restore the file, or load the new one under another --name");
  was_.options.erase(was_.options.begin());
  EXPECT_EQ(Changed(),
            "3 the file's header has changed: columns was not set, now \"[\"a\",\"b\"]\": load "
            "load; restore the file, or load the new one under another --name");
}

TEST_F(SurroundingsTest, Options) {
  was_.options[1].second = "b";
  EXPECT_EQ(Changed(),
            "2 an option that may not change during a load has changed: key was \"b\", now "
            "\"a\": load load; use the options the load was begun with, or another --name");
  was_.options.pop_back();
  EXPECT_EQ(Changed(),
            "2 an option that may not change during a load has changed: key was not set, now "
            "\"a\": load load; use the options the load was begun with, or another --name");
  std::swap(was_, here_.blank);
  EXPECT_EQ(Changed(),
            "2 an option that may not change during a load has changed: key was \"a\", now not "
            "set: load load; use the options the load was begun with, or another --name");
  here_.blank.options.push_back({"messages", "{}"});
  was_.options.back() = {"messages", "of a later version"};
  EXPECT_EQ(Changed(),
            "2 an option that may not change during a load has changed: messages was \"of a "
            "later version\", now \"{}\": load load; use the options the load was begun with, or "
            "another --name");
}

TEST_F(SurroundingsTest, LimitsOfARecord) {
  was_.limits.record_bytes = 5;
  here_.blank.limits.record_bytes = 5;
  EXPECT_EQ(Changed(), "");
  here_.blank.limits.record_bytes = 0;
  EXPECT_EQ(Changed(),
            "2 --record-bytes-max was 5 when this load began, now 1048576: load load; use the "
            "options the load was begun with, or another --name");
  here_.blank.limits.record_bytes = 6;
  EXPECT_EQ(Changed(),
            "2 --record-bytes-max was 5 when this load began, now 6: load load; use the options "
            "the load was begun with, or another --name");
}

TEST_F(SurroundingsTest, DeadLetters) {
  was_.dead_letter_topic = "dead";
  here_.blank.dead_letter_topic = "other";
  EXPECT_EQ(Changed(), "") << "none was sent";
  was_.dead_letters.rows = 1;
  EXPECT_EQ(Changed(),
            "2 this load's dead letters go to topic dead, not other: load load; use "
            "--dead-letter-topic dead");
  here_.blank.dead_letter_topic = "";
  EXPECT_EQ(Changed(), "") << "none are sent now";
}

TEST_F(SurroundingsTest, ColumnsOfARecordAreItsOptions) {
  EXPECT_EQ(ColumnsOf(was_), (std::vector<std::string>{"a", "b"}));
  std::swap(was_.options[0], was_.options[1]);
  EXPECT_EQ(ColumnsOf(was_), (std::vector<std::string>{"a", "b"}));
  was_.options.pop_back();
  EXPECT_THROW(ColumnsOf(was_), Error);
}

// --- histories -----------------------------------------------------------------------------------

class ContradictionTest : public SurroundingsTest {
 protected:
  std::string Contradiction(const std::optional<LedgerState>& ledger,
                            const std::optional<ProgressRecord>& kafka) const {
    const std::optional<Error> error = ContradictionOf("progress", ledger, kafka);
    if (!error) return "";
    return std::to_string(static_cast<int>(error->code())) + " " + error->Line();
  }
};

TEST_F(ContradictionTest, SaysWhatEachSideHas) {
  const LedgerState ledger{was_, std::nullopt};
  EXPECT_EQ(Contradiction(ledger, was_), "");
  EXPECT_EQ(Contradiction(std::nullopt, was_), "");
  EXPECT_EQ(Contradiction(ledger, std::nullopt),
            "7 Kafka has lost the load's progress: progress topic deleted, or another one (the "
            "state file has chunk 1, Kafka has none in topic progress): load load; check the "
            "cluster and --progress-topic; if Kafka's side is the right one, move the state file "
            "away; to load everything again into what is there now, give the load another name "
            "with --name; the choices: onceload repair load -b ...");
  ProgressRecord kafka = was_;
  kafka.load_id = "third";
  EXPECT_EQ(Contradiction(ledger, kafka),
            "7 ledger and Kafka hold two loads of one name (the state file has chunk 1, Kafka "
            "has chunk 1 in topic progress): load load; check the cluster and --progress-topic; "
            "if Kafka's side is the right one, move the state file away; to load everything "
            "again into what is there now, give the load another name with --name; the choices: "
            "onceload repair load -b ...");
  kafka = was_;
  kafka.chunk = ChunkNumber{0};
  EXPECT_EQ(Contradiction(ledger, kafka),
            "7 Kafka has lost commits: unclean election, or restored from a backup (the state "
            "file has chunk 1, Kafka has chunk 0 in topic progress): load load; check the "
            "cluster and --progress-topic; if Kafka's side is the right one, move the state file "
            "away; to load everything again into what is there now, give the load another name "
            "with --name; the choices: onceload repair load -b ...");
  kafka = was_;
  kafka.partitions[0].rows = 7;
  EXPECT_EQ(Contradiction(ledger, kafka),
            "7 ledger and Kafka hold different outcomes of one chunk (the state file has chunk 1,"
            " Kafka has chunk 1 in topic progress): load load; check the cluster and "
            "--progress-topic; if Kafka's side is the right one, move the state file away; to "
            "load everything again into what is there now, give the load another name with "
            "--name; the choices: onceload repair load -b ...");
  kafka.chunk = ChunkNumber{3};
  EXPECT_EQ(Contradiction(ledger, kafka), "");
}

// --- what a load that goes on is -----------------------------------------------------------------

class GoingOnTest : public SurroundingsTest {
 protected:
  GoingOnTest() {
    std::ofstream(directory_ / "rows.csv") << "a,b\n1,2\n3,4\n";
    const SourceFile file(directory_ / "rows.csv");
    here_.blank.inputs = {file.identity()};
    here_.blank.position = {0, ByteOffset{4}, RowNumber{0}, 0,
                            FingerprintOfPrefix(file, ByteOffset{4})};
    was_.inputs = here_.blank.inputs;
    was_.position = {0, ByteOffset{8}, RowNumber{1}, 0, FingerprintOfPrefix(file, ByteOffset{8})};
    was_.partitions[0] = {1, Digest{1}, KafkaOffset{0}, KafkaOffset{1}};
  }

  Recovered Run() { return Recover(here_, was_, store_, context_); }

  TempDir directory_;
  Failpoints none_;
  SystemClock clock_;
  std::atomic<bool> stop_{false};
  RunContext context_{clock_, none_, stop_};
  CheckpointStore store_{directory_ / "state.db", CheckpointStore::Mode::kReadWrite, none_};
};

TEST_F(GoingOnTest, ItIsThisRunsAndElseWhatItWas) {
  const Recovered recovered = Run();
  ProgressRecord expected = was_;
  expected.run_id = "run-1";
  expected.writer = "writer";
  expected.tool_version = "v2";
  EXPECT_EQ(recovered.at, expected);
  EXPECT_FALSE(recovered.inputs_moved);
  EXPECT_EQ(recovered.known_elsewhere, 0U);
  EXPECT_TRUE(recovered.remarks.empty());
}

TEST_F(GoingOnTest, WhatWasNotKnownIsAsItIsNow) {
  was_.cluster_id = "";
  here_.blank.limits = {kRecordBytesMax, 7, 8};
  here_.blank.dead_letter_topic = "dead";
  const ProgressRecord at = Run().at;
  EXPECT_EQ(at.cluster_id, "cluster");
  EXPECT_EQ(at.limits, (RowLimits{kRecordBytesMax, 7, 8}));
  EXPECT_EQ(at.dead_letter_topic, "dead");
}

TEST_F(GoingOnTest, WhatWasKnownStays) {
  was_.limits = {kRecordBytesMax, 5, 6};
  was_.dead_letter_topic = "dead";
  here_.blank.limits = {kRecordBytesMax, 7, 8};
  here_.blank.cluster_id = "";
  const ProgressRecord at = Run().at;
  EXPECT_EQ(at.cluster_id, "cluster");
  EXPECT_EQ(at.limits, (RowLimits{kRecordBytesMax, 5, 6}));
  EXPECT_EQ(at.dead_letter_topic, "dead");
}

TEST_F(GoingOnTest, AFileThatWasTouchedHasMoved) {
  was_.inputs[0].mtime_ns += 1;
  EXPECT_TRUE(Run().inputs_moved);
  EXPECT_EQ(Run().at.inputs, here_.blank.inputs);
}

// Rows that come to a load that had ended go where its keys went.
TEST_F(GoingOnTest, AnEndedLoadTakesNoMoreRowsInOtherPartitions) {
  was_.complete = true;
  was_.inputs[0].end = was_.position;
  was_.inputs[0].size = 8;  // it has grown since
  here_.blank.partitions.resize(3);
  here_.ends.push_back(KafkaOffset{0});
  try {
    Run();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.Line(),
              "topic topic had 2 partitions when this load began, now 3: keys would change their "
              "partition: load load; to load everything again into what is there now, give the "
              "load another name with --name; the choices: onceload repair load -b ...");
  }
}

TEST_F(GoingOnTest, ARecordThatCannotBeIsRefusedInWords) {
  was_.rejected = 4;
  try {
    Run();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.Line(),
              "the progress record cannot be right: 1 rows were read, 1 loaded and 4 rejected (in "
              "topic progress): load load; something else writes to the progress topic, or it is "
              "damaged; to load everything again into what is there now, give the load another "
              "name with --name; the choices: onceload repair load -b ...");
  }
}

// --- what is loaded already ----------------------------------------------------------------------

class LoadedAlreadyTest : public GoingOnTest {
 protected:
  // A key of the file, among those of others.
  void Finish(const InputFile& file, std::uint64_t hint) {
    const PrefixFingerprint text =
        FingerprintOfPrefix(SourceFile(file.path), ByteOffset{file.size});
    FinishedPage page{{file.size, 2, text.blocks, text.tail, Digest{}, DigestOf(file.path), hint}};
    for (std::uint64_t i = page.size(); i < kKeysOfAPage; ++i) {
      page.push_back({i, 1, Digest{}, Digest{i}, Digest{}, Digest{i}, i});
    }
    was_.finished.pages.push_back(std::make_shared<const FinishedPage>(std::move(page)));
    was_.finished.count = kKeysOfAPage;
  }
  InputFile Give(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
    here_.blank.inputs.push_back(SourceFile(directory_ / name).identity());
    return here_.blank.inputs.back();
  }
};

TEST_F(LoadedAlreadyTest, AFileThatAnotherLoadHasLoadedIsRefused) {
  ProgressRecord other = was_;
  other.load_name = "other";
  other.run_id = "run-o";
  other.inputs[0].end = other.position =
      InputPosition{0, ByteOffset{12}, RowNumber{2}, 0,
                    FingerprintOfPrefix(SourceFile(directory_ / "rows.csv"), ByteOffset{12})};
  other.partitions[0].rows = 2;
  other.chunk = ChunkNumber{0};
  store_.BeginRun(other, 1, "v1");
  other.chunk = ChunkNumber{1};
  store_.Intend(other, 1);
  store_.Confirm("other", "run-o", 1);
  try {
    Recover(here_, std::nullopt, store_, context_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_TRUE(
        std::string(error.what())
            .starts_with("topic topic has these 2 rows already: load other has loaded them from "))
        << error.Line();
  }
  here_.match.again = true;
  EXPECT_EQ(Recover(here_, std::nullopt, store_, context_).decision, Decision::kStart);
}

TEST_F(LoadedAlreadyTest, AFileThatIsKeptAsAKeyIsLeftOutAndTold) {
  const InputFile file = Give("copy.csv", "a,b\n7,8\n");
  const InputFile fresh = Give("new.csv", "a,b\n9,9\n");
  Finish(file, /*hint=*/1);
  const Recovered recovered = Run();
  ASSERT_EQ(recovered.at.inputs.size(), 2U);
  EXPECT_EQ(recovered.at.inputs[1].path, fresh.path);
  EXPECT_EQ(recovered.known_elsewhere, 1U);
  ASSERT_EQ(recovered.remarks.size(), 1U);
  EXPECT_EQ(recovered.remarks[0].text,
            file.path + " was loaded before: nothing of it is loaded again");
}

// Of one that nobody has touched since there is nothing to say.
TEST_F(LoadedAlreadyTest, AFileThatIsKeptAsAKeyAndUntouchedIsLeftOut) {
  const InputFile file = Give("copy.csv", "a,b\n7,8\n");
  Finish(file, HintOf(file));
  const Recovered recovered = Run();
  EXPECT_EQ(recovered.at.inputs.size(), 1U);
  EXPECT_EQ(recovered.known_elsewhere, 0U);
  EXPECT_TRUE(recovered.remarks.empty());
}

}  // namespace
}  // namespace onceload
