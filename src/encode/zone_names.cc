#include "onceload/encode/zone_names.h"

#include "encode/zone.h"
#include "encode/zone_links.h"

namespace onceload {

std::string PresentZone(std::string_view name) {
  const std::optional<ZoneLink> link = FindZoneLink(name);
  return std::string(link && link->always ? link->present : name);
}

EncodeOptions WithPresentZones(EncodeOptions options) {
  for (auto& [column, format] : options.timestamps) format.zone = PresentZone(format.zone);
  std::erase_if(options.timestamps, [](const auto& of) { return of.second == TimestampFormat(); });
  return options;
}

EncodeOptions WithReadableZones(EncodeOptions options) {
  for (auto& [column, format] : options.timestamps) {
    const std::string present = PresentZone(format.zone);
    if (present != format.zone && !FindZone(format.zone)) format.zone = present;
  }
  return options;
}

}  // namespace onceload
