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

constexpr std::string_view kMark = "\xef\xbb\xbf";

// Lines of `text`, which is not empty; the last one may have no end.
std::uint64_t CountLines(std::string_view text) {
  std::uint64_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool crlf = text.substr(i, 2) == "\r\n";
    if (!crlf && (text[i] == '\n' || text[i] == '\r')) ++lines;
  }
  return lines + (text.back() == '\n' || text.back() == '\r' ? 0 : 1);
}

LineEnd LineEndNamed(std::string_view text) {
  if (text.empty()) return LineEnd::kNoEnd;
  return text == "\n" ? LineEnd::kLf : text == "\r" ? LineEnd::kCr : LineEnd::kCrLf;
}

// The grammar once more, as plainly as can be: the whole file in memory, one byte after the other.
// Of bad bytes it knows NUL and 0xff.
class ReferenceParser {
 public:
  ReferenceParser(std::string_view text, const ReaderStart& start) : text_(text), start_(start) {}

  std::vector<Row> All() {
    std::vector<Row> rows;
    if (text_.starts_with(kMark)) at_ = kMark.size();
    while (at_ < text_.size()) {
      Row row;
      row.begin = at_;
      row.row = rows.size() + 1;
      ParseRecord(row);
      if (row.raw.empty() && !row.fault) continue;
      NoteLineEnd(row);
      rows.push_back(row);
    }
    return rows;
  }

  const std::optional<OddLineEnd>& odd_line_end() const { return odd_line_end_; }

 private:
  bool More() const { return at_ < text_.size(); }
  bool AtEndOfField() const {
    return !More() || std::string_view(",\n\r").find(text_[at_]) != std::string_view::npos;
  }

  void NoteLineEnd(const Row& row) {
    const LineEnd line_end =
        LineEndNamed(text_.substr(row.begin, row.end - row.begin).substr(row.text_bytes));
    if (line_end == LineEnd::kNoEnd) return;
    if (!first_line_end_) first_line_end_ = line_end;
    if (line_end == *first_line_end_ || odd_line_end_) return;
    odd_line_end_ = {RowNumber{row.row}, ByteOffset{row.begin}, line_end};
  }

  void ParseRecord(Row& row) {
    faults_.clear();
    const bool marked = start_.rules == Rules::kSecond && start_.columns > 0 &&
                        text_.substr(at_).starts_with(kMark);
    if (marked) at_ += kMark.size();
    row.fields.push_back(ParseField());
    while (More() && text_[at_] == ',') {
      ++at_;
      row.fields.push_back(ParseField());
    }
    row.raw = text_.substr(row.begin, at_ - row.begin);
    row.text_bytes = row.raw.size();
    if (More() && text_[at_++] == '\r' && More() && text_[at_] == '\n') ++at_;
    row.end = at_;
    row.lines = CountLines(text_.substr(row.begin, row.end - row.begin));
    JudgeRecord(row, marked);
  }

  void JudgeRecord(Row& row, bool marked) {
    const std::size_t limit = start_.record_bytes_max;
    for (std::uint64_t i = row.begin; i < row.begin + row.raw.size(); ++i) {
      if (text_[i] == '\0') faults_.emplace_back(i, RowFault::kNulByte);
      if (text_[i] == '\xff') faults_.emplace_back(i, RowFault::kInvalidUtf8);
    }
    const bool too_long = row.end - row.begin > limit && !row.raw.empty();
    if (too_long) {
      const std::uint64_t last = row.begin + limit;
      std::erase_if(faults_,
                    [&](auto& f) { return f.first >= last && f.second != RowFault::kOpenQuote; });
      const auto is_open = [](auto& f) { return f.second == RowFault::kOpenQuote; };
      if (std::none_of(faults_.begin(), faults_.end(), is_open)) {
        faults_.emplace_back(last, RowFault::kTooLong);
      }
    }
    if (faults_.empty() && !row.raw.empty() && start_.columns > 0 &&
        row.fields.size() != start_.columns) {
      faults_.emplace_back(row.begin, RowFault::kRagged);
    }
    if (marked) faults_ = {{row.begin, RowFault::kByteOrderMark}};
    if (faults_.empty()) return;
    std::tie(row.at, row.fault) = *std::min_element(faults_.begin(), faults_.end());
    row.fields.clear();
    if (too_long) row.raw.resize(std::min(row.raw.size(), limit));
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
  ReaderStart start_;
  std::size_t at_ = 0;
  std::optional<LineEnd> first_line_end_;
  std::optional<OddLineEnd> odd_line_end_;
  std::vector<std::pair<std::uint64_t, RowFault>> faults_;
};

std::string Garbage(Random& random, std::string_view alphabet, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) bytes += alphabet[random.Below(alphabet.size())];
  return bytes;
}

// ... with byte order marks in it, most of them where a row may begin.
std::string WithMarks(Random& random, std::string bytes) {
  std::string marked;
  for (const char c : bytes) {
    if (random.Below(60) == 0) marked += kMark;
    marked += c;
    if ((c == '\n' || c == '\r') && random.Below(4) == 0) marked += kMark;
  }
  return marked;
}

// Rules, limit and number of columns by chance.
ReaderStart RandomStart(Random& random, const Dialect& dialect) {
  ReaderStart start{.position = {}, .columns = random.Below(4), .dialect = dialect};
  if (random.Below(2) == 0) start.record_bytes_max = 1 + random.Below(40);
  if (random.Below(4) == 0) start.rules = Rules::kFirst;
  return start;
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

void CompareWithReference(unsigned seed, std::string_view alphabet, int rounds,
                          bool marks = false) {
  Random random(seed);
  for (int round = 0; round < rounds; ++round) {
    std::string bytes = Garbage(random, alphabet, random.Below(300));
    if (marks) bytes = WithMarks(random, std::move(bytes));
    const TempFile temp(bytes);
    const SourceFile file(temp.path());
    ReaderStart start = RandomStart(random, {});
    ReferenceParser reference(bytes, start);
    const Parsed parsed = ReadAll(file, start);
    ASSERT_EQ(ReadAll<GeneralReaderCore>(file, start), parsed) << ::testing::PrintToString(bytes);
    ASSERT_NO_FATAL_FAILURE(ExpectSame(parsed.rows, reference.All()))
        << "round " << round << ", limit " << start.record_bytes_max << ":\n"
        << ::testing::PrintToString(bytes);
    ASSERT_EQ(parsed.odd_line_end, reference.odd_line_end()) << ::testing::PrintToString(bytes);
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

TEST(ReaderProperties, GarbageWithByteOrderMarksIsReadAsTheReferenceReadsIt) {
  CompareWithReference(7, "aaaa,,\"\"\n\r", 1500, true);
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
    const std::string bytes = WithMarks(random, Garbage(random, alphabet, random.Below(200)));
    const TempFile temp(bytes);
    const SourceFile file(temp.path());
    ReaderStart start = RandomStart(random, dialect);
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
    const Parsed rest = ReadAll(file, start);
    ASSERT_EQ(rest.rows, (std::vector<Row>{first, all.rows.end()}))
        << ::testing::PrintToString(bytes);
    ASSERT_EQ(rest.end, all.end) << ::testing::PrintToString(bytes);
  }
}

TEST(ReaderProperties, InAnyDialectRowsAreMeasuredAlikeWithinTheLimitAndOverIt) {
  Random random(8);
  for (int round = 0; round < 1500; ++round) {
    const auto& [dialect, alphabet] = random.OneOf(ProvokedDialects());
    const std::string bytes = WithMarks(random, Garbage(random, alphabet, random.Below(200)));
    const TempFile temp(bytes);
    const SourceFile file(temp.path());
    ReaderStart start = RandomStart(random, dialect);
    const Parsed limited = ReadAll(file, start);
    start.record_bytes_max = kRecordBytesMax;
    const Parsed all = ReadAll(file, start);
    for (const Row& row : all.rows) {
      const std::string text = bytes.substr(row.begin, row.end - row.begin);
      ASSERT_EQ(row.lines, CountLines(text)) << row << ::testing::PrintToString(bytes);
      // By its begin: a line of blanks over the limit is a row.
      const auto same = std::find_if(limited.rows.begin(), limited.rows.end(),
                                     [&](const Row& other) { return other.begin == row.begin; });
      ASSERT_NE(same, limited.rows.end()) << row << ::testing::PrintToString(bytes);
      ASSERT_EQ(std::tuple(same->end, same->lines, same->text_bytes),
                std::tuple(row.end, row.lines, row.text_bytes))
          << row << ::testing::PrintToString(bytes);
    }
  }
}

// Where a row ends that begins, with a mark, at `begin`: a file's first mark is skipped.
std::uint64_t EndBehindMark(const std::string& bytes, std::uint64_t begin, Dialect dialect) {
  const std::string rest = bytes.substr(begin);
  dialect.skip_lines = 0;
  const Parsed parsed = ReadAll(rest, {.position = {}, .dialect = dialect});
  if (!parsed.rows.empty() && parsed.rows[0].begin == kMark.size()) {
    return begin + parsed.rows[0].end;
  }
  const std::size_t at = rest.find_first_of("\r\n");  // no row: a comment or an empty line
  if (at == std::string::npos) return bytes.size();
  return begin + at + (rest.substr(at, 2) == "\r\n" ? 2 : 1);
}

TEST(ReaderProperties, ARowBehindAMarkEndsAsIfTheMarkWereNotThere) {
  Random random(9);
  std::size_t marked = 0;
  for (int round = 0; round < 300; ++round) {
    const auto& [dialect, alphabet] = random.OneOf(ProvokedDialects());
    const std::string bytes = WithMarks(random, Garbage(random, alphabet, random.Below(200)));
    ReaderStart start = RandomStart(random, dialect);
    start.columns = 1 + random.Below(3);
    start.rules = Rules::kSecond;
    for (const Row& row : ReadAll(bytes, start).rows) {
      const bool has_mark = std::string_view(bytes).substr(row.begin).starts_with(kMark);
      ASSERT_EQ(row.fault == RowFault::kByteOrderMark, has_mark) << row;
      if (!has_mark) continue;
      ++marked;
      ASSERT_EQ(row.end, EndBehindMark(bytes, row.begin, dialect))
          << row << ::testing::PrintToString(bytes);
    }
  }
  EXPECT_GT(marked, 400U);
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
