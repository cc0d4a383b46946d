#include "onceload/verify/auditor.h"

#include "verify/load_audit.h"
#include "verify/loads_audit.h"

namespace onceload {
namespace {

double SecondsSince(Duration begun, const Clock& clock) {
  return static_cast<double>((clock.Now() - begun).count()) / 1000;
}

}  // namespace

AuditReport Audit(const AuditRequest& request, Clock& clock) {
  const Duration begun = clock.Now();
  AuditReport report = LoadAudit(request, clock).Run();
  report.seconds = SecondsSince(begun, clock);
  return report;
}

LoadsReport AuditLoads(const AuditRequest& request, Clock& clock) {
  const Duration begun = clock.Now();
  LoadsReport report = LoadsAudit(request, clock).RunAll();
  report.seconds = SecondsSince(begun, clock);
  return report;
}

}  // namespace onceload
