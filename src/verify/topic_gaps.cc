#include "verify/topic_gaps.h"

#include <algorithm>
#include <utility>

#include "onceload/verify/record_text.h"
#include "verify/verifier.h"

namespace onceload {
namespace {

// A load's rows in one partition.
struct Span {
  KafkaOffset begin;
  KafkaOffset end;
  std::string load;
};

std::vector<Span> SpansIn(std::size_t partition, const std::vector<ProgressRecord>& loads) {
  std::vector<Span> spans;
  for (const ProgressRecord& load : loads) {
    if (partition >= load.partitions.size()) continue;
    const PartitionProgress& loaded = load.partitions[partition];
    if (loaded.first != kNoOffset) spans.push_back({loaded.first, loaded.end, load.load_name});
  }
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  return spans;
}

std::string Between(const std::string& before, const std::string& behind) {
  if (before.empty()) return "before load " + behind;
  return "between load " + before + " and load " + behind;
}

}  // namespace

std::vector<Gap> GapsBetween(const std::vector<OffsetRange>& held,
                             const std::vector<ProgressRecord>& loads) {
  std::vector<Gap> gaps;
  for (const OffsetRange& range : held) {
    KafkaOffset at = range.begin;
    std::string before;
    for (const Span& span : SpansIn(static_cast<std::size_t>(range.partition.value), loads)) {
      const KafkaOffset until = std::min(span.begin, range.end);
      if (at < until) gaps.push_back({{range.partition, at, until}, Between(before, span.load)});
      if (span.end <= at) continue;
      at = span.end;
      before = span.load;
    }
    if (at >= range.end) continue;
    gaps.push_back({{range.partition, at, range.end},
                    before.empty() ? "where no load has rows" : "behind load " + before});
  }
  return gaps;
}

// A scan reads one range of each partition; so the first gaps of all of them go together, and so
// on.
void ScanGaps(const std::vector<Gap>& gaps, CommittedScan& scan, KafkaWait& wait,
              const std::function<void(const Gap&, const CommittedRecord&)>& visit) {
  std::vector<const Gap*> left;
  left.reserve(gaps.size());
  for (const Gap& gap : gaps) left.push_back(&gap);
  while (!left.empty()) {
    std::vector<OffsetRange> ranges;
    std::vector<const Gap*> now, later;  // now: by partition, ascending
    for (const Gap* gap : left) {
      const bool first = now.empty() || now.back()->range.partition != gap->range.partition;
      (first ? now : later).push_back(gap);
      if (first) ranges.push_back(gap->range);
    }
    ScanRanges(scan, ranges, wait, [&](const CommittedRecord& record) {
      const auto gap = std::lower_bound(
          now.begin(), now.end(), record.partition,
          [](const Gap* a, PartitionId partition) { return a->range.partition < partition; });
      visit(**gap, record);
    });
    left = std::move(later);
  }
}

void AddForeign(const std::vector<Gap>& gaps, CommittedScan& scan, KafkaWait& wait,
                Findings& findings) {
  ScanGaps(gaps, scan, wait, [&](const Gap& gap, const CommittedRecord& record) {
    Finding finding;
    finding.kind = FindingKind::kForeign;
    finding.partition = record.partition;
    finding.offset = record.offset;
    if (findings.Keeps(finding.kind)) {
      finding.text = "the record in " + PartitionText(record.partition) + " at " +
                     OffsetText(record.offset) + ", " + gap.place +
                     ", is no load's: " + RecordText(record, /*times=*/false);
    }
    findings.Add(std::move(finding));
  });
}

}  // namespace onceload
