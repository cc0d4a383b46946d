// Times in cells: which are understood, and as what.
#include "encode/timestamp.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "support/zone_folder.h"

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
      // The zone's first offset, and its last rule.
      {"iso", "Europe/Berlin", "0000-01-01T00:53:28", "0000-01-01T00:00:00.000Z"},
      {"iso", "Europe/Berlin", "0000-01-01T00:53:27", "refused"},
      {"iso", "Europe/Berlin", "9999-07-15T12:00:00", "9999-07-15T10:00:00.000Z"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(IsoOf({c.pattern, c.zone, false}, c.cell), c.iso) << c.pattern << " " << c.cell;
  }
}

// The expectations are Python's zoneinfo's. Zone files list the changes up to 2037; from there on
// the rule in their last line counts.
TEST(TimestampTest, TheRuleOfAZoneHoldsBehindItsListedChanges) {
  const std::vector<Case> cases{
      {"iso", "Europe/Berlin", "2038-07-15T12:00:00", "2038-07-15T10:00:00.000Z"},
      {"iso", "Europe/Berlin", "2038-01-15T12:00:00", "2038-01-15T11:00:00.000Z"},
      {"iso", "Europe/Berlin", "2040-03-25T01:59:59", "2040-03-25T00:59:59.000Z"},
      {"iso", "Europe/Berlin", "2040-03-25T02:30:00", "refused"},
      {"iso", "Europe/Berlin", "2040-03-25T03:00:00", "2040-03-25T01:00:00.000Z"},
      {"iso", "Europe/Berlin", "2040-10-28T02:30:00", "refused"},
      {"iso", "Europe/Berlin", "2500-07-15T12:00:00", "2500-07-15T10:00:00.000Z"},
      {"iso", "America/New_York", "2040-07-15T12:00:00", "2040-07-15T16:00:00.000Z"},
      {"iso", "America/New_York", "2040-03-11T02:30:00", "refused"},
      {"iso", "America/New_York", "2040-11-04T01:30:00", "refused"},
      {"iso", "Australia/Sydney", "2040-07-15T12:00:00", "2040-07-15T02:00:00.000Z"},
      {"iso", "Australia/Sydney", "2040-01-15T12:00:00", "2040-01-15T01:00:00.000Z"},
      {"iso", "Australia/Sydney", "2040-10-07T02:30:00", "refused"},
      {"iso", "Australia/Sydney", "2040-04-01T02:30:00", "refused"},
      // Its winter time is the exception in its rule, its summer time the standard.
      {"iso", "Europe/Dublin", "2040-07-15T12:00:00", "2040-07-15T11:00:00.000Z"},
      {"iso", "Europe/Dublin", "2040-01-15T12:00:00", "2040-01-15T12:00:00.000Z"},
      {"iso", "Asia/Kolkata", "2040-07-15T12:00:00", "2040-07-15T06:30:00.000Z"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(IsoOf({c.pattern, c.zone, false}, c.cell), c.iso) << c.zone << " " << c.cell;
  }
}

std::string BigEndian(std::int64_t number, int bytes) {
  std::string text;
  for (int shift = 8 * bytes - 8; shift >= 0; shift -= 8)
    text += static_cast<char>(number >> shift);
  return text;
}

struct LocalType {
  std::int32_t offset;
  bool summer;
  std::string name;
};

// TZif, RFC 8536, as zic -b slim writes it: the changes in one block, the rule in the last line.
std::string SlimFile(const std::vector<LocalType>& types,
                     const std::vector<std::pair<std::int64_t, char>>& changes,
                     const std::string& rule) {
  std::string names;
  std::string records;
  for (const LocalType& type : types) {
    records += BigEndian(type.offset, 4) + static_cast<char>(type.summer) +
               static_cast<char>(names.size());
    names += type.name + '\0';
  }
  const auto header = [](std::size_t times, std::size_t kinds, std::size_t bytes) {
    std::string text = "TZif2" + std::string(27, '\0');
    for (const std::size_t count : {times, kinds, bytes}) {
      text += BigEndian(static_cast<std::int64_t>(count), 4);
    }
    return text;
  };
  std::string file = header(0, 1, 1) + std::string(7, '\0');
  file += header(changes.size(), types.size(), names.size());
  for (const auto& [time, type] : changes) file += BigEndian(time, 8);
  for (const auto& [time, type] : changes) file += type;
  return file + records + names + "\n" + rule + "\n";
}

std::string WithoutChanges(std::int32_t offset, const std::string& name, const std::string& rule) {
  return SlimFile({{offset, false, name}}, {}, rule);
}

TEST(TimestampTest, AZoneFileMayListNoMoreThanItsRuleNeeds) {
  ZoneFolder folder;
  // 31 March and 27 October 1996, 01:00 UTC: since then the rule holds.
  folder.Write("Slim/Berlin",
               SlimFile({{3600, false, "CET"}, {7200, true, "CEST"}},
                        {{828'234'000, '\1'}, {846'378'000, '\0'}}, "CET-1CEST,M3.5.0,M10.5.0/3"));
  folder.Write("Slim/Tokyo", WithoutChanges(32400, "JST", "JST-9"));
  const auto iso_of = [](const char* zone, const char* cell) {
    return IsoOf({"iso", zone, false}, cell);
  };
  EXPECT_EQ(iso_of("Slim/Berlin", "2024-07-15T12:00:00"), "2024-07-15T10:00:00.000Z");
  EXPECT_EQ(iso_of("Slim/Berlin", "2024-01-15T12:00:00"), "2024-01-15T11:00:00.000Z");
  EXPECT_EQ(iso_of("Slim/Berlin", "2024-03-31T02:30:00"), "refused");
  EXPECT_EQ(iso_of("Slim/Berlin", "2024-10-27T02:30:00"), "refused");
  EXPECT_EQ(iso_of("Slim/Tokyo", "2024-07-15T12:00:00"), "2024-07-15T03:00:00.000Z");
}

// What is said of a zone; "known" if there is nothing to say.
std::string WordsOn(const std::string& zone) {
  try {
    const TimestampParser parser({"iso", zone, false});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.Line();
  }
  return "known";
}

TEST(TimestampTest, AMissingZoneSaysWhatToInstallOrToWrite) {
  const auto expect = [](const char* zone, const std::string& advice) {
    EXPECT_EQ(WordsOn(zone), "no time zone of that name on this machine: \"" + std::string(zone) +
                                 "\"; " + advice);
  };
  const std::string any =
      "use UTC, an offset such as +02:00, or an IANA name such as Europe/Berlin";
  ZoneFolder folder;
  const std::string nowhere = std::getenv("TZDIR");
  EXPECT_TRUE(WordsOn("Asia/Tokyo")
                  .ends_with("install tzdata: there are no time zones in \"" + nowhere + "\""))
      << WordsOn("Asia/Tokyo");

  folder.Write("Pacific/Honolulu", WithoutChanges(-36000, "HST", "HST10"));
  folder.Write("Europe/Brussels", WithoutChanges(3600, "CET", "CET-1"));
  expect("US/Hawaii", "install tzdata-legacy, or write Pacific/Honolulu, which is the same zone");
  expect("CET", "install tzdata-legacy, or write Europe/Brussels, which has the same time today");
  expect("Zulu", "install tzdata-legacy, or write UTC, which is the same zone");
  expect("Europe/Brusels", "did you mean \"Europe/Brussels\"?");
  expect("europe/brussels", "did you mean \"Europe/Brussels\"?");
  expect("Navajo", any);  // whose present name is missing, too
}

// Each is there, or is taken by the library without a file, and is not the same on each machine.
TEST(TimestampTest, OnlyNamesThatAreTheSameEverywhereAreTaken) {
  ZoneFolder folder;
  const std::string file = WithoutChanges(3600, "CET", "CET-1");
  for (const char* name : {"Some/Zone", "localtime", "posixrules", "Factory", "right/Some/Zone",
                           "posix/Some/Zone", "Some/zone"}) {
    folder.Write(name, file);
  }
  const std::string path = std::string(std::getenv("TZDIR")) + "/Some/Zone";
  EXPECT_EQ(WordsOn("Some/Zone"), "known");
  for (const std::string& name :
       {std::string("localtime"), std::string("posixrules"), std::string("Factory"),
        std::string("right/Some/Zone"), std::string("posix/Some/Zone"), std::string("Some/zone"),
        path, "file:" + path, std::string("Some/../Some/Zone"), std::string("./Some/Zone"),
        std::string("Some//Zone"), std::string("Some/Zone/"), std::string(":Some/Zone"),
        std::string("UTC0"), std::string("Fixed/UTC+01:00:00"), std::string("Some")}) {
    EXPECT_NE(WordsOn(name), "known") << name;
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
