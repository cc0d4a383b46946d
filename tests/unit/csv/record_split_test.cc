// A file split into parts has the same rows, part after part, as it has as a whole.
#include "onceload/csv/record_split.h"

#include <array>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/csv/csv_header.h"
#include "source/byte_source.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::TempFile;

std::vector<std::string> RowsOf(const std::string& name, const Dialect& dialect = {}) {
  const SourceFile file(name);
  const CsvHeader header = ReadHeader(file, dialect);
  ReaderStart start;
  start.position = header.end;
  start.columns = header.names.size();
  start.dialect = dialect;
  RecordReader reader(file, start);
  std::vector<std::string> rows;
  for (;;) {
    const ReadStatus status = reader.Next();
    if (status == ReadStatus::kEnd) return rows;
    rows.emplace_back(status == ReadStatus::kRecord ? reader.record().raw : reader.bad_row().raw);
  }
}

std::vector<std::string> RowsOf(const std::vector<FileRanges>& parts, const Dialect& dialect = {}) {
  std::vector<std::string> rows;
  for (const FileRanges& part : parts) {
    for (std::string& row : RowsOf(part.Name(), dialect)) rows.push_back(std::move(row));
  }
  return rows;
}

TEST(RecordSplit, PartsEndWhereRecordsEnd) {
  const TempFile big("id,text\n1,\"a\nb\"\n2,c\n3,\"d\n\n\ne\"\n4,f\n");
  const auto parts = SplitRecords(SourceFile(big.path()), {}, 2);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].ranges, (std::vector<ByteRange>{{0, 30}}));
  EXPECT_EQ(parts[1].ranges, (std::vector<ByteRange>{{0, 8}, {30, 34}}));
  EXPECT_EQ(RowsOf(parts), RowsOf(big.path()));
}

TEST(RecordSplit, RowsAreThoseOfTheWholeFile) {
  std::mt19937_64 random(20261124);
  const std::vector<std::string> cells{"a", "\"x,\ny\"", "\"\"\"\r\n\"", "", "\"q", "z\"z"};
  for (int round = 0; round < 300; ++round) {
    std::string text = round % 3 == 0 ? "\xef\xbb\xbfid,text\n" : "id,text\n";
    const int rows = static_cast<int>(random() % 12);
    for (int i = 0; i < rows; ++i) {
      // An open quote now and then: the rest of the file is one row then.
      const std::size_t kinds = random() % 40 == 0 ? cells.size() : cells.size() - 2;
      text += std::to_string(i) + "," + cells[random() % kinds];
      text += random() % 9 == 0 ? "\n\n" : "\n";
    }
    if (random() % 4 == 0 && rows > 0) text.pop_back();
    const TempFile big(text);
    const std::uint64_t wanted = 1 + random() % 6;
    const auto parts = SplitRecords(SourceFile(big.path()), {}, wanted);
    ASSERT_EQ(RowsOf(parts), RowsOf(big.path())) << text;
    // Threads begin within quoted cells, too, and within the last row.
    for (const int threads : {2, 3, 6}) {
      ASSERT_EQ(SplitRecords(SourceFile(big.path()), {}, wanted, kRecordBytesMax, threads), parts)
          << text;
    }
  }
}

TEST(RecordSplit, OtherDialectsAreReadAsTheyAre) {
  Dialect dialect;
  dialect.skip_lines = 1;
  dialect.comment = "#";
  dialect.escape = '\\';
  const TempFile big("made by\nid,text\n1,a\\\nb\n# 2,x\n2,c\n3,d\n");
  const auto parts = SplitRecords(SourceFile(big.path()), dialect, 3);
  EXPECT_EQ(parts.size(), 3U);
  EXPECT_EQ(RowsOf(parts, dialect), RowsOf(big.path(), dialect));
  EXPECT_EQ(SplitRecords(SourceFile(big.path()), dialect, 3, kRecordBytesMax, 3), parts);
}

TEST(RecordSplit, FilesWithoutAHeaderRepeatNone) {
  Dialect dialect;
  dialect.columns = {"id", "text"};
  const TempFile big("1,a\n2,b\n3,c\n4,d\n");
  const auto parts = SplitRecords(SourceFile(big.path()), dialect, 2);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[1].ranges, (std::vector<ByteRange>{{8, 16}}));
  EXPECT_EQ(RowsOf(parts, dialect), RowsOf(big.path(), dialect));
}

// As many bytes as a thread reads at a time, and more.
TEST(RecordSplit, ThreadsCutALongFileAsOneDoes) {
  std::mt19937_64 random(20261129);
  std::string text = "id,text\n";
  while (text.size() < 3 * kReadBlockBytes) {
    text += std::to_string(text.size());
    switch (random() % 8) {
      case 0:
        text += ",\"" + std::string(random() % 2000, '\n') + "\"\n";
        break;
      case 1:
        text += ",\"x\"\"\n\"\"\"\r\n\n";
        break;
      default:
        text += ",plain\n";
        break;
    }
  }
  const TempFile big(text);
  for (const std::uint64_t parts : {2, 5, 64, 1000}) {
    const auto alone = SplitRecords(SourceFile(big.path()), {}, parts);
    EXPECT_GT(alone.size(), parts / 2);
    for (const int threads : {2, 7, 16}) {
      EXPECT_EQ(SplitRecords(SourceFile(big.path()), {}, parts, kRecordBytesMax, threads), alone);
    }
  }
}

// Another text, as long, once a reader has had a block of the first one: its header.
class RewrittenSource final : public ByteSource {
 public:
  RewrittenSource(std::string first, std::string then) : texts_{std::move(first), std::move(then)} {
    identity_.path = "rewritten.csv";
    identity_.size = texts_[0].size();
  }
  const InputFile& identity() const override { return identity_; }
  InputFile Now() const override { return identity_; }
  std::unique_ptr<ByteStream> From(std::uint64_t at) const override {
    return std::make_unique<Stream>(*this, texts_[read_ ? 1 : 0].substr(at));
  }

 private:
  class Stream final : public ByteStream {
   public:
    Stream(const RewrittenSource& source, std::string text)
        : source_(source), text_(std::move(text)) {}
    std::size_t Read(std::span<char> into) override {
      if (into.size() >= kReadBlockBytes) source_.read_ = true;
      const std::size_t got = text_.copy(into.data(), into.size(), at_);
      at_ += got;
      return got;
    }
    const std::optional<StreamFault>& fault() const override { return fault_; }
    std::uint64_t consumed() const override { return at_; }

   private:
    const RewrittenSource& source_;
    std::string text_;
    std::size_t at_ = 0;
    std::optional<StreamFault> fault_;
  };

  std::array<std::string, 2> texts_;
  mutable bool read_ = false;
  InputFile identity_;
};

TEST(RecordSplit, AHeaderThatIsAnotherOneNowIsRefused) {
  const std::string text = "id,text\n1,a\n2,b\n";
  const SourceFile same(std::make_unique<RewrittenSource>(text, text));
  EXPECT_EQ(SplitRecords(same, {}, 2).size(), 2U);
  const SourceFile other(std::make_unique<RewrittenSource>(text, "idtext,\n1,a\n2,b\n"));
  EXPECT_THROW(SplitRecords(other, {}, 2), Error);
}

TEST(RecordSplit, FewRecordsMakeFewParts) {
  const TempFile big("id\n1\n2\n");
  EXPECT_EQ(SplitRecords(SourceFile(big.path()), {}, 8).size(), 2U);
  const TempFile none("id\n");
  EXPECT_EQ(SplitRecords(SourceFile(none.path()), {}, 8).size(), 1U);
}

}  // namespace
}  // namespace onceload
