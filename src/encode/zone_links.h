// Older names of time zones. Machines without package tzdata-legacy do not have them.
#pragma once

#include <optional>
#include <string_view>

namespace onceload {

struct ZoneLink {
  std::string_view old_name;
  std::string_view present;  // no old name itself
  // The same zone for all times on every machine. Otherwise the same today: some systems keep the
  // old name's own history.
  bool always;
};

std::optional<ZoneLink> FindZoneLink(std::string_view old_name);

}  // namespace onceload
