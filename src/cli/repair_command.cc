// onceload repair, onceload forget

#include <iostream>

#include "cli/commands.h"
#include "onceload/repair/repair_report.h"
#include "onceload/report/stderr_lines.h"
#include "onceload/run/load_start.h"

namespace onceload {
namespace {

RepairChoice ChoiceOf(const RepairWishes& wishes) {
  if (wishes.adopt_kafka) return RepairChoice::kAdoptKafka;
  if (wishes.restart_from_zero) return RepairChoice::kRestartFromZero;
  return wishes.forget ? RepairChoice::kForget : RepairChoice::kNone;
}

RepairReport Told(const Invocation& invocation, RepairChoice choice) {
  const Request& asked = invocation.request;
  if (!asked.name) {
    throw Error(ExitCode::kUsage, "no load is named", "", "onceload history lists the loads");
  }
  SystemClock clock;
  RepairRequest request;
  request.config = ConnectionOf(asked);
  TellRemarks(request.config);
  request.name = *asked.name;
  request.progress_topic = asked.topics.progress_topic;
  request.state = StatePathOf(asked);
  request.writer = WriterText(clock);
  request.choice = choice;
  request.carry_out = asked.repair.yes;
  request.retry_budget = asked.audit_budget;
  request.notice = [](const std::string& text) { TellLine(text); };
  const auto failpoints = FailpointsOfEnvironment(request.notice);
  RepairReport report = Repair(request, clock, *failpoints);
  if (asked.json) {
    PrintJson(report, std::cout);
  } else {
    PrintText(report, std::cout);
  }
  return report;
}

}  // namespace

ExitCode RunRepairCommand(const Invocation& invocation) {
  const RepairReport report = Told(invocation, ChoiceOf(invocation.request.repair));
  return report.broken() ? ExitCode::kDisagreement : ExitCode::kDone;
}

ExitCode RunForgetCommand(const Invocation& invocation) {
  Told(invocation, RepairChoice::kForget);
  return ExitCode::kDone;
}

}  // namespace onceload
