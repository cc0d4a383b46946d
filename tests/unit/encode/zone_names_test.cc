// Older and present names of one zone.
#include "onceload/encode/zone_names.h"

#include <gtest/gtest.h>

#include "encode/zone_links.h"
#include "support/zone_folder.h"

namespace onceload {
namespace {

EncodeOptions InZone(const std::string& zone) {
  EncodeOptions options;
  options.types["t"] = ColumnType::kTimestamp;
  options.timestamps["t"] = {"iso", zone, false};
  return options;
}

TEST(ZoneNamesTest, AnOldNameHasItsPresentOne) {
  EXPECT_EQ(PresentZone("US/Pacific"), "America/Los_Angeles");
  EXPECT_EQ(PresentZone("Asia/Calcutta"), "Asia/Kolkata");
  EXPECT_EQ(PresentZone("Europe/Kiev"), "Europe/Kyiv");
  EXPECT_EQ(PresentZone("GB"), "Europe/London");
  EXPECT_EQ(PresentZone("Zulu"), "UTC");
  EXPECT_EQ(PresentZone("Etc/UTC"), "UTC");
  EXPECT_EQ(PresentZone("UTC"), "UTC");
  EXPECT_EQ(PresentZone("Europe/Berlin"), "Europe/Berlin");
  EXPECT_EQ(PresentZone("no such"), "no such");
}

// Some systems keep the history of these apart.
TEST(ZoneNamesTest, ANameWithAHistoryOfItsOwnIsNotAnother) {
  for (const char* name : {"America/Montreal", "CET", "EST5EDT", "Iceland", "Asia/Chongqing"}) {
    EXPECT_EQ(PresentZone(name), name);
    ASSERT_TRUE(FindZoneLink(name)) << name;
    EXPECT_FALSE(FindZoneLink(name)->always) << name;
  }
  EXPECT_EQ(FindZoneLink("America/Montreal")->present, "America/Toronto");
}

TEST(ZoneNamesTest, EqualNamesCompareEqual) {
  EXPECT_EQ(WithPresentZones(InZone("US/Pacific")),
            WithPresentZones(InZone("America/Los_Angeles")));
  EXPECT_NE(WithPresentZones(InZone("US/Pacific")), WithPresentZones(InZone("US/Eastern")));
  EncodeOptions default_zone = InZone("UTC");
  default_zone.timestamps.clear();
  EXPECT_EQ(WithPresentZones(InZone("Etc/Zulu")), WithPresentZones(default_zone));
}

TEST(ZoneNamesTest, WhatIsMissingByItsOldNameIsReadByThePresentOne) {
  const ZoneFolder empty;
  EXPECT_EQ(WithReadableZones(InZone("Asia/Dacca")), InZone("Asia/Dhaka"));
  EXPECT_EQ(WithReadableZones(InZone("Iceland")), InZone("Iceland"));
  EXPECT_EQ(WithReadableZones(InZone("Mars/X")), InZone("Mars/X"));
}

TEST(ZoneNamesTest, WhatIsThereByItsOldNameIsReadByIt) {
  const ZoneFolder folder;
  std::filesystem::create_directory(std::string(std::getenv("TZDIR")) + "/Asia");
  std::filesystem::copy_file("/usr/share/zoneinfo/Asia/Kolkata",
                             std::string(std::getenv("TZDIR")) + "/Asia/Calcutta");
  EXPECT_EQ(WithReadableZones(InZone("Asia/Calcutta")), InZone("Asia/Calcutta"));
}

}  // namespace
}  // namespace onceload
