// What a command line asks an audit for.
#pragma once

#include "onceload/options/invocation.h"
#include "onceload/verify/auditor.h"

namespace onceload {

// By files or --name; else all loads of the topic are meant, or of all topics.
bool OfOneLoad(const Request& asked);

// `invocation` must outlive it. Throws Error(kUsage).
AuditRequest AuditOf(const Invocation& invocation, AuditLevel level);

}  // namespace onceload
