// onceload where, onceload from

#include <iostream>

#include "cli/commands.h"
#include "onceload/locate/locate.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {
namespace {

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

ExitCode Print(const Located& located, bool json) {
  if (json) {
    PrintJson(located, std::cout);
  } else {
    PrintText(located, std::cout);
  }
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
