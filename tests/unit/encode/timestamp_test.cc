// Times in cells: which are understood, and as what.
#include "encode/timestamp.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

// The time in ISO 8601; "refused" if the cell is none.
std::string IsoOf(const TimestampFormat& format, const std::string& cell) {
  const std::optional<std::int64_t> time = TimestampParser(format).Parse(cell);
  if (!time) return "refused";
  std::string text(kIsoTimeBytes, '\0');
  EXPECT_EQ(AppendIsoTime(*time, text.data()), text.data() + kIsoTimeBytes);
  return text;
}

struct Case {
  const char* pattern;
  const char* zone;
  const char* cell;
  const char* iso;
};

// The expectations are GNU date's: TZ=ZONE date -u -d '...' and zdump -v.
TEST(TimestampTest, CellsAreUnderstoodOrRefused) {
  const std::vector<Case> cases{
      {"iso", "UTC", "2019-10-01T00:00:00", "2019-10-01T00:00:00.000Z"},
      {"iso", "UTC", "2019-10-01 00:00:00.5", "2019-10-01T00:00:00.500Z"},
      {"iso", "UTC", "2019-10-01T02:00:00+02:00", "2019-10-01T00:00:00.000Z"},
      {"iso", "UTC", "2019-10-01T00:00:00.123456789Z", "2019-10-01T00:00:00.123Z"},
      {"iso", "UTC", "2019-10-01", "refused"},
      {"iso", "UTC", "2019-10-01T00:00:00 ", "refused"},
      {"iso", "UTC", "2019-02-29T00:00:00", "refused"},
      {"iso", "UTC", "2020-02-29T00:00:00", "2020-02-29T00:00:00.000Z"},
      {"iso", "UTC", "2019-10-01T24:00:00", "refused"},
      {"iso", "UTC", "2016-12-31T23:59:60Z", "refused"},
      {"iso", "UTC", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"},
      {"iso", "UTC", "0000-01-01T00:00:00+01:00", "refused"},
      {"iso", "UTC", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
      {"iso", "UTC", "9999-12-31T23:59:59-01:00", "refused"},
      {"iso", "UTC", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
      {"%Y-%m-%d %H:%M:%S UTC", "UTC", "2019-10-01 00:00:07 UTC", "2019-10-01T00:00:07.000Z"},
      {"%Y-%m-%d %H:%M:%S UTC", "UTC", "2019-10-01 00:00:07", "refused"},
      {"%d/%b/%Y:%H:%M:%S %z", "UTC", "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36.000Z"},
      {"%d/%b/%Y:%H:%M:%S %z", "UTC", "10/Okt/2000:13:55:36 -0700", "refused"},
      {"%d.%m.%Y", "UTC", "1.2.2020", "2020-02-01T00:00:00.000Z"},
      {"%Y%m%d%H%M%S%f", "UTC", "20200201030405678", "2020-02-01T03:04:05.678Z"},
      {"%Y-%m-%d %%", "UTC", "2020-02-01 %", "2020-02-01T00:00:00.000Z"},
      {"epoch-s", "UTC", "1569888000", "2019-10-01T00:00:00.000Z"},
      {"epoch-s", "UTC", "1569888000.25", "2019-10-01T00:00:00.250Z"},
      {"epoch-s", "UTC", "-0.001", "1969-12-31T23:59:59.999Z"},
      {"epoch-s", "UTC", "253402300800", "refused"},
      {"epoch-ms", "UTC", "1569888000001", "2019-10-01T00:00:00.001Z"},
      {"epoch-ms", "UTC", "99999999999999999999999999", "refused"},
      {"epoch-ms", "UTC", "1.5", "refused"},
      {"epoch-ms", "UTC", "", "refused"},
      {"iso", "+05:30", "2019-10-01T00:00:00", "2019-09-30T18:30:00.000Z"},
      {"iso", "-03", "2019-10-01T00:00:00", "2019-10-01T03:00:00.000Z"},
      {"iso", "Europe/Berlin", "2019-07-01T12:00:00", "2019-07-01T10:00:00.000Z"},
      {"iso", "Europe/Berlin", "2019-12-01T12:00:00", "2019-12-01T11:00:00.000Z"},
      {"iso", "Europe/Berlin", "2019-12-01T12:00:00Z", "2019-12-01T12:00:00.000Z"},
      // 2 to 3 o'clock is skipped on 31 March 2019, and there twice on 27 October.
      {"iso", "Europe/Berlin", "2019-03-31T01:59:59.999", "2019-03-31T00:59:59.999Z"},
      {"iso", "Europe/Berlin", "2019-03-31T02:00:00", "refused"},
      {"iso", "Europe/Berlin", "2019-03-31T02:59:59.999", "refused"},
      {"iso", "Europe/Berlin", "2019-03-31T03:00:00", "2019-03-31T01:00:00.000Z"},
      {"iso", "Europe/Berlin", "2019-10-27T01:59:59", "2019-10-26T23:59:59.000Z"},
      {"iso", "Europe/Berlin", "2019-10-27T02:00:00", "refused"},
      {"iso", "Europe/Berlin", "2019-10-27T02:59:59.999", "refused"},
      {"iso", "Europe/Berlin", "2019-10-27T03:00:00", "2019-10-27T02:00:00.000Z"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(IsoOf({c.pattern, c.zone, false}, c.cell), c.iso) << c.pattern << " " << c.cell;
  }
}

TEST(TimestampTest, WhatItDoesNotUnderstandIsRefusedAtTheStart) {
  const std::vector<std::pair<const char*, const char*>> bad{
      {"", "UTC"},
      {"%Y-%m-%d %y", "UTC"},
      {"%Y-%m-%d %", "UTC"},
      {"%Y-%m", "UTC"},
      {"%m-%d", "UTC"},
      {"%Y-%m-%b-%d", "UTC"},
      {"%Y-%Y-%m-%d", "UTC"},
      {"iso", "Mars/X"},
      {"iso", "+2"},
      {"iso", "+02:00x"},
      {"epoch-s", "+02:00"},
      {"ISO", "UTC"},
      {"%Y-%m-%d%z", "+02:00"},
      {"iso", ""},
  };
  for (const auto& [pattern, zone] : bad) {
    try {
      const TimestampParser parser({pattern, zone, false});
      ADD_FAILURE() << pattern << " " << zone;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
    }
  }
}

}  // namespace
}  // namespace onceload
