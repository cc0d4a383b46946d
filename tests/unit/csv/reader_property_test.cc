// What must hold for any file, tried on random ones; the seeds are fixed.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "csv/reader_core.h"
#include "onceload/csv/record_reader.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::Parsed;
using csv_testing::ReadAll;
using csv_testing::Row;
using csv_testing::TempFile;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t Below(std::size_t n) { return engine_() % n; }
  template <typename T>
  const T& OneOf(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

 private:
  std::mt19937_64 engine_;
};

std::string RandomField(Random& random) {
  static const std::vector<std::string> kPieces = {"a",  "b",  " ",    "",           ",",
                                                   "\"", "\n", "\r",   "\r\n",       "\"\"",
                                                   "ä",  "日", "🛒", "0123456789", "\t"};
  std::string field;
  const std::size_t pieces = random.Below(random.Below(20) == 0 ? 60 : 5);
  for (std::size_t i = 0; i < pieces; ++i) field += random.OneOf(kPieces);
  return field;
}

// As RFC 4180 writes it: quotes where they are needed, and sometimes where not.
std::string Written(const std::string& field, bool must_quote) {
  if (!must_quote && field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

TEST(ReaderProperties, WhatIsWrittenByTheRulesIsReadBack) {
  Random random(1);
  for (int round = 0; round < 400; ++round) {
    const std::size_t columns = 1 + random.Below(6);
    csv_testing::Table table(random.Below(30));
    std::string bytes;
    for (auto& record : table) {
      for (std::size_t i = 0; i < columns; ++i) {
        record.push_back(RandomField(random));
        // A record of one empty field would be an empty line.
        const bool must_quote = random.Below(8) == 0 || (columns == 1 && record[0].empty());
        bytes += (i > 0 ? "," : "") + Written(record.back(), must_quote);
      }
      bytes += random.OneOf<std::string>({"\n", "\r\n", "\r"});
      // After a CR an LF would not be an empty line.
      if (random.Below(5) == 0) bytes += bytes.back() == '\r' ? "\r\n" : "\n";
    }
    const Parsed parsed = ReadAll(
        bytes,
        {.position = {}, .columns = columns, .dialect = {}, .block_bytes = 1 + random.Below(100)});
    ASSERT_EQ(parsed.rows.size(), table.size());
    for (std::size_t i = 0; i < table.size(); ++i) {
      ASSERT_FALSE(parsed.rows[i].fault) << parsed.rows[i];
      ASSERT_EQ(parsed.rows[i].fields, table[i]) << round;
    }
  }
}

// The grammar once more, as plainly as can be: the whole file in memory, one byte after the other.
// Of bad bytes it knows NUL and 0xff.
class ReferenceParser {
 public:
  ReferenceParser(std::string_view text, std::size_t limit) : text_(text), limit_(limit) {}

  std::vector<Row> All() {
    std::vector<Row> rows;
    while (at_ < text_.size()) {
      Row row;
      row.begin = at_;
      row.row = rows.size() + 1;
      ParseRecord(row);
      if (!row.raw.empty() || row.fault) rows.push_back(row);
    }
    return rows;
  }

 private:
  bool More() const { return at_ < text_.size(); }
  bool AtEndOfField() const {
    return !More() || std::string_view(",\n\r").find(text_[at_]) != std::string_view::npos;
  }

  void ParseRecord(Row& row) {
    faults_.clear();
    row.fields.push_back(ParseField());
    while (More() && text_[at_] == ',') {
      ++at_;
      row.fields.push_back(ParseField());
    }
    row.raw = text_.substr(row.begin, at_ - row.begin);
    if (More() && text_[at_++] == '\r' && More() && text_[at_] == '\n') ++at_;
    row.end = at_;
    for (std::uint64_t i = row.begin; i < row.begin + row.raw.size(); ++i) {
      if (text_[i] == '\0') faults_.emplace_back(i, RowFault::kNulByte);
      if (text_[i] == '\xff') faults_.emplace_back(i, RowFault::kInvalidUtf8);
    }
    const bool too_long = row.end - row.begin > limit_ && !row.raw.empty();
    if (too_long) {
      const std::uint64_t last = row.begin + limit_;
      std::erase_if(faults_,
                    [&](auto& f) { return f.first >= last && f.second != RowFault::kOpenQuote; });
      const auto is_open = [](auto& f) { return f.second == RowFault::kOpenQuote; };
      if (std::none_of(faults_.begin(), faults_.end(), is_open)) {
        faults_.emplace_back(last, RowFault::kTooLong);
      }
    }
    if (faults_.empty()) return;
    std::tie(row.at, row.fault) = *std::min_element(faults_.begin(), faults_.end());
    row.fields.clear();
    if (too_long) row.raw.resize(std::min(row.raw.size(), limit_));
  }

  std::string ParseField() {
    std::string field;
    if (More() && text_[at_] == '"') {
      const std::uint64_t open = at_++;
      while (More() && (text_[at_] != '"' || text_.substr(at_, 2) == "\"\"")) {
        if (text_[at_] == '"') ++at_;
        field += text_[at_++];
      }
      if (!More()) faults_.emplace_back(open, RowFault::kOpenQuote);
      if (More()) ++at_;
      if (!AtEndOfField()) faults_.emplace_back(at_, RowFault::kTextAfterQuote);
    }
    while (!AtEndOfField()) field += text_[at_++];
    return field;
  }

  std::string_view text_;
  std::size_t limit_;
  std::size_t at_ = 0;
  std::vector<std::pair<std::uint64_t, RowFault>> faults_;
};

std::string Garbage(Random& random, std::string_view alphabet, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) bytes += alphabet[random.Below(alphabet.size())];
  return bytes;
}

// Of the row's members those that the reference knows.
void ExpectSame(const std::vector<Row>& found, const std::vector<Row>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    Row known = found[i];
    known.detail.clear();
    known.before = {};
    known.after = {};
    ASSERT_EQ(known, expected[i]);
  }
}

void CompareWithReference(unsigned seed, std::string_view alphabet, int rounds) {
  Random random(seed);
  for (int round = 0; round < rounds; ++round) {
    const std::string bytes = Garbage(random, alphabet, random.Below(300));
    const TempFile temp(bytes);
    const SourceFile file(temp.path());
    ReaderStart start{.position = {}, .dialect = {}};
    if (random.Below(2) == 0) start.record_bytes_max = 1 + random.Below(40);
    const Parsed parsed = ReadAll(file, start);
    ASSERT_EQ(ReadAll<GeneralReaderCore>(file, start), parsed) << ::testing::PrintToString(bytes);
    ASSERT_NO_FATAL_FAILURE(
        ExpectSame(parsed.rows, ReferenceParser(bytes, start.record_bytes_max).All()))
        << "round " << round << ", limit " << start.record_bytes_max << ":\n"
        << ::testing::PrintToString(bytes);
    ASSERT_EQ(parsed.end.byte.value, bytes.size());
    ASSERT_EQ(parsed.end.prefix.tail, DigestOf(bytes));
    for (int i = 0; i < 6; ++i) {
      start.block_bytes = 1 + random.Below(i < 3 ? 8 : 310);
      ASSERT_EQ(ReadAll<ReaderCore<NativeScanner>>(file, start), parsed) << start.block_bytes;
      ASSERT_EQ(ReadAll<ReaderCore<PortableScanner>>(file, start), parsed) << start.block_bytes;
    }
  }
}

TEST(ReaderProperties, GarbageOfSyntaxIsReadAsTheReferenceReadsIt) {
  CompareWithReference(2, "a,\"\n\r", 1500);
}

TEST(ReaderProperties, GarbageWithFewQuotesIsReadAsTheReferenceReadsIt) {
  CompareWithReference(3, "aaaaaaaaaaaaaaaaaaaaaaaaaaaa,,,,,,,\"\"\n\r", 1500);
}

TEST(ReaderProperties, GarbageWithBadBytesIsReadAsTheReferenceReadsIt) {
  using namespace std::string_view_literals;
  CompareWithReference(4, "aaaaaaaaaaaaaaaaaaa,,,\"\"\n\n\r\0\xff"sv, 1500);
}

// Dialects with everything in them, and the alphabet that provokes each.
struct Provoked {
  Dialect dialect;
  std::string alphabet;
};

const std::vector<Provoked>& ProvokedDialects() {
  static const std::vector<Provoked> all = {
      {{.delimiter = "||"}, "aa|||\"\n\r"},
      {{.delimiter = "aab", .trim = true}, "aaab \"\n"},
      {{.escape = '\\'}, "a,\"\\\\\n\r"},
      {{.comment = "##", .null_text = "a"}, "aa##,\"\n\n\r"},
      {{.delimiter = " |", .quote = '\'', .trim = true}, "a  |\t'\n\r"},
      {{.quote = '\0', .escape = '^', .trim = true, .null_text = ""}, "a,^ \t\"\n\r"},
      {{.delimiter = "<>",
        .quote = '\'',
        .escape = '\\',
        .comment = "-",
        .trim = true,
        .skip_lines = 1,
        .null_text = "a"},
       "aa<>'\\- \t\n\r"},
  };
  return all;
}

// In a dialect that needs the general scanner.
TEST(ReaderProperties, GarbageInAnyDialectIsReadAlikeByBlocksOfAnySizeAndFromAnyBoundary) {
  Random random(5);
  for (int round = 0; round < 1500; ++round) {
    const auto& [dialect, alphabet] = random.OneOf(ProvokedDialects());
    const std::string bytes = Garbage(random, alphabet, random.Below(200));
    const TempFile temp(bytes);
    const SourceFile file(temp.path());
    ReaderStart start{.position = {}, .dialect = dialect};
    if (random.Below(2) == 0) start.record_bytes_max = 1 + random.Below(40);
    const Parsed all = ReadAll(file, start);
    for (int i = 0; i < 3; ++i) {
      start.block_bytes = 1 + random.Below(70);
      ASSERT_EQ(ReadAll(file, start), all) << ::testing::PrintToString(bytes);
    }
    if (all.rows.empty()) continue;
    const Row& row = random.OneOf(all.rows);
    start.position = random.Below(2) == 0 ? row.before : row.after;
    const auto first = std::find_if(all.rows.begin(), all.rows.end(), [&](const Row& other) {
      return other.row > start.position.row.value;
    });
    ASSERT_EQ(ReadAll(file, start), (Parsed{.rows = {first, all.rows.end()}, .end = all.end}))
        << ::testing::PrintToString(bytes);
  }
}

// With quotes around each cell that needs them, or escapes where there are no quotes.
std::string WrittenIn(const Dialect& dialect, const std::string& cell) {
  std::string text;
  for (const char c : cell) {
    if (dialect.quote == '\0' || c == dialect.escape) text += dialect.escape;
    if (dialect.quote != '\0' && c == dialect.quote) text += c;
    text += c;
  }
  return dialect.quote == '\0' ? text : dialect.quote + text + dialect.quote;
}

TEST(ReaderProperties, WhatIsWrittenInAnyDialectIsReadBack) {
  Random random(6);
  for (int round = 0; round < 600; ++round) {
    const auto& [dialect, alphabet] = random.OneOf(ProvokedDialects());
    csv_testing::Table table(1 + random.Below(10));
    std::string bytes = dialect.skip_lines > 0 ? "skipped\n" : "";
    for (auto& record : table) {
      for (std::size_t i = 0; i < 3; ++i) {
        record.push_back(Garbage(random, alphabet, random.Below(8)));
        bytes += (i > 0 ? dialect.delimiter : "") + WrittenIn(dialect, record.back());
      }
      // Behind an escaped CR an LF would be text too.
      const bool cr = bytes.back() == '\r';
      bytes += cr ? "\r\n" : random.OneOf<std::string>({"\n", "\r\n", "\r"});
    }
    const Parsed parsed = ReadAll(
        bytes,
        {.position = {}, .columns = 3, .dialect = dialect, .block_bytes = 1 + random.Below(100)});
    ASSERT_EQ(parsed.rows.size(), table.size()) << bytes;
    for (std::size_t i = 0; i < table.size(); ++i) {
      ASSERT_FALSE(parsed.rows[i].fault) << parsed.rows[i];
      ASSERT_EQ(parsed.rows[i].fields, table[i]) << bytes;
    }
  }
}

}  // namespace
}  // namespace onceload
