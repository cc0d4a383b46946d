#include "onceload/locate/locate_report.h"

#include <chrono>
#include <iomanip>
#include <sstream>

#include <nlohmann/json.hpp>

#include "onceload/core/printable.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

using nlohmann::ordered_json;

std::string TimeText(std::int64_t ms) {
  return ms < 0 ? "no time" : UtcTime(std::chrono::milliseconds(ms)) + "Z";
}

ordered_json PlaceJson(const RowPlace& place) {
  ordered_json json{{"partition", place.partition.value}, {"offset", place.offset.value}};
  json["time_ms"] = place.time_ms < 0 ? ordered_json(nullptr) : ordered_json(place.time_ms);
  if (!place.file.empty()) {
    json["file"] = place.file;
    json["row"] = place.row.value;
    json["byte"] = place.byte.value;
    json["text"] = place.text;
  }
  json["record"] = place.record;
  return json;
}

}  // namespace

void PrintText(const Located& located, std::ostream& stream) {
  PrintableStream out(stream);
  for (const RowPlace& place : located.places) {
    out << "partition " << place.partition.value << " offset " << place.offset.value << ", "
        << TimeText(place.time_ms) << ": " << place.record << "\n";
    if (place.file.empty()) continue;
    out << "file " << place.file << " row " << place.row.value << " byte " << place.byte.value
        << ": " << place.text << "\n";
  }
  if (located.more > 0) out << "and " << located.more << " more\n";
  std::ostringstream seconds;
  seconds << std::fixed << std::setprecision(2) << located.seconds;
  out << "load " << located.load << "; " << located.how << " (" << seconds.str() << " s)\n";
}

void PrintJson(const Located& located, std::ostream& out) {
  ordered_json places = ordered_json::array();
  for (const RowPlace& place : located.places) places.push_back(PlaceJson(place));
  const ordered_json result{{"load", located.load},
                            {"places", places},
                            {"more", located.more},
                            {"how", located.how},
                            {"seconds", located.seconds}};
  out << PrintableJson(result.dump(-1, ' ', false, ordered_json::error_handler_t::replace)) << "\n";
}

}  // namespace onceload
