// What becomes of rows that cannot be loaded.

#include "onceload/load/row_source.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

#include "load/rejects_file.h"
#include "onceload/csv/row_hint.h"
#include "onceload/message/message_limits.h"
#include "support/sleeping_clock.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

using Headers = std::map<std::string, std::string, std::less<>>;

class RowSourceTest : public ::testing::Test {
 protected:
  RowSourceTest() {
    options_.rejects.on_error = OnError::kDeadLetter;
    options_.rejects.keep_text = true;
  }

  // All rows of a file of `text`.
  const EncodedBatch& Fill(const std::vector<std::string>& columns, const std::string& text) {
    options_.columns = columns;
    const std::string path = directory_ / "rows.csv";
    std::ofstream(path, std::ios::binary) << text;
    ProgressRecord at;
    at.load_name = "load";
    at.load_id = "id-1";
    at.partitions.resize(2);
    at.rules = rules_;
    at.limits.message_bytes = message_bytes_max_;
    at.limits.dead_letter_bytes = dead_letter_bytes_max_;
    at.inputs = {SourceFile(path).identity()};
    RowSource(options_, at).Fill({}, batch_);
    EXPECT_TRUE(batch_.last);
    return batch_;
  }

  // A load of files of these texts.
  ProgressRecord Begin(const std::vector<std::string>& columns,
                       const std::vector<std::string>& texts) {
    options_.columns = columns;
    ProgressRecord at;
    at.rules = rules_;
    at.partitions.resize(2);
    for (const std::string& text : texts) {
      const std::string path = directory_ / ("rows-" + std::to_string(at.inputs.size()) + ".csv");
      std::ofstream(path, std::ios::binary) << text;
      at.inputs.push_back(SourceFile(path).identity());
    }
    return at;
  }

  static std::vector<Headers> DeadLetters(const EncodedBatch& batch) {
    std::vector<Headers> letters;
    for (const MessageBatch::Message& message : batch.messages.messages()) {
      if (!message.dead_letter) continue;
      Headers& headers = letters.emplace_back();
      ForEachHeader(batch.messages.headers(message),
                    [&](std::string_view name, std::string_view value) {
                      EXPECT_TRUE(headers.emplace(name, value).second) << name;
                    });
    }
    return letters;
  }

  TempDir directory_;
  RowSourceOptions options_;
  Rules rules_ = Rules::kSecond;
  std::int64_t message_bytes_max_ = 0;
  std::int64_t dead_letter_bytes_max_ = 0;
  EncodedBatch batch_;
};

TEST_F(RowSourceTest, DeadLetterNamesTheColumnOfItsFault) {
  options_.encode.types = {{"n,1", ColumnType::kInteger}};
  options_.encode.key_columns = {"user"};
  options_.encode.on_empty_key = EmptyKey::kError;
  message_bytes_max_ = 700;
  const EncodedBatch& batch = Fill({"user", "n,1"}, "user,\"n,1\"\nu,x\n,1\nu,1,2\nu,\"1\"2\n" +
                                                        std::string(300, 'u') + ",1\nu,2\nu,\"3");
  const std::vector<Headers> letters = DeadLetters(batch);
  ASSERT_EQ(letters.size(), 6U);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"type", "n,1"},          {"empty-key", "user"}, {"ragged", ""},
      {"text-after-quote", ""}, {"too-long", ""},      {"open-quote", ""}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [reason, column] = expected[i];
    EXPECT_EQ(letters[i].at("onceload.reason"), reason);
    const auto header = letters[i].find("onceload.column");
    EXPECT_EQ(header == letters[i].end() ? "" : header->second, column) << reason;
    EXPECT_EQ(header == letters[i].end(), column.empty()) << reason;
    EXPECT_EQ(batch.rejected[i].column, column);
  }
  EXPECT_TRUE(batch.rejects_text.starts_with(RejectsHeader(RejectsFormat::kSecond)));
  EXPECT_NE(batch.rejects_text.find(",1,11,\"type\",\"n,1\",\"column "), std::string::npos);
  EXPECT_NE(batch.rejects_text.find(",\"ragged\",\"\",\"3 fields"), std::string::npos);
}

TEST_F(RowSourceTest, AHeaderOfFreeTextIsShortAndUtf8) {
  std::string name(499, 'c');
  name += "\xe2\x86\x92 and much more";
  options_.encode.types = {{name, ColumnType::kInteger}};
  const std::vector<Headers> letters = DeadLetters(Fill({name}, name + "\nx\n"));
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].at("onceload.column"), std::string(499, 'c'));
}

// Between two stray quotes there may be a million lines in one row.
TEST_F(RowSourceTest, ARejectedRowCountsItsLines) {
  options_.rejects.on_error = OnError::kSkip;
  const EncodedBatch& batch = Fill({"a", "b"}, "a,b\n1,\"x\n2,y\n3,z\"w\n4,u\n");
  EXPECT_EQ(batch.after.rejected, 1U);
  EXPECT_EQ(batch.after.rejected_lines, 3U);
  ASSERT_EQ(batch.rejected.size(), 1U);
  EXPECT_EQ(batch.rejected[0].lines, 3U);
  EXPECT_EQ(batch.rejected[0].text_bytes, 14U);
}

TEST_F(RowSourceTest, RejectedLinesTripTheLimit) {
  options_.rejects.on_error = OnError::kSkip;
  options_.rejects.lines_max = 2;
  options_.columns = {"a", "b"};
  const std::string path = directory_ / "rows.csv";
  std::ofstream(path) << "a,b\n0,0\n1,\"x\n2,y\n3,z\"w\n4,u\n";
  ProgressRecord at;
  at.rules = Rules::kSecond;
  at.partitions.resize(2);
  at.inputs = {SourceFile(path).identity()};
  RowSource(options_, at).Fill({}, batch_);
  ASSERT_TRUE(batch_.failure);
  EXPECT_NE(batch_.failure->Line().find("more than 2 lines cannot be loaded"), std::string::npos)
      << batch_.failure->Line();
  EXPECT_EQ(batch_.after.position.row, RowNumber{1}) << "the row is not accounted for";
  EXPECT_EQ(batch_.after.rejected_lines, 0U);
}

// Just as many as are allowed, and one more.
TEST_F(RowSourceTest, TheLimitOfRejectedLinesIsWhatItSays) {
  for (const std::uint64_t lines_max : {0U, 1U, 2U, 3U}) {
    options_.rejects.on_error = OnError::kSkip;
    options_.rejects.lines_max = lines_max;
    ProgressRecord at = Begin({"a"}, {"a\n1,2\n3\n4,5\n6\n"});
    RowSource(options_, at).Fill({}, batch_);
    EXPECT_EQ(batch_.failure.has_value(), lines_max < 2) << lines_max;
    EXPECT_EQ(batch_.after.rejected, std::min<std::uint64_t>(lines_max, 2));
    const std::uint64_t before = lines_max == 0 ? 0U : lines_max == 1 ? 2U : 4U;
    EXPECT_EQ(batch_.after.position.row, RowNumber{before});
  }
}

TEST_F(RowSourceTest, WithoutAPolicyALoadStopsBeforeTheRowAndGoesOnWithIt) {
  options_.rejects.on_error = OnError::kFail;
  ProgressRecord at = Begin({"a"}, {"a\n1\n2,2\n3\n"});
  RowSource(options_, at).Fill({}, batch_);
  ASSERT_TRUE(batch_.failure);
  EXPECT_EQ(batch_.failure->code(), ExitCode::kInput);
  EXPECT_EQ(batch_.after.position.row, RowNumber{1});
  EXPECT_EQ(batch_.after.position.byte, ByteOffset{4});
  batch_.after.PutInto(at);
  options_.rejects.on_error = OnError::kSkip;
  RowSource(options_, at).Fill({}, batch_);
  EXPECT_EQ(batch_.rejected.size(), 1U);
  EXPECT_EQ(batch_.after.position.row, RowNumber{3});
}

// 10 of 1,010 rows are less than 1 %, 11 of 1,011 are more; those of files before count, whether
// this run has read them or one before it.
TEST_F(RowSourceTest, APercentageIsOfAllRowsOfTheLoad) {
  options_.rejects.on_error = OnError::kSkip;
  options_.rejects.percent_max = 1;
  std::string good = "a\n";
  std::string bad = "a\n";
  for (std::uint64_t i = 0; i < kPercentRowsMin; ++i) good += std::to_string(i) + "\n";
  for (int i = 0; i < 20; ++i) bad += "1,2\n";
  ProgressRecord at = Begin({"a"}, {good, bad});
  const ProgressRecord begin = at;
  for (const std::uint64_t first_rows : {5'000U, 1'003U}) {
    at = begin;
    std::uint64_t rows = 0;
    do {
      RowSource source(options_, at);
      BatchLimits limits;
      limits.rows = first_rows;
      source.Fill(limits, batch_);
      rows += batch_.rows;
      for (const auto& [index, file] : batch_.ended) at.inputs[index] = file;
      batch_.after.PutInto(at);
    } while (!batch_.stops());
    ASSERT_TRUE(batch_.failure);
    EXPECT_NE(batch_.failure->Line().find("11 of 1011 rows"), std::string::npos)
        << batch_.failure->Line();
    EXPECT_EQ(at.rejected, 10U);
    EXPECT_EQ(rows, 1'010U);
  }
}

// Of fewer rows than that it says nothing.
TEST_F(RowSourceTest, APercentageCountsFromSoManyRowsOn) {
  options_.rejects.on_error = OnError::kSkip;
  options_.rejects.percent_max = 0;
  for (const std::uint64_t bad_at : {kPercentRowsMin - 1, kPercentRowsMin}) {
    std::string text = "a\n";
    for (std::uint64_t row = 1; row <= kPercentRowsMin; ++row) {
      text += row == bad_at ? "1,2\n" : "1\n";
    }
    const ProgressRecord at = Begin({"a"}, {text});
    RowSource(options_, at).Fill({}, batch_);
    EXPECT_EQ(batch_.failure.has_value(), bad_at == kPercentRowsMin) << bad_at;
  }
}

TEST_F(RowSourceTest, ADeadLetterSaysHowLongItsRowIsAndWhereTheRestLies) {
  dead_letter_bytes_max_ = kDeadLetterOverheadBytes + 3;
  const std::vector<Headers> letters = DeadLetters(Fill({"a", "b"}, "a,b\n1,2,3\n12345\n1\n"));
  ASSERT_EQ(letters.size(), 3U);
  EXPECT_EQ(letters[0].at("onceload.bytes"), "5");
  EXPECT_EQ(letters[0].at("onceload.lines"), "1");
  EXPECT_EQ(letters[0].at("onceload.rest"), "bytes 7 to 9 of rows.csv");
  EXPECT_EQ(letters[1].at("onceload.rest"), "bytes 13 to 15 of rows.csv");
  EXPECT_EQ(letters[2].find("onceload.rest"), letters[2].end()) << "it is whole";
}

TEST_F(RowSourceTest, AnOldLoadsDeadLettersStayAsTheyWere) {
  rules_ = Rules::kFirst;
  const std::vector<Headers> letters = DeadLetters(Fill({"a", "b"}, "a,b\n1\n"));
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].count("onceload.bytes") + letters[0].count("onceload.lines"), 0U);
}

TEST_F(RowSourceTest, TheLongestLoadedCellIsNoted) {
  std::string lines;
  for (int i = 0; i < 150; ++i) lines += "x\n";
  const EncodedBatch& batch =
      Fill({"a", "b"}, "a,b\n1,2\n3,\"" + lines + "\"\n\"" + lines.substr(20) + "\",5\n");
  EXPECT_EQ(batch.after.long_cell, (LongCell{151, 0, RowNumber{2}, "b"}));
}

// Files of one row each: by their number within a file all would be in partition 0.
TEST_F(RowSourceTest, RowsWithoutAKeyAreSpreadOverTheWholeLoad) {
  options_.columns = {"a"};
  for (const Rules rules : {Rules::kFirst, Rules::kSecond}) {
    ProgressRecord at;
    at.rules = rules;
    at.partitions.resize(4);
    for (const char* name : {"1", "2", "3", "4"}) {
      std::ofstream(directory_ / name) << "a\nx\n";
      at.inputs.push_back(SourceFile(directory_ / name).identity());
    }
    RowSource(options_, at).Fill({}, batch_);
    EXPECT_EQ(batch_.after.partitions[0].rows, rules == Rules::kFirst ? 4U : 1U);
    EXPECT_EQ(batch_.after.partitions[3].rows, rules == Rules::kFirst ? 0U : 1U);
  }
}

// A piece of a file that has grown after later ones were begun.
TEST_F(RowSourceTest, APieceIsReadBehindItsBegin) {
  options_.columns = {"a"};
  std::ofstream(directory_ / "1") << "a\nx\ny\n";
  std::ofstream(directory_ / "2") << "a\nz\n";
  ProgressRecord at;
  at.rules = Rules::kSecond;
  at.partitions.resize(2);
  at.inputs = {SourceFile(directory_ / "1").identity(), SourceFile(directory_ / "2").identity()};
  RowSource(options_, at).Fill({}, batch_);
  for (const auto& [index, file] : batch_.ended) at.inputs[index] = file;
  batch_.after.PutInto(at);
  std::ofstream(directory_ / "1", std::ios::app) << "v\nw\n";
  InputFile piece = SourceFile(directory_ / "1").identity();
  piece.begin = at.inputs[0].end;
  piece.begin->file = 0;
  at.inputs.push_back(piece);
  RowSource(options_, at).Fill({}, batch_);
  ASSERT_TRUE(batch_.last);
  EXPECT_EQ(batch_.messages.messages().size(), 2U);
  for (const auto& [index, file] : batch_.ended) at.inputs[index] = file;
  batch_.after.PutInto(at);
  EXPECT_EQ(at.input_rows(), 5U);
  EXPECT_EQ(at.rows(), 5U);
  EXPECT_EQ(at.position.row, RowNumber{4});
  EXPECT_EQ(ImpossibleIn(at).substr(0, 19), "a partition's recor") << "offsets are the broker's";
}

TEST_F(RowSourceTest, ALastRowWithoutAnEndIsLeftIfThatIsAsked) {
  options_.require_record_end = true;
  const EncodedBatch& batch = Fill({"a"}, "a\n1\n2");
  EXPECT_EQ(batch.messages.messages().size(), 1U);
  EXPECT_EQ(batch.after.position.byte, ByteOffset{4});
  ASSERT_EQ(batch.ended.size(), 1U);
  EXPECT_EQ(batch.ended[0].second.end->row, RowNumber{1});
  ASSERT_EQ(batch.notices.size(), 1U);
  EXPECT_NE(batch.notices[0].find("left for the next run"), std::string::npos);
}

TEST_F(RowSourceTest, ALastRowWithoutAnEndOfAFreshFileIsTold) {
  const EncodedBatch& batch = Fill({"a"}, "a\n1\n2");
  EXPECT_EQ(batch.messages.messages().size(), 2U);
  ASSERT_EQ(batch.notices.size(), 1U);
  EXPECT_NE(batch.notices[0].find("--require-record-end"), std::string::npos);
}

TEST_F(RowSourceTest, ALineEndUnlikeTheHeadersIsToldOnce) {
  const EncodedBatch& batch = Fill({"a"}, "a\r\n1\r\n2\n3\n");
  ASSERT_EQ(batch.notices.size(), 1U);
  EXPECT_NE(batch.notices[0].find("row 2, byte 6: the row ends in LF"), std::string::npos)
      << batch.notices[0];
}

// Of all rows that cannot be loaded the first says it for the others.
TEST_F(RowSourceTest, WhatHelpsAgainstARowIsToldOnce) {
  const EncodedBatch& batch = Fill({"a", "b"}, "a,b\na;b;c\n1,2\na;b;c\n");
  EXPECT_EQ(batch.rejected.size(), 2U);
  ASSERT_EQ(batch.notices.size(), HintOf("a;b;c", {"a", "b"}, {}).empty() ? 0U : 1U);
}

TEST_F(RowSourceTest, RowsThatArePerhapsNoneAreToldOfTheirFile) {
  const EncodedBatch& batch = Fill({"a", "b"}, "a,b\n1,2\na,b\n3,4\n");
  ASSERT_EQ(batch.notices.size(), 1U);
  EXPECT_NE(batch.notices[0].find("rows.csv "), std::string::npos) << batch.notices[0];
}

// Rows of a line each are rows, however many there are.
TEST_F(RowSourceTest, OnlyRowsOfSeveralLinesAreLines) {
  for (const bool two_lines : {false, true}) {
    options_.rejects.on_error = OnError::kSkip;
    options_.rejects.lines_max = 1;
    const ProgressRecord at =
        Begin({"a"}, {std::string("a\n1,2\n") + (two_lines ? "3,\"\n\"\n" : "3,4\n")});
    RowSource(options_, at).Fill({}, batch_);
    ASSERT_TRUE(batch_.failure);
    const std::string line = batch_.failure->Line();
    EXPECT_NE(line.find(two_lines ? "more than 1 lines" : "more than 1 rows"), std::string::npos)
        << line;
  }
}

// Only what Kafka alone knows of a record is not the tally's.
TEST(TallyTest, AllOfItIsPutIntoARecord) {
  Tally tally;
  tally.position = {2, ByteOffset{30}, RowNumber{4}, 5, {}};
  tally.partitions = {{6, Digest{7}, KafkaOffset{1}, KafkaOffset{2}, Digest{8}}};
  tally.rejected = 9;
  tally.rejected_lines = 10;
  tally.dead_letters = {11, Digest{12}, KafkaOffset{1}, KafkaOffset{2}, Digest{13}};
  tally.rejects_bytes = 14;
  tally.packed_done = 15;
  tally.long_cell = {201, 2, RowNumber{3}, "text"};
  tally.refusals.rows = {{RowNumber{3}, "no", "due"}};
  ProgressRecord record;
  record.partitions = {{0, Digest{}, KafkaOffset{100}, KafkaOffset{200}}};
  tally.PutInto(record);
  EXPECT_EQ(record.position, tally.position);
  EXPECT_EQ(record.rejected, 9U);
  EXPECT_EQ(record.rejected_lines, 10U);
  EXPECT_EQ(record.rejects_bytes, 14U);
  EXPECT_EQ(record.packed_done, 15U);
  EXPECT_EQ(record.long_cell, tally.long_cell);
  EXPECT_EQ(record.refusals, tally.refusals);
  EXPECT_EQ(record.dead_letters, (PartitionProgress{11, Digest{12}, kNoOffset, kNoOffset}));
  EXPECT_EQ(record.dead_letters.sum, Digest{13});
  EXPECT_EQ(record.partitions[0],
            (PartitionProgress{6, Digest{7}, KafkaOffset{100}, KafkaOffset{200}}));
  EXPECT_EQ(record.partitions[0].sum, Digest{8});
}

// Where a run begins with a further file, and where it begins within one.
TEST_F(RowSourceTest, WhatTheTopicRefusesIsKnownFromTheFirstRowOn) {
  options_.rejects.on_error = OnError::kSkip;
  ProgressRecord at = Begin({"a"}, {"a\n1\n", "a\n2\n3\n"});
  options_.refused = {{RowNumber{2}, "not taken", ""}};
  at.position = {0, ByteOffset{4}, RowNumber{1}, 0, {}};
  at.inputs[0].end = at.position;
  at.partitions[0].rows = 1;
  EncodedBatch batch;
  RowSource(options_, at).Fill({}, batch);
  ASSERT_EQ(batch.rejected.size(), 1U);
  EXPECT_EQ(batch.rejected[0].row, RowNumber{1});
  EXPECT_EQ(batch.messages.messages().size(), 1U);
}

// A batch is used for one after the other.
TEST_F(RowSourceTest, ABatchHasNothingOfTheOneBefore) {
  options_.rejects.on_error = OnError::kSkip;
  const ProgressRecord at = Begin({"a"}, {"a\r\n1\r\n2\n1,2\r\n", "a\n3\n4\n5\n6\n"});
  RowSource source(options_, at);
  source.Fill({.rows = 4}, batch_);
  EXPECT_EQ(batch_.messages.messages().size(), 3U);
  EXPECT_EQ(batch_.begun.size(), 2U);
  EXPECT_EQ(batch_.ended.size(), 1U);
  EXPECT_EQ(batch_.rejected.size(), 1U);
  EXPECT_FALSE(batch_.rejects_text.empty());
  EXPECT_FALSE(batch_.notices.empty());
  source.Fill({.rows = 1}, batch_);
  EXPECT_EQ(batch_.rows, 1U);
  EXPECT_EQ(batch_.messages.messages().size(), 1U);
  EXPECT_TRUE(batch_.begun.empty());
  EXPECT_TRUE(batch_.ended.empty());
  EXPECT_TRUE(batch_.rejected.empty());
  EXPECT_TRUE(batch_.rejects_text.empty());
  EXPECT_TRUE(batch_.notices.empty());
  EXPECT_FALSE(batch_.last);
}

TEST_F(RowSourceTest, ABatchEndsWithTheRowThatFillsIt) {
  const ProgressRecord at = Begin({"a"}, {"a\n1\n2\n3\n"});
  RowSource(options_, at).Fill({.rows = 1}, batch_);
  const std::size_t bytes = batch_.messages.bytes();
  RowSource(options_, at).Fill({.rows = 9, .bytes = bytes}, batch_);
  EXPECT_EQ(batch_.rows, 1U);
  RowSource(options_, at).Fill({.rows = 9, .bytes = bytes + 1}, batch_);
  EXPECT_EQ(batch_.rows, 2U);
}

// What was read before can be committed first.
TEST_F(RowSourceTest, AFileThatIsGoneFailsBehindTheRowsBefore) {
  const ProgressRecord at = Begin({"a"}, {"a\n1\n2\n", "a\n3\n"});
  RowSource source(options_, at);
  std::filesystem::remove(directory_ / "rows-1.csv");
  source.Fill({}, batch_);
  EXPECT_EQ(batch_.rows, 2U);
  ASSERT_TRUE(batch_.failure);
  EXPECT_NE(batch_.failure->Line().find("rows-1.csv"), std::string::npos);
  EXPECT_EQ(batch_.after.position.file, 0U);
  EXPECT_EQ(batch_.after.position.row, RowNumber{2});
}

// The rows of a load are numbered through all of its files, ended ones whose files are gone too.
TEST_F(RowSourceTest, RowsAreNumberedThroughAllFiles) {
  ProgressRecord at = Begin({"a"}, {"a\n1\n2\n", "a\n", "a\n3\n", "a\n4\n5\n"});
  at.inputs[2].end = InputPosition{2, ByteOffset{4}, RowNumber{1}, 0, {}};
  std::filesystem::remove(directory_ / "rows-2.csv");
  RowSource source(options_, at);
  std::vector<std::uint64_t> rows;
  std::vector<std::uint32_t> begun;
  do {
    source.Fill({.rows = 1}, batch_);
    for (const auto& message : batch_.messages.messages()) rows.push_back(message.row.value);
    for (const InputPosition& position : batch_.begun) begun.push_back(position.file);
  } while (!batch_.stops());
  EXPECT_EQ(rows, (std::vector<std::uint64_t>{1, 2, 4, 5}));
  EXPECT_EQ(begun, (std::vector<std::uint32_t>{0, 1, 3}));
}

TEST_F(RowSourceTest, AnOddLineEndIsToldAsSoonAsItIsSeen) {
  const ProgressRecord at = Begin({"a"}, {"a\r\n1\r\n2\n3\r\n4\r\n"});
  RowSource source(options_, at);
  source.Fill({.rows = 3}, batch_);
  EXPECT_EQ(batch_.notices.size(), 1U);
  source.Fill({}, batch_);
  EXPECT_TRUE(batch_.notices.empty()) << "once";
}

// In the others they are as likely as not the same.
TEST_F(RowSourceTest, OddLineEndsAreToldOfTenFiles) {
  const ProgressRecord at = Begin({"a"}, std::vector<std::string>(12, "a\r\n1\r\n2\n"));
  RowSource(options_, at).Fill({}, batch_);
  EXPECT_TRUE(batch_.last);
  EXPECT_EQ(batch_.notices.size(), 10U);
  EXPECT_NE(batch_.notices[9].find("rows-9.csv row 2"), std::string::npos) << batch_.notices[9];
}

// Early, while most rows are not yet sent, but not of a few rows.
TEST_F(RowSourceTest, TimesOfAnotherUnitAreToldOnce) {
  options_.encode.types = {{"a", ColumnType::kTimestamp}};
  std::string text = "a\n";
  for (int row = 0; row < 1'100; ++row) text += "1970-01-02T00:00:00Z\n";
  const ProgressRecord at = Begin({"a"}, {text, text});
  RowSource source(options_, at);
  source.Fill({.rows = 999}, batch_);
  EXPECT_TRUE(batch_.notices.empty());
  source.Fill({.rows = 1}, batch_);
  ASSERT_EQ(batch_.notices.size(), 1U);
  EXPECT_EQ(batch_.notices[0].find("column \"a\": all times so far lie in January 1970"), 0U);
  source.Fill({}, batch_);
  EXPECT_TRUE(batch_.last);
  EXPECT_TRUE(batch_.notices.empty());
  const ProgressRecord few = Begin({"a"}, {"a\n1970-01-02T00:00:00Z\n"});
  RowSource(options_, few).Fill({}, batch_);
  EXPECT_EQ(batch_.notices.size(), 1U) << "all that there are";
}

// Of a packed file; of a plain one the position tells.
TEST_F(RowSourceTest, HowMuchOfAPackedFileIsDone) {
  std::string text = "a\n";
  std::uint32_t random = 1;
  for (int row = 0; row < 20'000; ++row) {
    random = random * 1'664'525 + 1'013'904'223;
    text += std::to_string(random) + "\n";
  }
  options_.columns = {"a"};
  const std::string path = directory_ / "rows.csv.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_GT(gzwrite(file, text.data(), static_cast<unsigned>(text.size())), 0);
  gzclose(file);
  ProgressRecord at;
  at.partitions.resize(2);
  at.inputs = {SourceFile(path).identity()};
  RowSource source(options_, at);
  source.Fill({.rows = 10'000}, batch_);
  EXPECT_NEAR(static_cast<double>(batch_.after.packed_done),
              static_cast<double>(std::filesystem::file_size(path)) / 2,
              static_cast<double>(std::filesystem::file_size(path)) / 5);
  source.Fill({.rows = 20'000, .bytes = std::size_t{1} << 30}, batch_);
  EXPECT_TRUE(batch_.last);
  EXPECT_EQ(batch_.after.packed_done, 0U) << "it has ended";
  ASSERT_EQ(batch_.ended.size(), 1U);
  EXPECT_EQ(batch_.ended[0].second.coding, "gzip");
  const ProgressRecord plain = Begin({"a"}, {"a\n1\n2\n"});
  RowSource(options_, plain).Fill({.rows = 1}, batch_);
  EXPECT_EQ(batch_.after.packed_done, 0U);
}

// What its messages call it, and by what it is known, do not change when it ends.
TEST_F(RowSourceTest, AnEndedFileKeepsItsNameAndItsHead) {
  std::string text = "a\n";
  while (text.size() < kHeadBytes) text += "0123456789\n";
  const std::string first = text.substr(0, kHeadBytes);
  ProgressRecord at = Begin({"a"}, {"a\n1\n", "a\n2\n", text});
  at.inputs[0].name = "older.csv";
  at.inputs[0].head = HeadKey{Digest{7}};
  at.inputs[1].head = HeadKey{Digest{8}, 2};
  at.inputs[2].head = HeadKey{Digest{9}, 2};
  RowSource(options_, at).Fill({.rows = 100'000, .bytes = std::size_t{1} << 30}, batch_);
  ASSERT_EQ(batch_.ended.size(), 3U);
  EXPECT_EQ(batch_.ended[0].second.path, at.inputs[0].path);
  EXPECT_EQ(batch_.ended[0].second.name, "older.csv");
  EXPECT_EQ(batch_.ended[0].second.head, HeadKey{Digest{7}});
  EXPECT_EQ(batch_.ended[1].second.name, "");
  EXPECT_FALSE(batch_.ended[1].second.head) << "its fingerprint is all of it";
  EXPECT_EQ(batch_.ended[2].second.head, HeadKey{DigestOf(first)}) << "it has grown";
}

// Where so many rows are refused it is not the rows that are odd.
TEST_F(RowSourceTest, OfRowsThatBrokersRefuseThereIsAMost) {
  options_.rejects.on_error = OnError::kSkip;
  options_.refused = {{RowNumber{2}, "not taken", ""}};
  ProgressRecord at = Begin({"a"}, {"a\n1\n2\n3\n"});
  for (std::size_t i = 0; i < kRefusedRowsMax - 1; ++i) {
    at.refusals.rows.push_back({RowNumber{100 + i}, "not taken", ""});
  }
  RowSource(options_, at).Fill({}, batch_);
  EXPECT_TRUE(batch_.last);
  EXPECT_EQ(batch_.after.refusals.rows.size(), kRefusedRowsMax);
  at.refusals.rows.push_back({RowNumber{99}, "not taken", ""});
  RowSource(options_, at).Fill({}, batch_);
  ASSERT_TRUE(batch_.failure);
  EXPECT_EQ(batch_.failure->Line().find("the brokers have refused more than 1000 rows: "), 0U);
  EXPECT_EQ(batch_.after.position.row, RowNumber{1});
}

TEST_F(RowSourceTest, TheTimesThatTheTopicTakesMoveWithTheClock) {
  SleepingClock clock;
  clock.Sleep(Duration{1'000'000});
  options_.rejects.on_error = OnError::kSkip;
  options_.clock = &clock;
  options_.time_window.before_max_ms = 1'000;
  options_.encode.timestamp_column = "a";
  const ProgressRecord at = Begin({"a"}, {"a\n1000000\n1000000\n"});
  RowSource source(options_, at);
  source.Fill({.rows = 1}, batch_);
  EXPECT_TRUE(batch_.rejected.empty());
  clock.Sleep(Duration{60'000});
  source.Fill({.rows = 1}, batch_);
  EXPECT_EQ(batch_.rejected.size(), 1U);
  EXPECT_EQ(batch_.after.refusals.times.size(), 1U);
}

}  // namespace
}  // namespace onceload
