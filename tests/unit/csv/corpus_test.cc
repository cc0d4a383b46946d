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

  // The ways to read the file: from byte 0 with any number of fields; from its header, if it has
  // one; and with a limit that most of the files exceed.
  std::vector<ReaderStart> Starts() const {
    const ReaderStart raw{.position = {}, .dialect = dialect_};
    ReaderStart limited = raw;
    limited.record_bytes_max = 9;
    std::vector<ReaderStart> starts{raw, limited};
    if (answer_.contains("header_error")) return starts;
    const CsvHeader header = ReadHeader(file_, dialect_);
    starts.push_back({.position = header.end, .columns = header.names.size(), .dialect = dialect_});
    return starts;
  }

  std::uint64_t Size() const { return file_.identity().size; }

  SourceFile file_;
  json answer_;
  Dialect dialect_;
};

void ExpectAnswer(const Row& row, const json& answer) {
  if (answer.is_array()) {
    EXPECT_FALSE(row.fault) << row;
    EXPECT_EQ(row.fields, answer.get<std::vector<std::string>>());
  } else {
    ASSERT_TRUE(row.fault) << row;
    EXPECT_EQ(NameOf(*row.fault), answer.at("fault").get<std::string>());
    EXPECT_EQ(row.row, answer.at("row").get<std::uint64_t>());
    EXPECT_EQ(row.at, answer.at("at").get<std::uint64_t>());
  }
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
  const Parsed parsed = ReadAll(file_, Starts().back());
  const json& rows = answer_.at("rows");
  ASSERT_EQ(parsed.rows.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(parsed.rows[i].row, i + 1);
    ExpectAnswer(parsed.rows[i], rows[i]);
  }
  EXPECT_EQ(parsed.end.empty_lines, answer_.at("empty_lines").get<std::uint64_t>());
  EXPECT_EQ(parsed.end.row.value, rows.size());
  EXPECT_EQ(parsed.end.byte.value, Size());
}

// ... or the byte order mark.
TEST_P(Corpus, RecordsDoNotOverlapAndOnlyEmptyLinesLieBetween) {
  const std::string bytes = ReadFile(file_.path());
  for (const ReaderStart& start : Starts()) {
    const Parsed parsed = ReadAll(file_, start);
    std::uint64_t end = start.position.byte.value;
    const auto expect_gap = [&](std::uint64_t from, std::uint64_t to) {
      ASSERT_LE(from, to);
      std::string gap = bytes.substr(from, to - from);
      if (from == 0 && gap.starts_with("\xef\xbb\xbf")) gap.erase(0, 3);
      EXPECT_EQ(gap.find_first_not_of("\r\n"), std::string::npos) << gap;
    };
    for (const Row& row : parsed.rows) {
      expect_gap(end, row.begin);
      ASSERT_LT(row.begin, row.end);
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
      EXPECT_EQ(row.after.prefix.tail, DigestOf(bytes.substr(0, row.end)));
    }
  }
}

TEST_P(Corpus, ReadingOnFromAnyBoundaryIsReadingOn) {
  for (ReaderStart start : Starts()) {
    const Parsed all = ReadAll(file_, start);
    std::vector<InputPosition> boundaries{start.position, all.end};
    for (const Row& row : all.rows) boundaries.push_back(row.after);
    for (const InputPosition& boundary : boundaries) {
      Parsed expected{.rows = {}, .end = all.end};
      std::copy_if(all.rows.begin(), all.rows.end(), std::back_inserter(expected.rows),
                   [&](const Row& row) { return row.row > boundary.row.value; });
      start.position = boundary;
      const Parsed resumed = ReadAll(file_, start);
      EXPECT_EQ(resumed.rows, expected.rows) << boundary.byte.value;
      EXPECT_EQ(resumed.end, expected.end) << boundary.byte.value;
    }
  }
}

TEST_P(Corpus, IsReadAlikeByBlocksOfAnySizeAndWithEitherScanner) {
  for (ReaderStart start : Starts()) {
    const Parsed expected = ReadAll(file_, start);
    for (std::size_t block = 1; block <= Size() + 2; ++block) {
      start.block_bytes = block;
      const auto native = ReadAll<ReaderCore<NativeScanner>>(file_, start);
      ASSERT_EQ(native.rows, expected.rows) << block;
      ASSERT_EQ(native.end, expected.end) << block;
      const auto portable = ReadAll<ReaderCore<PortableScanner>>(file_, start);
      ASSERT_EQ(portable.rows, expected.rows) << block;
      ASSERT_EQ(portable.end, expected.end) << block;
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

TEST(CorpusFolder, IsNotEmptied) { EXPECT_GE(CorpusNames().size(), 60U); }

}  // namespace
}  // namespace onceload
