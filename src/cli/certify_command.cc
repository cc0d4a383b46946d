// onceload certify, onceload check-certificate

#include <iostream>

#include "cli/audit_page_file.h"
#include "cli/audit_request.h"
#include "cli/commands.h"
#include "onceload/certificate/certificate.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {

ExitCode RunCertifyCommand(const Invocation& invocation) {
  if (!OfOneLoad(invocation.request)) {
    throw Error(ExitCode::kUsage, "a certificate is of one load", *invocation.request.name,
                "name one load with --name; verify audits several");
  }
  const CertifyRequest request{AuditOf(invocation, AuditLevel::kSource),
                               invocation.request.certificate.sign};
  SystemClock clock;
  const Certified certified = Certify(request, clock);
  CheckExpected(invocation, request.audit, certified.report);
  WriteAuditPage(invocation, certified.report);
  if (certified.text.empty()) {
    PrintText(certified.report, std::cout);
    TellLine("no certificate: it is of finished loads that are proven");
    return ExitCode::kDifferences;
  }
  TellLine("proven: " + std::to_string(certified.report.found()) + " rows against " +
           certified.report.against);
  std::cout << certified.text << "\n";
  return ExitCode::kDone;
}

ExitCode RunCheckCertificateCommand(const Invocation& invocation) {
  const Request& asked = invocation.request;
  CheckRequest request{asked.certificate.file, asked.certificate.public_key, std::nullopt,
                       asked.audit_budget};
  if (request.path.empty()) {
    throw Error(ExitCode::kUsage, "no certificate to check", "", "name its file");
  }
  if (!asked.connection.empty()) {
    request.config = ConnectionOf(asked);
    TellRemarks(*request.config);
  }
  SystemClock clock;
  const CertificateCheck check = CheckCertificate(request, clock);
  if (asked.json) {
    PrintJson(check, std::cout);
  } else {
    PrintText(check, std::cout);
  }
  return check.holds() ? ExitCode::kDone : ExitCode::kDifferences;
}

}  // namespace onceload
