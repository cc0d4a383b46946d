// Rows in blocks, by several threads, are the rows that one thread reads: each word of them, and
// each position, whatever the file and however small the blocks.
#include "rows/row_blocks.h"

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/rows/input_rows.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

std::string TextOf(const InputPosition& at) {
  return std::to_string(at.file) + ":" + std::to_string(at.byte.value) + ":" +
         std::to_string(at.row.value) + ":" + std::to_string(at.empty_lines) + ":" +
         std::to_string(at.prefix.blocks.value) + ":" + std::to_string(at.prefix.tail.value);
}

std::string TextOf(const RejectedRow& row) {
  return std::string(row.reason) + "|" + row.detail + "|" + row.column + "|" +
         std::to_string(row.row.value) + "|" + std::to_string(row.begin.value) + "|" +
         std::to_string(row.end.value) + "|" + std::to_string(row.at.value) + "|" +
         std::to_string(row.lines) + "|" + std::to_string(row.text_bytes);
}

class RowBlocksTest : public testing::Test {
 protected:
  RowBlocksTest() {
    rules_.columns = {"a", "b"};
    rules_.encode.key_columns = {"a"};
    rules_.encode.headers = true;
    rules_.partitions = 3;
    rules_.load_name = "load";
    rules_.load_id = "id";
    rules_.limits.record_bytes = 60;
  }

  void Write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }

  // All that can be seen of the rows, a line each. `asked`: which positions are asked for, for each
  // question moves what is hashed.
  std::vector<std::string> Seen(const RowWork& work, unsigned asked) {
    RowRules rules = rules_;
    rules.work = work;
    std::vector<std::string> seen;
    InputFile input = SourceFile(path_).identity();
    input.end = end_;
    InputRows rows(rules, input, begin_, 7 + begin_.row.value);
    seen.push_back(TextOf(rows.position()));
    MessageBatch batch;
    std::minstd_rand random(asked);
    try {
      for (;;) {
        if (random() % 4 == 0) batch.Clear();
        const InputRows::Kind kind = rows.Next(batch);
        std::string& line = seen.emplace_back(std::to_string(static_cast<int>(kind)));
        if (kind == InputRows::Kind::kEnd) {
          line += TextOf(rows.position()) + (rows.goes_on() ? " more" : "");
          break;
        }
        line += See(rows, kind, batch);
        if (random() % 3 == 0) line += " before " + TextOf(rows.position_before());
        if (random() % 3 == 0) line += " at " + TextOf(rows.position());
      }
    } catch (const Error& error) {
      seen.push_back(error.Line() + TextOf(rows.position()));
    }
    for (const auto& [column, span] : rows.spans()) {
      seen.push_back(column + std::to_string(span.least) + " " + std::to_string(span.most));
    }
    return seen;
  }

  std::string See(InputRows& rows, InputRows::Kind kind, MessageBatch& batch) {
    std::string line = std::to_string(rows.row().value) + "/" +
                       std::to_string(rows.row_of_load().value) + (rows.unended() ? " half" : "");
    if (const auto& odd = rows.odd_line_end()) line += " odd " + std::to_string(odd->row.value);
    if (kind == InputRows::Kind::kMessage) {
      const MessageBatch::Message& message = rows.message();
      line += std::string(batch.key(message).value_or("none")) + "|" +
              std::string(batch.value(message)) + "|" + std::string(batch.headers(message)) + "|" +
              std::to_string(message.partition.value) + "|" + std::to_string(message.row.value) +
              "|" + std::to_string(rows.digest().value) + "|" + std::string(rows.record().raw);
      batch.Add(message);
      return line;
    }
    Digest digest;
    const MessageBatch::Message dead = rows.AppendDeadLetter(batch, digest);
    return line + TextOf(rows.rejected()) + std::string(rows.raw()) +
           std::string(batch.value(dead)) + std::to_string(digest.value);
  }

  // The first line that is otherwise.
  static void ExpectSame(const std::vector<std::string>& seen,
                         const std::vector<std::string>& one) {
    for (std::size_t i = 0; i < std::min(seen.size(), one.size()); ++i) {
      ASSERT_EQ(seen[i], one[i]) << "line " << i;
    }
    ASSERT_EQ(seen.size(), one.size());
  }

  void ExpectAlike(const std::string& text) {
    Write(text);
    for (unsigned asked = 0; asked < 3; ++asked) {
      const std::vector<std::string> one = Seen({1}, asked);
      for (const RowWork& work : {RowWork{2, 1, 1}, RowWork{2, 3, 1'000}, RowWork{4, 1'000, 30}}) {
        if (text.size() <= work.block_bytes) continue;
        SCOPED_TRACE(text);
        ExpectSame(Seen(work, asked), one);
        if (HasFatalFailure()) return;
      }
    }
  }

  TempDir directory_;
  std::string path_ = directory_ / "rows.csv";
  RowRules rules_;
  InputPosition begin_;
  std::optional<InputPosition> end_;
};

std::string RandomRows(std::minstd_rand& random, std::size_t rows) {
  static const std::vector<std::string> kCells = {
      "x",           "u1",   "",       "\"q\"",      "\"a \"\"b\"\"\"", "\"two\nlines\"",
      "caf\xc3\xa9", "\xff", "\"x\"y", "1969-01-01", "2026-01-02",      std::string(70, 'l'),
      "#c"};
  static const std::vector<std::string> kEnds = {"\n", "\n", "\n", "\n", "\r\n", "\n\n", "\r"};
  std::string text = "a,b\n";
  for (std::size_t row = 0; row < rows; ++row) {
    text += kCells[random() % kCells.size()];
    for (std::size_t more = random() % 8 == 0 ? random() % 3 : 1; more > 0; --more) {
      text += "," + kCells[random() % kCells.size()];
    }
    text += kEnds[random() % kEnds.size()];
    if (random() % 40 == 0)
      text +=
          "\xef\xbb\xbf"
          "m,1\n";
  }
  if (random() % 3 == 0) text += "half,row";
  if (random() % 6 == 0) text += "\n\"open,1\n2,3\n" + std::string(200, 'o');
  return text;
}

TEST_F(RowBlocksTest, AreTheRowsThatOneThreadReads) {
  std::minstd_rand random(1);
  for (int file = 0; file < 60; ++file) ExpectAlike(RandomRows(random, 1 + random() % 40));
}

TEST_F(RowBlocksTest, OfAnyDialect) {
  std::minstd_rand random(2);
  rules_.dialect.comment = "#";
  rules_.dialect.null_text = "";
  rules_.dialect.trim = true;
  for (int file = 0; file < 30; ++file) ExpectAlike(RandomRows(random, 1 + random() % 40));
}

TEST_F(RowBlocksTest, WithTimesAndWithoutKeys) {
  std::minstd_rand random(3);
  rules_.encode.key_columns.clear();
  rules_.encode.types["b"] = ColumnType::kDate;
  for (int file = 0; file < 30; ++file) ExpectAlike(RandomRows(random, 1 + random() % 40));
}

TEST_F(RowBlocksTest, UpToWhereAFooterBegins) {
  std::minstd_rand random(4);
  rules_.skip_footer = 2;
  for (int file = 0; file < 30; ++file) ExpectAlike(RandomRows(random, 3 + random() % 40));
}

TEST_F(RowBlocksTest, UpToARecordedEndAndFromAPosition) {
  std::minstd_rand random(5);
  for (int file = 0; file < 30; ++file) {
    Write(RandomRows(random, 10 + random() % 40));
    InputRows rows(rules_, SourceFile(path_).identity(), {}, 0);
    MessageBatch batch;
    for (std::size_t row = random() % 6; row > 0; --row) rows.Next(batch);
    begin_ = rows.position();
    for (std::size_t row = random() % 30; row > 0; --row) rows.Next(batch);
    end_ = rows.position();
    std::ifstream in(path_, std::ios::binary);
    ExpectAlike(std::string(std::istreambuf_iterator<char>(in), {}));
  }
}

// The load goes on from there once the option is mended.
TEST_F(RowBlocksTest, AFooterThatBeginsInsideOfARowLeavesTheRow) {
  Write("a,b\nx,1\ny,\"2\n3\"\n");
  rules_.skip_footer = 1;
  for (const RowWork& work : {RowWork{1}, RowWork{2, 10, 5}}) {
    RowRules rules = rules_;
    rules.work = work;
    InputRows rows(rules, SourceFile(path_).identity(), {}, 0);
    MessageBatch batch;
    EXPECT_EQ(rows.Next(batch), InputRows::Kind::kMessage);
    EXPECT_THROW(rows.Next(batch), Error);
    EXPECT_EQ(rows.position().byte, ByteOffset{8});
    EXPECT_EQ(rows.position().row, RowNumber{1});
  }
}

// As more than one buffer holds.
TEST_F(RowBlocksTest, OfALargeFile) {
  std::minstd_rand random(6);
  std::string text = "a,b\n";
  while (text.size() < 3 * kReadBlockBytes) text += RandomRows(random, 50).substr(4) + "\"\n";
  Write(text);
  const std::vector<std::string> one = Seen({1}, 1);
  EXPECT_GT(one.size(), 10'000U);
  ExpectSame(Seen({3}, 1), one);
}

// What the topic refuses is asked when a row is taken, for it moves with the clock.
TEST_F(RowBlocksTest, WhatTheTopicRefusesMayChangeMeanwhile) {
  std::string text = "a,b\n";
  for (int row = 0; row < 100; ++row) text += "k" + std::to_string(row) + ",1\n";
  Write(text);
  RowRules rules = rules_;
  rules.work = {3, 4, 100};
  InputRows rows(rules, SourceFile(path_).identity(), {}, 0);
  MessageBatch batch;
  for (int row = 1; row <= 100; ++row) {
    if (row == 50) rules.refusals.rows = {{RowNumber{60}, "not taken", ""}};
    EXPECT_EQ(rows.Next(batch) == InputRows::Kind::kRejected, row == 60) << row;
  }
  EXPECT_EQ(rows.Next(batch), InputRows::Kind::kEnd);
}

TEST_F(RowBlocksTest, AnEarlyEndWaitsForItsThreads) {
  std::minstd_rand random(7);
  Write(RandomRows(random, 2'000));
  for (int rows = 0; rows < 40; ++rows) {
    RowRules rules = rules_;
    rules.work = {4, 2, 50};
    InputRows input(rules, SourceFile(path_).identity(), {}, 0);
    MessageBatch batch;
    for (int row = 0; row < rows; ++row) input.Next(batch);
  }
}

}  // namespace
}  // namespace onceload
