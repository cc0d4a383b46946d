#include "verify/difference_namer.h"

#include <algorithm>
#include <utility>

#include "onceload/verify/record_text.h"
#include "verify/verifier.h"

namespace onceload {
namespace {

// Foreign records that are looked for in the rest of the file.
constexpr std::size_t kOriginsMax = std::size_t{1} << 20;

Digest KeyDigest(const std::optional<std::string_view>& key) {
  return key ? DigestOf(*key) : Digest{};
}

}  // namespace

std::string DifferenceNamer::RowName(RowNumber row) const {
  const std::size_t file = places_.FileOf(row);
  return "row " + std::to_string(places_.RowIn(file, row).value) +
         (source_.inputs.size() > 1 ? " of " + source_.inputs[file].path : "");
}

std::string DifferenceNamer::RowText(RowNumber row, ByteOffset byte) const {
  return RowName(row) + " (byte " + std::to_string(byte.value) + ")";
}

std::string DifferenceNamer::AfterText(RowNumber row) const {
  return row.value == 0 ? "before the first row" : "after " + RowName(row);
}

Finding DifferenceNamer::RowFinding(FindingKind kind, PartitionId partition,
                                    const RowSighting& row) const {
  const std::size_t file = places_.FileOf(row.row);
  Finding finding;
  finding.kind = kind;
  finding.partition = partition;
  finding.file = source_.inputs[file].path;
  finding.row = places_.RowIn(file, row.row);
  finding.byte = row.byte;
  return finding;
}

void DifferenceNamer::ReadRecords(const std::vector<Suspect>& suspects) {
  std::vector<OffsetRange> ranges;
  for (const Suspect& suspect : suspects) {
    const auto partition = static_cast<std::size_t>(suspect.records.partition.value);
    if (window_of_.size() <= partition) window_of_.resize(partition + 1, suspects.size());
    window_of_[partition] = windows_.size();
    Window& window = windows_.emplace_back();
    window.partition = suspect.records.partition;
    window.row_before = suspect.row_before;
    window.headless = suspect.headless;
    if (suspect.records.begin < suspect.records.end) ranges.push_back(suspect.records);
  }
  ScanRanges(scan_, ranges, wait_, [this](const CommittedRecord& record) {
    Window& window = windows_[window_of_[static_cast<std::size_t>(record.partition.value)]];
    window.cut = window.cut || window.records.size() == share_;
    if (window.cut) return;
    window.records.push_back(
        {RecordDigest(source_.rules.digest, record.parts()), KeyDigest(record.key), record.offset});
  });
}

void DifferenceNamer::ReadRows() {
  SourceRows rows = rows_(limit_);
  SourceRow row;
  while (rows.Next(row)) {
    const auto partition = static_cast<std::size_t>(row.partition.value);
    if (partition >= window_of_.size() || window_of_[partition] == windows_.size()) continue;
    Window& window = windows_[window_of_[partition]];
    if (row.row <= window.row_before) continue;
    if (window.rows.size() == share_) {
      window.cut = true;
      continue;
    }
    window.rows.push_back({row.digest, KeyDigest(row.key), row.row, row.byte});
  }
}

// A foreign record may be a row from before the windows, from another partition, or one the load
// has not come to.
void DifferenceNamer::FindOrigins() {
  for (std::size_t w = 0; w < windows_.size(); ++w) {
    for (const Index record : diagnoses_[w].foreign) {
      if (origins_.size() >= kOriginsMax) break;
      origins_.try_emplace(windows_[w].records[record].record.value);
    }
  }
  if (origins_.empty()) return;
  SourceRows rows = rows_(std::nullopt);
  SourceRow row;
  while (rows.Next(row)) {
    const auto found = origins_.find(row.digest.value);
    if (found == origins_.end() || found->second.found) continue;
    found->second = {true, row.partition, row.row, row.byte};
  }
}

void DifferenceNamer::TakeOrigins(std::size_t index, Findings& findings) {
  const Window& window = windows_[index];
  std::vector<Index>& foreign = diagnoses_[index].foreign;
  std::erase_if(foreign, [&](Index record) {
    const auto origin = origins_.find(window.records[record].record.value);
    if (origin == origins_.end() || !origin->second.found) return false;
    AddDoubled(window, record, origin->second, findings);
    return true;
  });
}

void DifferenceNamer::AddDoubled(const Window& window, Index record, const Origin& origin,
                                 Findings& findings) {
  Finding finding =
      RowFinding(FindingKind::kDoubled, window.partition, {{}, {}, origin.row, origin.byte});
  finding.offset = window.records[record].offset;
  const std::string place =
      "in " + PartitionText(window.partition) + " at " + OffsetText(finding.offset);
  finding.text = RowText(origin.row, origin.byte);
  if (limit_ && origin.row > *limit_) {
    finding.text += " is " + place + ", but the load has only come to " + RowName(*limit_);
  } else if (origin.partition == window.partition) {
    finding.text += " is once more " + place;
  } else {
    finding.text += " of " + PartitionText(origin.partition) + " is also " + place;
  }
  findings.Add(std::move(finding));
}

void DifferenceNamer::AddMoved(const std::vector<Moved>& moved, Findings& findings) {
  for (const Moved& move : moved) {
    const Window& from = windows_[move.from];
    const Window& to = windows_[move.to];
    const RowSighting& row = from.rows[move.row];
    Finding finding = RowFinding(FindingKind::kMoved, to.partition, row);
    finding.offset = to.records[move.record].offset;
    finding.text = RowText(row.row, row.byte) + " belongs to " + PartitionText(from.partition) +
                   " and is in " + PartitionText(to.partition) + " at " +
                   OffsetText(finding.offset);
    findings.Add(std::move(finding));
  }
}

void DifferenceNamer::AddLate(const Window& window, const Late& late, bool order_per_key,
                              Findings& findings) {
  const RowSighting& row = window.rows[late.row];
  const RowSighting& after = window.rows[late.after];
  Finding finding = RowFinding(FindingKind::kDisorder, window.partition, row);
  finding.offset = window.records[late.record].offset;
  finding.text = RowText(row.row, row.byte) + " is in " + PartitionText(window.partition) + " at " +
                 OffsetText(finding.offset) + ", behind " + RowName(after.row) + ": ";
  if (row.key == Digest{}) {
    finding.text += "the rows have no key";
  } else if (late.breaks_key) {
    finding.text += "the order of the rows of its key is broken";
  } else {
    finding.text += order_per_key ? "the order per key holds" : "the order of its key holds";
  }
  findings.Add(std::move(finding));
}

void DifferenceNamer::AddOf(std::size_t index, Findings& findings) {
  const Window& window = windows_[index];
  const PartitionDiagnosis& diagnosis = diagnoses_[index];
  const std::string partition = PartitionText(window.partition);
  for (const Index lost : diagnosis.lost) {
    const RowSighting& row = window.rows[lost];
    Finding finding = RowFinding(FindingKind::kLost, window.partition, row);
    finding.text = RowText(row.row, row.byte) + " is not in " + partition;
    findings.Add(std::move(finding));
  }
  for (const Pair& changed : diagnosis.changed) {
    const RowSighting& row = window.rows[changed.row];
    Finding finding = RowFinding(FindingKind::kChanged, window.partition, row);
    finding.offset = window.records[changed.record].offset;
    if (findings.Keeps(finding.kind)) {
      finding.text = RowText(row.row, row.byte) + " is another in " + partition + " at " +
                     OffsetText(finding.offset) + ": " + TextAt(window.partition, finding.offset);
    }
    findings.Add(std::move(finding));
  }
  for (const Pair& doubled : diagnosis.doubled) {
    const RowSighting& row = window.rows[doubled.row];
    AddDoubled(window, doubled.record, {true, window.partition, row.row, row.byte}, findings);
  }
  for (const Index foreign : diagnosis.foreign) {
    Finding finding;
    finding.kind = FindingKind::kForeign;
    finding.partition = window.partition;
    finding.offset = window.records[foreign].offset;
    if (findings.Keeps(finding.kind)) {
      finding.text =
          "the record in " + partition + " at " + OffsetText(finding.offset) + ", " +
          (window.place.empty() ? AfterText(RowBefore(window, matchings_[index], foreign))
                                : window.place) +
          ", is no row of the file: " + TextAt(window.partition, finding.offset);
    }
    findings.Add(std::move(finding));
  }
  for (const Late& late : diagnosis.late) {
    AddLate(window, late, diagnosis.order_per_key, findings);
  }
}

std::string DifferenceNamer::TextAt(PartitionId partition, KafkaOffset offset) {
  std::string text = "(gone)";
  ScanRanges(scan_, {{partition, offset, KafkaOffset{offset.value + 1}}}, wait_,
             [&](const CommittedRecord& record) {
               text = RecordText(record, source_.rules.digest.times);
             });
  return text;
}

void DifferenceNamer::Name(const std::vector<Suspect>& suspects, AuditReport& report) {
  Findings& findings = report.findings;
  const std::uint64_t before = findings.total();
  share_ = std::max<std::size_t>(1, sightings_max_ / suspects.size());
  ReadRecords(suspects);
  ReadRows();
  for (const Window& window : windows_) {
    matchings_.push_back(Match(window));
    diagnoses_.push_back(Diagnose(window, matchings_.back()));
  }
  AddMoved(TakeMoved(windows_, diagnoses_), findings);
  FindOrigins();
  for (std::size_t w = 0; w < windows_.size(); ++w) {
    TakeOrigins(w, findings);
    PairChanged(matchings_[w], diagnoses_[w]);
    AddOf(w, findings);
    if (!windows_[w].cut) continue;
    report.notes.push_back("of " + PartitionText(windows_[w].partition) + " only " +
                           std::to_string(share_) + " rows " + AfterText(windows_[w].row_before) +
                           " have been compared one by one; there may be more differences");
  }
  if (findings.total() > before) return;
  Finding finding;
  finding.kind = FindingKind::kUnnamed;
  finding.partition = windows_[0].partition;
  finding.text = PartitionText(finding.partition) + " differs " +
                 AfterText(windows_[0].row_before) + ", beyond the rows compared one by one";
  findings.Add(std::move(finding));
}

void DifferenceNamer::NameOutside(const std::vector<Gap>& gaps, AuditReport& report) {
  for (const Gap& gap : gaps) {
    Window& window = windows_.emplace_back();
    window.partition = gap.range.partition;
    window.place = gap.place;
  }
  std::size_t kept = 0;
  std::uint64_t beyond = 0;
  ScanGaps(gaps, scan_, wait_, [&](const Gap& gap, const CommittedRecord& record) {
    if (++kept > sightings_max_) {
      ++beyond;
      return;
    }
    windows_[static_cast<std::size_t>(&gap - gaps.data())].records.push_back(
        {RecordDigest(source_.rules.digest, record.parts()), KeyDigest(record.key), record.offset});
  });
  for (const Window& window : windows_) {
    matchings_.push_back(Match(window));
    diagnoses_.push_back(Diagnose(window, matchings_.back()));
  }
  FindOrigins();
  for (std::size_t w = 0; w < windows_.size(); ++w) {
    TakeOrigins(w, report.findings);
    AddOf(w, report.findings);
  }
  if (beyond > 0) {
    report.notes.push_back(std::to_string(beyond) +
                           " more records that are no load's have not been compared one by one");
  }
}

}  // namespace onceload
