#include "verify/source_totals.h"

#include <string>
#include <utility>

namespace onceload {
namespace {

void AddText(FindingKind kind, std::string text, Findings& findings) {
  Finding finding;
  finding.kind = kind;
  finding.text = std::move(text);
  findings.Add(std::move(finding));
}

}  // namespace

std::vector<PartitionProgress> TotalsOf(const AuditedSource& source, const ProgressRecord& load,
                                        Findings& findings) {
  std::vector<PartitionProgress> totals(load.partitions.size());
  InputPlaces places;
  SourceRows rows(source, RowNumber{load.input_rows()}, places);
  SourceRow row;
  while (rows.Next(row)) totals[static_cast<std::size_t>(row.partition.value)].Add(row.digest);
  if (rows.more() || !rows.grown().empty()) {
    AddText(FindingKind::kUnfinished,
            "the files go on behind what the load has loaded: " +
                std::to_string(load.input_rows()) + " rows",
            findings);
  }
  if (rows.dead_letters().rows != load.rejected) {
    AddText(FindingKind::kDeadLetter,
            std::to_string(rows.dead_letters().rows) +
                " rows of the files cannot be loaded, the load has rejected " +
                std::to_string(load.rejected),
            findings);
  }
  return totals;
}

}  // namespace onceload
