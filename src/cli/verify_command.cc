// onceload verify

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>

#include "cli/audit_page_file.h"
#include "cli/audit_request.h"
#include "cli/commands.h"
#include "onceload/core/version.h"
#include "onceload/metrics/audit_metrics.h"

namespace onceload {
namespace {

template <typename Report>
ExitCode Told(const Report& report, bool json) {
  if (json) {
    PrintJson(report, std::cout);
  } else {
    PrintText(report, std::cout);
  }
  return report.proven() ? ExitCode::kDone : ExitCode::kDifferences;
}

AuditFigures FiguresOf(const AuditReport& report) {
  AuditFigures figures{report.expected(), report.found(), 0, report.proven()};
  for (const PartitionVerdict& partition : report.partitions) {
    figures.difference += std::max(partition.expected, partition.found) -
                          std::min(partition.expected, partition.found);
  }
  return figures;
}

// What the audit of one load comes to, told to whoever asked for it.
ExitCode TellOne(const Invocation& invocation, const AuditRequest& request,
                 std::optional<AuditFigures>& figures) {
  SystemClock clock;
  const AuditReport report = Audit(request, clock);
  figures = FiguresOf(report);
  CheckExpected(invocation, request, report);
  WriteAuditPage(invocation, report);
  return Told(report, invocation.request.json);
}

ExitCode AuditOne(const Invocation& invocation, const AuditRequest& request) {
  std::optional<AuditFigures> figures;
  const MetricsWishes& wishes = invocation.request.metrics;
  if (!wishes.any()) return TellOne(invocation, request, figures);
  SystemClock clock;
  AuditMetrics metrics(wishes, {request.name, request.topic, std::string(Version())}, clock);
  const auto ended = [&](ExitCode code) {
    for (const std::string& trouble : metrics.Ended(code, figures)) request.notice(trouble);
  };
  try {
    const ExitCode code = TellOne(invocation, request, figures);
    ended(code);
    return code;
  } catch (const Error& error) {
    ended(error.code());
    throw;
  }
}

}  // namespace

ExitCode RunVerifyCommand(const Invocation& invocation) {
  const AuditRequest request = AuditOf(invocation, invocation.request.audit.level);
  // Of a shard that has no file.
  if (request.level == AuditLevel::kSource && request.files.empty()) return ExitCode::kDone;
  const Request& asked = invocation.request;
  if (OfOneLoad(asked)) return AuditOne(invocation, request);
  if (!asked.html.empty() || asked.expect.any() || asked.metrics.any()) {
    throw Error(ExitCode::kUsage, "--html, --metrics-file and --expect-... are of one load", "",
                "leave them out, or name one load with --name");
  }
  SystemClock clock;
  return Told(AuditLoads(request, clock), asked.json);
}

}  // namespace onceload
