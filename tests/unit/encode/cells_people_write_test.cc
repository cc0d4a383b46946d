// Cells as people write them: numbers and truths by a sample, dates and times, UUIDs, base64, JSON.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "encode/time_text.h"
#include "onceload/core/error.h"
#include "onceload/encode/row_encoder.h"
#include "onceload/encode/time_span.h"
#include "unit/encode/rows.h"

namespace onceload {
namespace {

struct Typed {
  ColumnType type = ColumnType::kString;
  std::string written{};
  TimestampFormat format{};
};

// The JSON of `cell`; "refused".
std::string JsonOf(const Typed& typed, const std::string& cell) {
  EncodeOptions options = Options("", {{"c", typed.type}});
  if (!typed.written.empty()) options.written["c"] = typed.written;
  if (typed.format != TimestampFormat()) options.timestamps["c"] = typed.format;
  // What is frozen says the same.
  RowEncoder encoder({"c"}, DecodeMessageOptions(EncodeMessageOptions(options)));
  const std::optional<Encoded> encoded = EncodeRow(encoder, Row({cell}));
  return encoded ? encoded->value.substr(5, encoded->value.size() - 6) : "refused";
}

std::string TimeOf(const std::string& pattern, const std::string& cell,
                   const std::string& zone = "UTC") {
  return JsonOf({ColumnType::kTimestamp, "", {pattern, zone, true}}, cell);
}

TEST(CellsPeopleWriteTest, NumbersByASample) {
  const Typed german{ColumnType::kNumber, "1.234,56"};
  EXPECT_EQ(JsonOf(german, "1.234,56"), "1234.56");
  EXPECT_EQ(JsonOf(german, "-1.234.567,8"), "-1234567.8");
  EXPECT_EQ(JsonOf(german, "1234,5"), "1234.5");
  EXPECT_EQ(JsonOf(german, "12"), "12");
  for (const char* cell : {"1.23,4", "1.2345", "1234.567", "1,234.56", ",5", "5,", "1..234", "007",
                           "1e5", " 5", "+5"}) {
    EXPECT_EQ(JsonOf(german, cell), "refused") << cell;
  }
  EXPECT_EQ(JsonOf({ColumnType::kNumber, "1 234.56"}, "1 234.56"), "1234.56");
  EXPECT_EQ(JsonOf({ColumnType::kNumber, "1'234.56"}, "1'234.5"), "1234.5");
  EXPECT_EQ(JsonOf({ColumnType::kNumber, "1234,56"}, "1.234,56"), "refused");
  EXPECT_EQ(JsonOf({ColumnType::kDecimal, "1.234,56"}, "1.234,50"), "\"1234.50\"");
  EXPECT_EQ(JsonOf({ColumnType::kInteger, "1.234"}, "1.234.567"), "1234567");
  EXPECT_EQ(JsonOf({ColumnType::kInteger, "1.234,56"}, "1,5"), "refused");
  for (const char* sample : {"", "1.234,5", "1.234.56", "12", "1-234,56", "x"}) {
    if (*sample == '\0') continue;
    EXPECT_THROW(JsonOf({ColumnType::kNumber, sample}, "1"), Error) << sample;
  }
}

TEST(CellsPeopleWriteTest, BooleansByTheirTexts) {
  const Typed postgres{ColumnType::kBoolean, "t|f"};
  EXPECT_EQ(JsonOf(postgres, "t"), "true");
  EXPECT_EQ(JsonOf(postgres, "f"), "false");
  EXPECT_EQ(JsonOf(postgres, "true"), "refused");
  EXPECT_EQ(JsonOf({ColumnType::kBoolean, "ja|nein"}, "nein"), "false");
  for (const char* texts : {"t", "t|", "|f", "t|t", "a|b|c"}) {
    EXPECT_THROW(JsonOf({ColumnType::kBoolean, texts}, "t"), Error) << texts;
  }
}

TEST(CellsPeopleWriteTest, IntegersWithBounds) {
  EXPECT_EQ(JsonOf({ColumnType::kInt32}, "2147483647"), "2147483647");
  EXPECT_EQ(JsonOf({ColumnType::kInt32}, "2147483648"), "refused");
  EXPECT_EQ(JsonOf({ColumnType::kInt32}, "-0"), "0");
  EXPECT_EQ(JsonOf({ColumnType::kInt64}, "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(JsonOf({ColumnType::kInt64}, "9223372036854775808"), "refused");
  EXPECT_EQ(JsonOf({ColumnType::kInt64}, "01"), "refused");
}

TEST(CellsPeopleWriteTest, UuidsInOneForm) {
  const std::string uuid = "\"123e4567-e89b-12d3-a456-426614174000\"";
  for (const char* cell :
       {"123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000",
        "{123e4567-e89b-12d3-a456-426614174000}", "123e4567e89b12d3a456426614174000",
        "urn:uuid:123e4567-e89b-12d3-a456-426614174000"}) {
    EXPECT_EQ(JsonOf({ColumnType::kUuid}, cell), uuid) << cell;
  }
  for (const char* cell :
       {"123e4567-e89b-12d3-a456-42661417400", "123e4567-e89b-12d3-a456_426614174000",
        "g23e4567-e89b-12d3-a456-426614174000", "{123e4567", "-",
        "123e4567-e89b-12d3-a456-4266141740000"}) {
    EXPECT_EQ(JsonOf({ColumnType::kUuid}, cell), "refused") << cell;
  }
}

TEST(CellsPeopleWriteTest, Base64InOneForm) {
  EXPECT_EQ(JsonOf({ColumnType::kBase64}, "aGk="), "\"aGk=\"");
  EXPECT_EQ(JsonOf({ColumnType::kBase64}, "aGk"), "\"aGk=\"");
  EXPECT_EQ(JsonOf({ColumnType::kBase64}, "-_8="), "\"+/8=\"");
  EXPECT_EQ(JsonOf({ColumnType::kBase64}, "aGkh"), "\"aGkh\"");
  for (const char* cell : {"a", "aG=", "aGl=", "aG k", "aGk==", "====", "aGkh="}) {
    EXPECT_EQ(JsonOf({ColumnType::kBase64}, cell), "refused") << cell;
  }
}

TEST(CellsPeopleWriteTest, DatesAndTimes) {
  EXPECT_EQ(JsonOf({ColumnType::kDate}, "2024-05-01"), "\"2024-05-01\"");
  EXPECT_EQ(JsonOf({ColumnType::kDate, "", {"%d.%m.%y"}}, "1.5.24"), "\"2024-05-01\"");
  EXPECT_EQ(JsonOf({ColumnType::kDate}, "2023-02-29"), "refused");
  EXPECT_EQ(JsonOf({ColumnType::kTime}, "10:30"), "\"10:30:00\"");
  EXPECT_EQ(JsonOf({ColumnType::kTime}, "10:30:00,5"), "\"10:30:00.500\"");
  EXPECT_EQ(JsonOf({ColumnType::kTime, "", {"%I:%M %p"}}, "12:05 am"), "\"00:05:00\"");
  EXPECT_EQ(JsonOf({ColumnType::kTime}, "24:00"), "refused");
  EXPECT_THROW(JsonOf({ColumnType::kTime, "", {"%M"}}, "1"), Error);
}

TEST(CellsPeopleWriteTest, TimestampsInTheirForms) {
  const std::string at = "\"2024-05-01T10:30:00.000Z\"";
  for (const char* cell :
       {"2024-05-01 10:30", "2024-05-01T10:30Z", "2024-05-01t10:30:00z", "20240501T103000Z",
        "2024-05-01 10:30:00 UTC", "2024-05-01 12:30:00 +0200", "2024-05-01T12:30:00+02:00"}) {
    EXPECT_EQ(TimeOf("iso8601", cell), at) << cell;
  }
  EXPECT_EQ(TimeOf("iso8601", "2024-05-01 10:30:00,123"), "\"2024-05-01T10:30:00.123Z\"");
  EXPECT_EQ(TimeOf("iso8601", "2024-05-01 10:30:00.123456789012"), "\"2024-05-01T10:30:00.123Z\"");
  EXPECT_EQ(TimeOf("iso8601", "2024-05-01"), "\"2024-05-01T00:00:00.000Z\"");
  EXPECT_EQ(TimeOf("iso8601", "2024-04-30 24:00:00"), "\"2024-05-01T00:00:00.000Z\"");
  EXPECT_EQ(TimeOf("iso8601", "2024-05-01 12:30", "+02:00"), at);
  for (const char* cell : {"2024-05-01 24:00:01", "2016-12-31 23:59:60", "2024-W18-3T10:30:00Z",
                           "2024-122", "2024-5-1", "2024-05-01 ", "24-05-01", "45413.4375"}) {
    EXPECT_EQ(TimeOf("iso8601", cell), "refused") << cell;
  }
  EXPECT_EQ(TimeOf("%m/%d/%Y %I:%M:%S %p", "05/01/2024 10:30:00 AM"), at);
  EXPECT_EQ(TimeOf("%m/%d/%Y %I:%M:%S %p", "05/01/2024 12:30:00 pm"),
            "\"2024-05-01T12:30:00.000Z\"");
  EXPECT_EQ(TimeOf("%m/%d/%Y %I:%M:%S %p", "05/01/2024 13:30:00 PM"), "refused");
  EXPECT_EQ(TimeOf("%d.%m.%y %H:%M", "01.05.24 10:30"), at);
  EXPECT_EQ(TimeOf("%d.%m.%y %H:%M", "01.05.69 10:30"), "\"1969-05-01T10:30:00.000Z\"");
  EXPECT_EQ(TimeOf("%a, %d %b %Y %H:%M:%S GMT", "Wed, 01 May 2024 10:30:00 GMT"), at);
  EXPECT_EQ(TimeOf("%A, %d %B %Y %H:%M", "Wednesday, 01 May 2024 10:30"), at);
  EXPECT_EQ(TimeOf("%a, %d %b %Y %H:%M:%S GMT", "Thu, 01 May 2024 10:30:00 GMT"), "refused");
  EXPECT_EQ(TimeOf("%Y-%m-%d %k:%M", "2024-02-29 24:00"), "\"2024-03-01T00:00:00.000Z\"");
  EXPECT_EQ(TimeOf("%Y-%m-%d %H:%M", "2024-02-29 24:00"), "refused");
  EXPECT_EQ(TimeOf("epoch-us", "1714559400123456"), "\"2024-05-01T10:30:00.123Z\"");
  EXPECT_EQ(TimeOf("epoch-ns", "1714559400123456789"), "\"2024-05-01T10:30:00.123Z\"");
  EXPECT_EQ(TimeOf("epoch-ns", "999999"), "\"1970-01-01T00:00:00.000Z\"");
  EXPECT_EQ(TimeOf("epoch-ns", "17145594001234567890"), "refused");
}

TEST(CellsPeopleWriteTest, SeveralPatternsInTurn) {
  const std::string both = "iso|%d.%m.%Y %H:%M|epoch-s";
  const std::string at = "\"2024-05-01T10:30:00.000Z\"";
  EXPECT_EQ(TimeOf(both, "2024-05-01T10:30:00Z"), at);
  EXPECT_EQ(TimeOf(both, "01.05.2024 10:30"), at);
  EXPECT_EQ(TimeOf(both, "1714559400"), at);
  EXPECT_EQ(TimeOf(both, "01.05.2024 12:30", "+02:00"), at);
  EXPECT_EQ(TimeOf(both, "May"), "refused");
  // As it always was: one pattern with a bar in it.
  EXPECT_EQ(TimeOf("%Y-%m-%d|%H:%M", "2024-05-01|10:30"), at);
  EXPECT_THROW(TimeOf("iso|%d", "x"), Error);
  EXPECT_THROW(TimeOf("%Y-%m-%d %I:%M", "x"), Error);
  EXPECT_THROW(TimeOf("%Y-%m-%d %H %I %p", "x"), Error);
}

TEST(CellsPeopleWriteTest, JsonOfTheGrammar) {
  for (const char* cell :
       {"1e400", "{\"a\":1e400}", "-1E+309", "[1e-400]", "\"\\ud800\"", "\"\\udc00x\"",
        "\"\\u0000\"", "0", "\"\"", "[]", "{}",
        " { \"a\" : [ 1 , null, true, false, { } , [ [ ] ] ] } ", "{\"a\":1,\"a\":2}",
        "123456789012345678901234567890", "\"\\/\\b\\f\\n\\r\\t\""}) {
    EXPECT_EQ(JsonOf({ColumnType::kJson}, cell), cell);
  }
  for (const char* cell : {"01",      "1.",         ".5",        "+1",     "[1,]",
                           "{\"a\"}", "{\"a\":}",   "{a:1}",     "[1 2]",  "nul",
                           "NaN",     "\"\\x\"",    "\"\\u12\"", "\"\t\"", "\"",
                           "[",       "{",          "]",         "1 2",    "{\"a\":1]",
                           "[1}",     "'a'",        "{,}",       "[,]",    "\xef\xbb\xbf{}",
                           "//1",     "{\"a\":1,}", "\"\\"}) {
    EXPECT_EQ(JsonOf({ColumnType::kJson}, cell), "refused") << cell;
  }
  const std::string deep(100'000, '[');
  EXPECT_EQ(JsonOf({ColumnType::kJson}, deep), "refused");
  EXPECT_NE(JsonOf({ColumnType::kJson}, deep + std::string(100'000, ']')), "refused");
}

TEST(CellsPeopleWriteTest, ALoadBegunBeforeReadsJsonAsItDid) {
  const std::string frozen = R"({"columns":{"c":{"type":"json"}}})";
  const EncodeOptions options = DecodeMessageOptions(frozen);
  EXPECT_EQ(EncodeMessageOptions(options), frozen);
  RowEncoder encoder({"c"}, options);
  EXPECT_FALSE(EncodeRow(encoder, Row({"1e400"})));
  EXPECT_TRUE(EncodeRow(encoder, Row({"1e4"})));
}

TEST(TimeSpanTest, AWholeColumnThatIsOddIsToldOf) {
  constexpr std::int64_t kNow = 1'714'559'400'000;
  const auto doubt = [](std::initializer_list<std::int64_t> times) {
    TimeSpan span;
    for (const std::int64_t time : times) span.Add(time);
    return span.Doubt(kNow);
  };
  EXPECT_NE(doubt({1'714'559'401, 1'714'559'402}).find("January 1970"), std::string::npos);
  EXPECT_EQ(doubt({1'714'559'401, kNow}), "");
  EXPECT_NE(doubt({1000 * kNow}).find("in the future"), std::string::npos);
  EXPECT_EQ(doubt({kNow - 1, 1000 * kNow}), "");
  EXPECT_EQ(doubt({}), "");
}

}  // namespace
}  // namespace onceload
