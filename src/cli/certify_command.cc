// onceload certify, onceload check-certificate

#include <iostream>

#include <nlohmann/json.hpp>

#include "cli/audit_request.h"
#include "cli/commands.h"
#include "onceload/certificate/certificate.h"
#include "onceload/core/printable.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {

ExitCode RunCertifyCommand(const Invocation& invocation) {
  const CertifyRequest request{AuditOf(invocation, AuditLevel::kSource),
                               invocation.request.certificate.sign};
  SystemClock clock;
  const Certified certified = Certify(request, clock);
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
  const bool holds = check.faults.empty();
  if (asked.json) {
    const nlohmann::ordered_json json{{"verdict", holds ? "holds" : "does not hold"},
                                      {"load", check.load},
                                      {"rows", check.rows},
                                      {"signed", check.signed_by_key},
                                      {"topic_read", check.topic_read},
                                      {"faults", check.faults}};
    std::cout << PrintableJson(json.dump()) << "\n";
  } else {
    PrintableStream out(std::cout);
    for (const std::string& fault : check.faults) out << "fault: " << fault << "\n";
    out << (holds ? std::string_view("holds: ") : std::string_view("does NOT hold: ")) << check.rows
        << " rows of load " << check.load
        << (check.signed_by_key ? std::string_view(", signed by this key")
                                : std::string_view(", not signed"))
        << (check.topic_read ? std::string_view("; the topic has been read again")
                             : std::string_view("; the topic has not been read: -b reads it"))
        << "\n";
  }
  return holds ? ExitCode::kDone : ExitCode::kDifferences;
}

}  // namespace onceload
