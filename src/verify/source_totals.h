// What the files of a load say is to be in each partition, as digests.
#pragma once

#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/verify/audit_report.h"
#include "verify/source_rows.h"

namespace onceload {

// Reads the files once, up to the row that `load` has come to. What goes on behind it, and rows
// rejected then or now alone, are findings. No offsets. Throws as SourceRows do.
std::vector<PartitionProgress> TotalsOf(const AuditedSource& source, const ProgressRecord& load,
                                        Findings& findings);

}  // namespace onceload
