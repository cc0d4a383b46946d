// The page of --html.
#pragma once

#include "onceload/options/invocation.h"
#include "onceload/verify/audit_report.h"

namespace onceload {

// No-op without --html. Throws Error(kUsage) if it cannot be written.
void WriteAuditPage(const Invocation& invocation, const AuditReport& report);

}  // namespace onceload
