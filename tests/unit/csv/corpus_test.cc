// Every file in tests/data/csv, against the answers that tests/data/make_csv_corpus.py wrote, and
// in every way a file can be read: stopped and resumed anywhere, by blocks of any size, with either
// byte scanner.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "csv/reader_core.h"
#include "onceload/csv/csv_header.h"
#include "onceload/csv/record_reader.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::ErrorOf;
using csv_testing::Parsed;
using csv_testing::ReadAll;
using csv_testing::ReadFile;
using csv_testing::Row;
using nlohmann::json;

const std::filesystem::path kFolder = std::filesystem::path(ONCELOAD_SOURCE_DIR) / "tests/data/csv";

class Corpus : public ::testing::TestWithParam<std::string> {
 protected:
  Corpus()
      : file_((kFolder / (GetParam() + ".csv")).string()),
        answer_(json::parse(ReadFile(kFolder / (GetParam() + ".json")))),
        dialect_(DecodeDialect(answer_.value("dialect", json::object()).dump())) {
    if (answer_.contains("delimiter")) dialect_.delimiter = answer_["delimiter"];
  }

  // The ways to read the file: from byte 0 with any number of fields; with a limit that most of the
  // files exceed; and from its header, if it has one, by each version of the rules.
  std::vector<ReaderStart> Starts() const {
    const ReaderStart raw{.position = {}, .dialect = dialect_};
    ReaderStart limited = raw;
    limited.record_bytes_max = 9;
    std::vector<ReaderStart> starts{raw, limited};
    if (answer_.contains("header_error")) return starts;
    const CsvHeader header = ReadHeader(file_, dialect_);
    starts.push_back({.position = header.end,
                      .columns = header.names.size(),
                      .dialect = dialect_,
                      .rules = Rules::kSecond,
                      .line_end = header.line_end});
    starts.push_back(starts.back());
    starts.back().rules = Rules::kFirst;
    return starts;
  }

  std::uint64_t Size() const { return file_.identity().size; }

  SourceFile file_;
  json answer_;
  Dialect dialect_;
};

void ExpectAnswer(const Row& row, const json& answer) {
  if (answer.is_array()) {
    ASSERT_FALSE(row.fault) << row;
    json found = json::array();
    for (std::size_t i = 0; i < row.fields.size(); ++i) {
      const bool null = !row.nulls.empty() && row.nulls[i] != 0;
      found.push_back(null ? json() : json(row.fields[i]));
    }
    EXPECT_EQ(found, answer);
  } else {
    ASSERT_TRUE(row.fault) << row;
    EXPECT_EQ(NameOf(*row.fault), answer.at("fault").get<std::string>());
    EXPECT_EQ(row.row, answer.at("row").get<std::uint64_t>());
    EXPECT_EQ(row.at, answer.at("at").get<std::uint64_t>());
  }
}

void ExpectAnswer(const Parsed& parsed, const json& answer) {
  const json& rows = answer.at("rows");
  ASSERT_EQ(parsed.rows.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(parsed.rows[i].row, i + 1);
    ExpectAnswer(parsed.rows[i], rows[i]);
  }
  EXPECT_EQ(parsed.end.empty_lines, answer.at("empty_lines").get<std::uint64_t>());
  EXPECT_EQ(parsed.end.row.value, rows.size());
}

TEST_P(Corpus, IsReadAsTheAnswerSays) {
  if (answer_.contains("header_error")) {
    const Error error = ErrorOf([&] { static_cast<void>(ReadHeader(file_, dialect_)); });
    EXPECT_NE(std::string(error.what()).find(answer_["header_error"].get<std::string>()),
              std::string::npos)
        << error.what();
    return;
  }
  EXPECT_EQ(ReadHeader(file_, dialect_).names,
            answer_.at("header").get<std::vector<std::string>>());
  for (const ReaderStart& start : Starts()) {
    if (start.columns == 0) continue;
    SCOPED_TRACE(static_cast<int>(start.rules));
    const Parsed parsed = ReadAll(file_, start);
    const bool by_second = start.rules == Rules::kSecond && answer_.contains("by_second_rules");
    ExpectAnswer(parsed, by_second ? answer_["by_second_rules"] : answer_);
    EXPECT_EQ(parsed.end.byte.value, Size());
  }
}

// Of the lines in `bytes` those of the rows, the lines that are none, and the header are all.
TEST_P(Corpus, EachLineIsARowsOrCounted) {
  if (answer_.contains("header_error") || dialect_.skip_lines > 0) return;
  const std::string bytes = ReadFile(file_.path());
  const auto count = [](std::string_view text) {
    std::uint64_t lines = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool crlf = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
      if (!crlf && (text[i] == '\n' || text[i] == '\r')) ++lines;
    }
    return lines + (text.empty() || text.back() == '\n' || text.back() == '\r' ? 0 : 1);
  };
  for (const ReaderStart& start : Starts()) {
    const Parsed parsed = ReadAll(file_, start);
    std::uint64_t lines = parsed.end.empty_lines - start.position.empty_lines;
    for (const Row& row : parsed.rows) lines += row.lines;
    std::size_t begin = start.position.byte.value;
    if (begin == 0 && bytes.starts_with("\xef\xbb\xbf")) begin = 3;
    EXPECT_EQ(lines, count(std::string_view(bytes).substr(begin)));
  }
}

// Is `gap` nothing but what stands between records: empty lines and comments?
bool HoldsNoRecord(const std::string& gap, const Dialect& dialect) {
  std::string line;
  for (const char c : gap + "\n") {
    if (c != '\n' && c != '\r') {
      line += c;
      continue;
    }
    const bool comment = !dialect.comment.empty() && line.starts_with(dialect.comment);
    const char* blanks = dialect.trim ? " \t" : "";
    if (!comment && line.find_first_not_of(blanks) != std::string::npos) return false;
    line.clear();
  }
  return true;
}

// ... or, at byte 0, what is skipped.
TEST_P(Corpus, RecordsDoNotOverlapAndNoRecordLiesBetween) {
  const std::string bytes = ReadFile(file_.path());
  for (const ReaderStart& start : Starts()) {
    const Parsed parsed = ReadAll(file_, start);
    std::uint64_t end = start.position.byte.value;
    const auto expect_gap = [&](std::uint64_t from, std::uint64_t to) {
      ASSERT_LE(from, to);
      if (from == 0 && dialect_.skip_lines > 0) return;
      std::string gap = bytes.substr(from, to - from);
      if (from == 0 && gap.starts_with("\xef\xbb\xbf")) gap.erase(0, 3);
      EXPECT_TRUE(HoldsNoRecord(gap, dialect_)) << gap;
    };
    for (const Row& row : parsed.rows) {
      expect_gap(end, row.begin);
      ASSERT_LT(row.begin, row.end);
      EXPECT_EQ(row.before.byte.value, row.begin);
      EXPECT_EQ(row.after.byte.value, row.end);
      end = row.end;
    }
    expect_gap(end, parsed.end.byte.value);
    EXPECT_EQ(parsed.end.byte.value, bytes.size());
  }
}

TEST_P(Corpus, EveryPositionHasTheFingerprintOfItsPrefix) {
  const std::string bytes = ReadFile(file_.path());
  for (const ReaderStart& start : Starts()) {
    for (const Row& row : ReadAll(file_, start).rows) {
      EXPECT_EQ(row.before.prefix.tail, DigestOf(bytes.substr(0, row.begin)));
      EXPECT_EQ(row.after.prefix.tail, DigestOf(bytes.substr(0, row.end)));
    }
  }
}

TEST_P(Corpus, ReadingOnFromAnyBoundaryIsReadingOn) {
  for (ReaderStart start : Starts()) {
    const Parsed all = ReadAll(file_, start);
    std::vector<InputPosition> boundaries{start.position, all.end};
    for (const Row& row : all.rows) boundaries.insert(boundaries.end(), {row.before, row.after});
    for (const InputPosition& boundary : boundaries) {
      Parsed expected{.rows = {}, .end = all.end, .odd_line_end = {}};
      std::copy_if(all.rows.begin(), all.rows.end(), std::back_inserter(expected.rows),
                   [&](const Row& row) { return row.row > boundary.row.value; });
      start.position = boundary;
      const Parsed resumed = ReadAll(file_, start);
      EXPECT_EQ(resumed.rows, expected.rows) << boundary.byte.value;
      EXPECT_EQ(resumed.end, expected.end) << boundary.byte.value;
    }
  }
}

template <typename Reader>
void ExpectSame(const SourceFile& file, const ReaderStart& start, const Parsed& expected) {
  const auto found = ReadAll<Reader>(file, start);
  ASSERT_EQ(found.rows, expected.rows) << start.block_bytes;
  ASSERT_EQ(found.end, expected.end) << start.block_bytes;
  ASSERT_EQ(found.odd_line_end, expected.odd_line_end) << start.block_bytes;
}

// By blocks of each size up to the file's: so one ends at each byte of it.
TEST_P(Corpus, IsReadAlikeByBlocksOfAnySizeAndWithAnyScanner) {
  for (ReaderStart start : Starts()) {
    const Parsed expected = ReadAll(file_, start);
    for (std::size_t block = 1; block <= Size() + 2; ++block) {
      start.block_bytes = block;
      ASSERT_NO_FATAL_FAILURE(ExpectSame<GeneralReaderCore>(file_, start, expected));
      if (!IsPlain(dialect_)) continue;
      ASSERT_NO_FATAL_FAILURE(ExpectSame<ReaderCore<NativeScanner>>(file_, start, expected));
      ASSERT_NO_FATAL_FAILURE(ExpectSame<ReaderCore<PortableScanner>>(file_, start, expected));
    }
  }
}

// Each limit has the reader find other record ends without holding the records.
TEST_P(Corpus, WithAnyLimitIsReadAlikeByBlocksOfAnySizeAndToTheSameRecordEnds) {
  ReaderStart start{.position = {}, .dialect = dialect_};
  const Parsed all = ReadAll(file_, start);
  for (std::size_t limit = 1; limit < 24; ++limit) {
    start.record_bytes_max = limit;
    start.block_bytes = kReadBlockBytes;
    const Parsed expected = ReadAll(file_, start);
    // By their begin and not by number: a line of blanks over the limit is a row.
    for (const Row& row : all.rows) {
      const auto same = std::find_if(expected.rows.begin(), expected.rows.end(),
                                     [&](const Row& other) { return other.begin == row.begin; });
      ASSERT_NE(same, expected.rows.end()) << limit;
      ASSERT_EQ(same->end, row.end) << limit;
    }
    for (const std::size_t block : {1U, 2U, 3U, 5U, 7U, 8U, 13U, 16U, 17U, 63U, 64U, 65U}) {
      start.block_bytes = block;
      ASSERT_NO_FATAL_FAILURE(ExpectSame<RecordReader>(file_, start, expected)) << limit;
    }
  }
}

std::vector<std::string> CorpusNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".csv") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Files, Corpus, ::testing::ValuesIn(CorpusNames()),
                         [](const auto& test) { return test.param; });

TEST(CorpusFolder, IsNotEmptied) { EXPECT_GE(CorpusNames().size(), 200U); }

}  // namespace
}  // namespace onceload
