// onceload verify

#include <iostream>

#include "cli/audit_page_file.h"
#include "cli/audit_request.h"
#include "cli/commands.h"

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

}  // namespace

ExitCode RunVerifyCommand(const Invocation& invocation) {
  const AuditRequest request = AuditOf(invocation, invocation.request.audit.level);
  // Of a shard that has no file.
  if (request.level == AuditLevel::kSource && request.files.empty()) return ExitCode::kDone;
  SystemClock clock;
  const bool json = invocation.request.json;
  if (OfOneLoad(invocation.request)) {
    const AuditReport report = Audit(request, clock);
    CheckExpected(invocation, request, report);
    WriteAuditPage(invocation, report);
    return Told(report, json);
  }
  if (!invocation.request.html.empty() || invocation.request.expect.any()) {
    throw Error(ExitCode::kUsage, "--html and --expect-... are of one load", "",
                "leave them out, or name one load with --name");
  }
  return Told(AuditLoads(request, clock), json);
}

}  // namespace onceload
