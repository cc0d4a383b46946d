// onceload doctor

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "onceload/core/printable.h"
#include "onceload/core/uuid.h"
#include "onceload/doctor/doctor.h"
#include "run/signal_watch.h"

namespace onceload {
namespace {

DoctorRequest RequestOf(const Invocation& invocation) {
  const Request& asked = invocation.request;
  DoctorRequest request;
  request.config = ConnectionOf(asked);
  TellRemarks(request.config);
  request.topic = asked.topics.topic.name;
  if (request.topic.empty()) {
    throw Error(ExitCode::kUsage, "no target topic", "", "give one with --topic");
  }
  request.progress_topic = asked.topics.progress_topic;
  request.dead_letter_topic = asked.dead_letter_topic;
  request.transactional_id =
      asked.load.id_prefix + (asked.name ? *asked.name + "-" : "") + "doctor-" + NewUuid();
  request.state = StatePathOf(asked);
  request.samples = asked.samples;
  static_cast<FrozenEncoding&>(request.rows) = asked.load.rows;
  request.rows.union_columns = asked.load.rows.union_columns;
  request.rows.partitions = 1;
  request.record_bytes_max = asked.record_bytes_max;
  return request;
}

std::size_t CountOf(const std::vector<HealthCheck>& checks, Health health) {
  return static_cast<std::size_t>(
      std::count_if(checks.begin(), checks.end(),
                    [&](const HealthCheck& check) { return check.health == health; }));
}

void PrintChecks(const std::vector<HealthCheck>& checks) {
  constexpr std::size_t kHealthColumns = 9;
  constexpr std::size_t kAboutColumns = 12;
  const auto padded = [](std::string_view text, std::size_t columns) {
    return std::string(text) + std::string(columns - std::min(columns, text.size()), ' ');
  };
  PrintableStream out(std::cout);
  for (const HealthCheck& check : checks) {
    out << padded(NameOf(check.health), kHealthColumns) << padded(check.about, kAboutColumns)
        << check.found << "\n";
    if (check.remedy.empty()) continue;
    out << std::string(kHealthColumns + kAboutColumns, ' ') << "-> " << check.remedy << "\n";
  }
  out << CountOf(checks, Health::kProblem) << " problems, " << CountOf(checks, Health::kWarning)
      << " warnings\n";
}

void PrintJson(const std::vector<HealthCheck>& checks) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const HealthCheck& check : checks) {
    list.push_back({{"about", check.about},
                    {"health", NameOf(check.health)},
                    {"found", check.found},
                    {"remedy", check.remedy}});
  }
  const nlohmann::ordered_json result{{"problems", CountOf(checks, Health::kProblem)},
                                      {"warnings", CountOf(checks, Health::kWarning)},
                                      {"checks", list}};
  std::cout << PrintableJson(
                   result.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace))
            << "\n";
}

}  // namespace

ExitCode RunDoctorCommand(const Invocation& invocation) {
  const DoctorRequest request = RequestOf(invocation);
  SystemClock clock;
  Failpoints none;
  ServiceManager manager;
  const SignalWatch signals(/*objects=*/false, manager);
  RunContext context{clock, none, signals.stop()};
  const std::vector<HealthCheck> checks = Examine(request, context);
  if (invocation.request.json) {
    PrintJson(checks);
  } else {
    PrintChecks(checks);
  }
  if (CountOf(checks, Health::kProblem) > 0) return ExitCode::kUsage;
  return CountOf(checks, Health::kWarning) > 0 ? ExitCode::kDifferences : ExitCode::kDone;
}

}  // namespace onceload
