// What a command line asks an audit for.
#pragma once

#include "onceload/options/invocation.h"
#include "onceload/verify/auditor.h"

namespace onceload {

// By files or --name; else all loads of the topic are meant, or of all topics.
bool OfOneLoad(const Request& asked);

// What the command line expects of the files, by the rows that the audit has read of them: a load
// that is proven against other files than those that were meant is no use. Throws as
// CheckExpected() does.
void CheckExpected(const Invocation& invocation, const AuditRequest& request,
                   const AuditReport& report);

// `invocation` must outlive it. Throws Error(kUsage).
AuditRequest AuditOf(const Invocation& invocation, AuditLevel level);

}  // namespace onceload
