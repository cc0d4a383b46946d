#include "onceload/recover/recover.h"

#include <atomic>
#include <fstream>

#include <gtest/gtest.h>

#include "onceload/encode/encode_options.h"
#include "onceload/source/prefix_hasher.h"
#include "support/temp_dir.h"
#include "unit/checkpoint/ledger_samples.h"

namespace onceload {
namespace {

// A load half done: the file, what the ledger and Kafka say, and a run that begins.
class RecoverTest : public testing::Test {
 protected:
  RecoverTest() : path_((directory_.path() / "rows.csv").string()) {
    Write("a,b\n1,2\n3,4\n5,6\n");
    store_ =
        std::make_unique<CheckpointStore>(state_, CheckpointStore::Mode::kReadWrite, failpoints_);
    here_.blank.load_name = "load";
    here_.blank.load_id = "new-id";
    here_.blank.run_id = "run-1";
    here_.blank.topic = "topic";
    here_.blank.topic_id = "topic-id";
    here_.blank.cluster_id = "cluster";
    here_.blank.options = {{"columns", "[\"a\",\"b\"]"}, {"key", "a"}};
    here_.blank.partitions.resize(2);
    here_.ends = {KafkaOffset{100}, KafkaOffset{100}};
    TakeInput();
    here_.blank.position = PositionAt(4, 0);
  }

  void Write(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    TakeInput();
  }
  void TakeInput() { here_.blank.inputs = {SourceFile(path_).identity()}; }

  InputPosition PositionAt(std::uint64_t byte, std::uint64_t row) {
    return {0, ByteOffset{byte}, RowNumber{row}, 0,
            FingerprintOfPrefix(SourceFile(path_), ByteOffset{byte})};
  }

  // The state after `chunk` one-row chunks of the load "old-id".
  ProgressRecord After(std::uint64_t chunk) {
    ProgressRecord record = here_.blank;
    record.load_id = "old-id";
    record.run_id = "run-0";
    record.chunk = ChunkNumber{chunk};
    record.position = PositionAt(4 + 4 * chunk, chunk);
    record.partitions[0] = {chunk, Digest{chunk}, KafkaOffset{0},
                            KafkaOffset{static_cast<std::int64_t>(chunk)}};
    return record;
  }

  // Runs the protocol in the ledger up to `committed`, and intends one more on request.
  void Ledger(std::uint64_t committed, bool intend) {
    store_->BeginRun(After(0), 1, "test");
    for (std::uint64_t chunk = 1; chunk <= committed; ++chunk) store_->Intend(After(chunk), 1);
    store_->Confirm("load", "run-0", 1);
    if (intend) store_->Intend(After(committed + 1), 1);
  }

  Recovered Run(const std::optional<ProgressRecord>& kafka) {
    return Recover(here_, kafka, *store_, context_);
  }

  ExitCode Refusal(const std::optional<ProgressRecord>& kafka) {
    try {
      Run(kafka);
    } catch (const Error& error) {
      message_ = error.Line();
      return error.code();
    }
    return ExitCode::kDone;
  }

  TempDir directory_;
  const std::string state_ = directory_ / "state.db";
  std::string path_;
  Failpoints failpoints_;
  SystemClock clock_;
  std::atomic<bool> stop_{false};
  RunContext context_{clock_, failpoints_, stop_};
  std::unique_ptr<CheckpointStore> store_;
  Here here_;
  std::string message_;
};

TEST_F(RecoverTest, NothingKnownStartsAtTheFirstRow) {
  const Recovered recovered = Run(std::nullopt);
  EXPECT_EQ(recovered.decision, Decision::kStart);
  EXPECT_EQ(recovered.at.load_id, "new-id");
  EXPECT_EQ(recovered.at.position.byte, ByteOffset{4});
}

TEST_F(RecoverTest, EqualHistoriesResume) {
  Ledger(2, /*intend=*/false);
  const Recovered recovered = Run(After(2));
  EXPECT_EQ(recovered.decision, Decision::kResume);
  EXPECT_EQ(recovered.at.position.row, RowNumber{2});
  EXPECT_EQ(recovered.at.run_id, "run-1");
  EXPECT_EQ(recovered.at.load_id, "old-id");
}

TEST_F(RecoverTest, IntentThatKafkaDoesNotHaveIsDiscarded) {
  Ledger(1, /*intend=*/true);
  EXPECT_EQ(Run(After(1)).decision, Decision::kDiscardIntent);
  EXPECT_FALSE(store_->Find("load")->intent);
  EXPECT_EQ(store_->Find("load")->last.chunk, ChunkNumber{1});
}

TEST_F(RecoverTest, IntentThatKafkaHasIsPromoted) {
  Ledger(1, /*intend=*/true);
  EXPECT_EQ(Run(After(2)).decision, Decision::kPromoteIntent);
  EXPECT_EQ(store_->Find("load")->last.chunk, ChunkNumber{2});
}

TEST_F(RecoverTest, NewLedgerAdoptsKafka) {
  EXPECT_EQ(Run(After(3)).decision, Decision::kAdoptKafka);
  EXPECT_EQ(store_->Find("load")->last.chunk, ChunkNumber{3});
  EXPECT_EQ(store_->Find("load")->last.load_id, "old-id");
}

TEST_F(RecoverTest, OlderLedgerAdoptsKafka) {
  Ledger(1, /*intend=*/false);
  EXPECT_EQ(Run(After(3)).decision, Decision::kAdoptKafka);
  EXPECT_EQ(store_->Find("load")->last.chunk, ChunkNumber{3});
}

TEST_F(RecoverTest, EveryDecisionTwiceIsTheSameState) {
  Ledger(1, /*intend=*/true);
  const Recovered first = Run(After(2));
  const Recovered second = Run(After(2));
  EXPECT_EQ(second.decision, Decision::kResume);
  EXPECT_TRUE(SameOutcome(first.at, second.at));
}

// Where the tests of deaths let it die: behind each step that writes.
TEST_F(RecoverTest, EachStepIsComeToBeforeItsFailpoint) {
  const auto come_to = [&](const std::string& name, std::uint64_t ledger, std::uint64_t kafka) {
    CheckpointStore store(directory_ / (name + ".db"), CheckpointStore::Mode::kReadWrite,
                          failpoints_);
    store.BeginRun(After(0), 1, "test");
    for (std::uint64_t chunk = 1; chunk <= ledger; ++chunk) store.Intend(After(chunk), 1);
    std::string found = "not come to";
    Failpoints failpoints(name + ":1", [&] {
      const std::optional<LedgerState> state = store.Find("load");
      found = std::to_string(state->last.chunk.value) + (state->intent ? " and an intent" : "");
    });
    RunContext context{clock_, failpoints, stop_};
    Recover(here_, After(kafka), store, context);
    return found;
  };
  EXPECT_EQ(come_to("after_begin_run", 2, 1), "1 and an intent");
  EXPECT_EQ(come_to("after_discard", 2, 1), "1");
  EXPECT_EQ(come_to("after_promote", 2, 2), "2");
  EXPECT_EQ(come_to("after_adopt", 0, 2), "2");
}

TEST_F(RecoverTest, LedgerAheadOfKafkaIsRefused) {
  Ledger(3, /*intend=*/false);
  EXPECT_EQ(Refusal(After(2)), ExitCode::kDisagreement);
}

TEST_F(RecoverTest, LedgerWithoutKafkaIsRefused) {
  Ledger(1, /*intend=*/false);
  EXPECT_EQ(Refusal(std::nullopt), ExitCode::kDisagreement);
}

TEST_F(RecoverTest, SameChunkWithAnotherOutcomeIsRefused) {
  Ledger(2, /*intend=*/false);
  ProgressRecord other = After(2);
  other.partitions[0].digest = Digest{99};
  EXPECT_EQ(Refusal(other), ExitCode::kDisagreement);
}

TEST_F(RecoverTest, TwoLoadsOfOneNameAreRefused) {
  Ledger(2, /*intend=*/false);
  ProgressRecord other = After(2);
  other.load_id = "third-id";
  EXPECT_EQ(Refusal(other), ExitCode::kDisagreement);
}

TEST_F(RecoverTest, OtherClusterTopicOrPartitionsAreRefusedByName) {
  const ProgressRecord kafka = After(1);
  here_.blank.cluster_id = "elsewhere";
  EXPECT_EQ(Refusal(kafka), ExitCode::kDisagreement);
  EXPECT_NE(message_.find("elsewhere"), std::string::npos);
  here_.blank.cluster_id = "cluster";
  here_.blank.topic_id = "another-id";
  EXPECT_EQ(Refusal(kafka), ExitCode::kDisagreement);
  EXPECT_NE(message_.find("another-id"), std::string::npos);
  here_.blank.topic_id = "topic-id";
  here_.blank.partitions.resize(3);
  EXPECT_EQ(Refusal(kafka), ExitCode::kDisagreement);
  EXPECT_NE(message_.find("3"), std::string::npos);
}

// Brokers before 2.8 have none; an upgrade gives the topic one.
TEST_F(RecoverTest, TopicThatGainsAnIdIsTheSameTopic) {
  for (const char* none : {"", "AAAAAAAAAAAAAAAAAAAAAA"}) {
    here_.blank.topic_id = none;
    const ProgressRecord kafka = After(1);
    Run(kafka);  // the ledger has none either
    here_.blank.topic_id = "topic-id";
    EXPECT_EQ(Run(kafka).at.topic_id, "topic-id") << none;
    // From now on it is known, and another one is another topic.
    ProgressRecord claimed = After(1);
    claimed.run_id = "run-1";
    here_.blank.topic_id = "another-id";
    EXPECT_EQ(Refusal(claimed), ExitCode::kDisagreement) << none;
  }
}

TEST_F(RecoverTest, IdThatIsNotToldNowIsKept) {
  const ProgressRecord kafka = After(1);
  here_.blank.topic_id = "AAAAAAAAAAAAAAAAAAAAAA";
  EXPECT_EQ(Run(kafka).at.topic_id, "topic-id");
}

TEST_F(RecoverTest, IdOfZerosIsNotWrittenForward) {
  here_.blank.topic_id = "AAAAAAAAAAAAAAAAAAAAAA";
  const ProgressRecord kafka = After(1);
  here_.blank.topic_id = "";
  EXPECT_EQ(Run(kafka).at.topic_id, "");
}

TEST_F(RecoverTest, TopicThatEndsBeforeOurRowsIsRefused) {
  here_.ends[0] = KafkaOffset{0};
  EXPECT_EQ(Refusal(After(1)), ExitCode::kDisagreement);
}

// Each side alone may have seen it: the ledger is older than Kafka, or Kafka's record is the only
// one.
TEST_F(RecoverTest, SurroundingsAreComparedWithBothSides) {
  Ledger(1, /*intend=*/false);
  here_.ends[0] = KafkaOffset{2};
  EXPECT_EQ(Refusal(After(3)), ExitCode::kDisagreement) << "the ledger's one row is there";
  here_.ends[0] = KafkaOffset{3};
  ProgressRecord kafka = After(3);
  kafka.partitions[0].first = KafkaOffset{0};
  here_.blank.cluster_id = "elsewhere";
  ProgressRecord of_elsewhere = After(3);
  EXPECT_EQ(Refusal(of_elsewhere), ExitCode::kDisagreement) << "the ledger went elsewhere";
  here_.blank.cluster_id = "cluster";
  EXPECT_EQ(Refusal(kafka), ExitCode::kDone) << message_;
}

// Just at the end of what was written, and one record before it.
TEST_F(RecoverTest, ATopicMayEndWithOurLastRow) {
  here_.ends[0] = KafkaOffset{1};
  EXPECT_EQ(Refusal(After(1)), ExitCode::kDone) << message_;
  here_.ends[0] = KafkaOffset{1};
  EXPECT_EQ(Refusal(After(2)), ExitCode::kDisagreement);
}

// A start that sent nothing leaves its load's id: what it was told by stays true.
TEST_F(RecoverTest, ALoadThatNeverSentAnythingKeepsItsIdAndTakesTheNewOptions) {
  Ledger(0, /*intend=*/false);
  here_.blank.options[1].second = "b";
  const Recovered recovered = Run(std::nullopt);
  EXPECT_EQ(recovered.decision, Decision::kStart);
  EXPECT_EQ(recovered.at.load_id, "old-id");
  EXPECT_EQ(store_->Find("load")->last.options, here_.blank.options);
}

// The rows of a chunk that is not committed are read again, and may have been mended.
TEST_F(RecoverTest, RejectedRowsOfWhatWasNotCommittedAreForgotten) {
  Ledger(1, /*intend=*/false);
  RejectedRow row;
  row.row = RowNumber{2};
  row.reason = "ragged";
  store_->RecordRejected("load", "run-0", ChunkNumber{1}, {&row, 1});
  row.row = RowNumber{3};
  store_->RecordRejected("load", "run-0", ChunkNumber{2}, {&row, 1});
  Run(After(1));
  EXPECT_EQ(QueryText(state_, "SELECT group_concat(row) FROM rejected_rows"), "2");
}

TEST_F(RecoverTest, ARecordThatCannotBeIsRefused) {
  ProgressRecord kafka = After(1);
  kafka.position.file = 7;
  EXPECT_EQ(Refusal(kafka), ExitCode::kDisagreement);
  EXPECT_NE(message_.find("cannot be right"), std::string::npos) << message_;
}

TEST_F(RecoverTest, ChangedOptionIsNamed) {
  const ProgressRecord kafka = After(1);
  here_.blank.options[1].second = "b";
  EXPECT_EQ(Refusal(kafka), ExitCode::kUsage);
  EXPECT_NE(message_.find("key was \"a\", now \"b\""), std::string::npos) << message_;
}

std::string MessagesIn(const std::string& zone) {
  EncodeOptions options;
  options.types["a"] = ColumnType::kTimestamp;
  options.timestamps["a"].zone = zone;
  return EncodeMessageOptions(options);
}

TEST_F(RecoverTest, AZoneMayGoByItsOlderNameOrItsPresentOne) {
  for (const auto& [was, now] : {std::pair("US/Pacific", "America/Los_Angeles"),
                                 std::pair("America/Los_Angeles", "US/Pacific"),
                                 std::pair("Asia/Calcutta", "Asia/Kolkata")}) {
    here_.blank.options = {{"columns", "[\"a\",\"b\"]"}, {"messages", MessagesIn(was)}};
    const ProgressRecord before = After(1);
    here_.blank.options.back().second = MessagesIn(now);
    EXPECT_FALSE(ChangedSurroundings(here_, before)) << was;
  }
}

TEST_F(RecoverTest, AnotherZoneIsNamed) {
  here_.blank.options = {{"columns", "[\"a\",\"b\"]"}, {"messages", MessagesIn("US/Pacific")}};
  const ProgressRecord before = After(1);
  here_.blank.options.back().second = MessagesIn("America/New_York");
  const std::optional<Error> changed = ChangedSurroundings(here_, before);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->code(), ExitCode::kUsage);
  EXPECT_NE(changed->Line().find("US/Pacific"), std::string::npos) << changed->Line();
  EXPECT_NE(changed->Line().find("America/New_York"), std::string::npos) << changed->Line();
}

TEST_F(RecoverTest, ChangedPrefixIsRefusedAndTouchedFileIsNot) {
  const ProgressRecord kafka = After(2);
  Write("a,b\n1,2\n9,4\n5,6\n");
  EXPECT_EQ(Refusal(kafka), ExitCode::kInput);
  Write("a,b\n1,2\n3,4\n7,8\n");  // after the position
  EXPECT_EQ(Refusal(kafka), ExitCode::kDone) << message_;
}

TEST_F(RecoverTest, ShorterFileIsRefused) {
  const ProgressRecord kafka = After(2);
  Write("a,b\n1,2\n");
  EXPECT_EQ(Refusal(kafka), ExitCode::kInput);
  EXPECT_NE(message_.find("shorter"), std::string::npos);
}

TEST_F(RecoverTest, LastRowThatWasContinuedIsRefused) {
  Write("a,b\n1,2");
  ProgressRecord kafka = After(0);
  kafka.chunk = ChunkNumber{1};
  kafka.position = PositionAt(7, 1);
  kafka.rejected = 1;
  Write("a,b\n1,2\n3,4\n");  // ended since: the row was whole
  EXPECT_EQ(Refusal(kafka), ExitCode::kDone) << message_;
  Write("a,b\n1,23\n");
  EXPECT_EQ(Refusal(kafka), ExitCode::kInput);
}

TEST(CompareHistoriesTest, LoadThatNeverSentAnythingHasNoHistory) {
  LedgerState ledger;
  ledger.last.load_id = "void";
  ProgressRecord kafka;
  kafka.load_id = "other";
  EXPECT_EQ(CompareHistories(ledger, kafka).history, History::kKafkaOnly);
  EXPECT_EQ(CompareHistories(ledger, std::nullopt).history, History::kNothing);
}

}  // namespace
}  // namespace onceload
