// onceload where, onceload from

#include <iomanip>
#include <iostream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "onceload/core/printable.h"
#include "onceload/core/text.h"
#include "onceload/locate/locate.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {
namespace {

using nlohmann::ordered_json;

LocateRequest RequestOf(const Request& asked, bool needs_load) {
  LocateRequest request;
  request.config = ConnectionOf(asked);
  TellRemarks(request.config);
  request.topic = asked.topics.topic.name;
  if (request.topic.empty()) {
    throw Error(ExitCode::kUsage, "no topic to look into", "", "give one with --topic");
  }
  request.progress_topic = asked.topics.progress_topic;
  if (asked.name || needs_load) request.name = LoadNameOf(asked.inputs, asked.name, request.topic);
  request.state = StatePathOf(asked);
  request.files = asked.inputs.words;
  request.retry_budget = asked.audit_budget;
  request.notice = [](const std::string& text) { TellLine(text); };
  return request;
}

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

void PrintPlaces(const Located& located, PrintableStream& out) {
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

ExitCode Print(const Located& located, bool json) {
  if (!json) {
    PrintableStream out(std::cout);
    PrintPlaces(located, out);
    return ExitCode::kDone;
  }
  ordered_json places = ordered_json::array();
  for (const RowPlace& place : located.places) places.push_back(PlaceJson(place));
  const ordered_json result{{"load", located.load},
                            {"places", places},
                            {"more", located.more},
                            {"how", located.how},
                            {"seconds", located.seconds}};
  std::cout << PrintableJson(result.dump(-1, ' ', false, ordered_json::error_handler_t::replace))
            << "\n";
  return ExitCode::kDone;
}

}  // namespace

ExitCode RunWhereCommand(const Invocation& invocation) {
  const Request& asked = invocation.request;
  const PlaceWishes& place = asked.place;
  if ((place.row >= 0) == place.key.has_value()) {
    throw Error(ExitCode::kUsage, "either a row or a key is looked for", "",
                "give FILE and --row N, or --name NAME and --key TEXT");
  }
  const LocateRequest request = RequestOf(asked, /*needs_load=*/true);
  SystemClock clock;
  return Print(place.key
                   ? FindKey(request, *place.key, clock)
                   : FindRow(request, RowNumber{static_cast<std::uint64_t>(place.row)}, clock),
               asked.json);
}

ExitCode RunFromCommand(const Invocation& invocation) {
  const Request& asked = invocation.request;
  if (asked.place.partition < 0 || asked.place.offset < 0) {
    throw Error(ExitCode::kUsage, "no record to look for", "",
                "give its place with --partition N and --offset N");
  }
  const LocateRequest request = RequestOf(asked, /*needs_load=*/false);
  SystemClock clock;
  return Print(FindOrigin(request, PartitionId{asked.place.partition},
                          KafkaOffset{asked.place.offset}, clock),
               asked.json);
}

}  // namespace onceload
