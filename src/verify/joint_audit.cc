#include "verify/joint_audit.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "onceload/verify/record_text.h"
#include "verify/record_owner.h"

namespace onceload {
namespace {

struct OwnedSpan {
  KafkaOffset begin;
  KafkaOffset end;
  std::size_t load = 0;
};

// Where loads have rows in one partition; asked for ascending offsets.
class SpanUnion {
 public:
  void Add(KafkaOffset begin, KafkaOffset end) { spans_.push_back({begin, end, 0}); }

  // After the last Add(), before the first Covers().
  void Settle() {
    std::sort(spans_.begin(), spans_.end(),
              [](const OwnedSpan& a, const OwnedSpan& b) { return a.begin < b.begin; });
  }
  bool empty() const { return spans_.empty(); }
  KafkaOffset begin() const { return spans_.front().begin; }
  KafkaOffset end() const {
    return std::max_element(spans_.begin(), spans_.end(),
                            [](const OwnedSpan& a, const OwnedSpan& b) { return a.end < b.end; })
        ->end;
  }
  bool Covers(KafkaOffset offset) {
    for (; next_ < spans_.size() && spans_[next_].begin <= offset; ++next_) {
      until_ = std::max(until_, spans_[next_].end);
    }
    return offset < until_;
  }

 private:
  std::vector<OwnedSpan> spans_;
  std::size_t next_ = 0;
  KafkaOffset until_ = kNoOffset;
};

std::vector<OwnedSpan> SpansOf(std::size_t partition, const std::vector<ProgressRecord>& loads) {
  std::vector<OwnedSpan> spans;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    if (partition >= loads[i].partitions.size()) continue;
    const PartitionProgress& loaded = loads[i].partitions[partition];
    if (loaded.first != kNoOffset) spans.push_back({loaded.first, loaded.end, i});
  }
  std::sort(spans.begin(), spans.end(),
            [](const OwnedSpan& a, const OwnedSpan& b) { return a.begin < b.begin; });
  return spans;
}

std::size_t WidestOf(const std::vector<ProgressRecord>& loads) {
  std::size_t partitions = 0;
  for (const ProgressRecord& load : loads)
    partitions = std::max(partitions, load.partitions.size());
  return partitions;
}

std::string InsteadText(std::uint64_t found, std::uint64_t expected) {
  return "holds " + std::to_string(found) + " records where " + std::to_string(expected) +
         " were loaded";
}

class JointAudit {
 public:
  JointAudit(const std::vector<JointLoad>& loads, const std::vector<ProgressRecord>& records,
             AuditLevel level)
      : loads_(loads), owner_(records), counts_(level == AuditLevel::kCounts) {
    const std::size_t width = WidestOf(records);
    all_.resize(width);
    untold_.resize(width);
    found_together_.resize(width);
    for (std::size_t i = 0; i < loads.size(); ++i) {
      found_.emplace_back(records[i].partitions.size());
      rules_.push_back(records[i].digest_rule());
    }
  }

  JointReport Run(const AuditedTopic& topic, CommittedScan& scan, KafkaWait& wait,
                  AuditLevel level);

 private:
  void AddSpans(const std::vector<OffsetRange>& ranges, bool told);
  std::vector<OffsetRange> WhatIsRead();
  void Visit(const CommittedRecord& record);
  void JudgeTold(std::size_t load, AuditReport& report) const;
  void JudgeTogether();
  void JudgePartition(std::size_t p, bool by_sums);
  // All of those that are not told apart keep sums, of digests by the same rule.
  bool HaveSums() const;
  void AddForeign(const CommittedRecord& record);

  const std::vector<JointLoad>& loads_;
  const RecordOwner owner_;
  const bool counts_;
  std::vector<DigestRule> rules_;                      // by load
  std::vector<std::vector<PartitionProgress>> found_;  // by load told, and partition
  std::vector<SpanUnion> all_;                         // by partition: where there are rows at all
  std::vector<SpanUnion> untold_;                      // of loads not told apart
  std::vector<PartitionProgress> found_together_;      // without digest
  std::optional<DigestRule> rule_together_;
  Together together_;
};

void JointAudit::AddSpans(const std::vector<OffsetRange>& ranges, bool told) {
  for (const OffsetRange& range : ranges) {
    const auto p = static_cast<std::size_t>(range.partition.value);
    all_[p].Add(range.begin, range.end);
    if (!told) untold_[p].Add(range.begin, range.end);
  }
}

std::vector<OffsetRange> JointAudit::WhatIsRead() {
  std::vector<OffsetRange> ranges;
  for (std::size_t p = 0; p < all_.size(); ++p) {
    all_[p].Settle();
    untold_[p].Settle();
    if (all_[p].empty()) continue;
    ranges.push_back({PartitionId{static_cast<std::int32_t>(p)}, all_[p].begin(), all_[p].end()});
  }
  return ranges;
}

void JointAudit::AddForeign(const CommittedRecord& record) {
  Finding finding;
  finding.kind = FindingKind::kForeign;
  finding.partition = record.partition;
  finding.offset = record.offset;
  if (together_.findings.Keeps(finding.kind)) {
    finding.text = "the record in " + PartitionText(record.partition) + " at " +
                   OffsetText(record.offset) +
                   ", among these loads, is none of theirs: " + RecordText(record, /*times=*/false);
  }
  together_.findings.Add(std::move(finding));
}

void JointAudit::Visit(const CommittedRecord& record) {
  const auto p = static_cast<std::size_t>(record.partition.value);
  if (!all_[p].Covers(record.offset)) return;
  const std::size_t owner = owner_.Of(record);
  if (owner != RecordOwner::kUntold) {
    const std::vector<PartitionProgress>& span = loads_[owner].record.partitions;
    const bool own = p < span.size() && span[p].first != kNoOffset &&
                     record.offset >= span[p].first && record.offset < span[p].end;
    if (!own) return AddForeign(record);
    found_[owner][p].Add(RecordDigest(rules_[owner], record.parts()));
    return;
  }
  if (!untold_[p].Covers(record.offset)) return AddForeign(record);
  found_together_[p].Add(RecordDigest(*rule_together_, record.parts()));
}

void JointAudit::JudgeTold(std::size_t load, AuditReport& report) const {
  for (std::size_t p = 0; p < report.partitions.size(); ++p) {
    const PartitionProgress& expected = loads_[load].expected[p];
    const PartitionProgress& found = found_[load][p];
    PartitionVerdict& verdict = report.partitions[p];
    verdict.found = found.rows;
    verdict.equal = found.rows == expected.rows && (counts_ || found.digest == expected.digest);
    if (verdict.equal) continue;
    verdict.differs = "from its records";
    Finding finding;
    finding.kind = FindingKind::kUnnamed;
    finding.partition = verdict.partition;
    finding.text = PartitionText(verdict.partition) + " " + InsteadText(found.rows, expected.rows) +
                   " by " + report.load +
                   (found.rows == expected.rows ? ", not the same ones in that order" : "");
    report.findings.Add(std::move(finding));
  }
}

bool JointAudit::HaveSums() const {
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    if (owner_.Tells(i)) continue;
    if (rules_[i] != *rule_together_) return false;
    for (const PartitionProgress& partition : loads_[i].expected) {
      if (partition.rows > 0 && !partition.sum) return false;
    }
  }
  return true;
}

void JointAudit::JudgePartition(std::size_t p, bool by_sums) {
  PartitionProgress expected;
  expected.sum = Digest{};
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    if (owner_.Tells(i) || p >= loads_[i].expected.size()) continue;
    expected.rows += loads_[i].expected[p].rows;
    expected.sum->value += loads_[i].expected[p].sum.value_or(Digest{}).value;
  }
  const PartitionProgress& found = found_together_[p];
  PartitionVerdict verdict;
  verdict.partition = PartitionId{static_cast<std::int32_t>(p)};
  verdict.expected = expected.rows;
  verdict.found = found.rows;
  verdict.equal =
      expected.rows == found.rows && (!by_sums || *expected.sum == found.sum.value_or(Digest{}));
  if (!untold_[p].empty()) {
    verdict.begin = untold_[p].begin();
    verdict.end = untold_[p].end();
  }
  if (!verdict.equal) {
    verdict.differs = "in its records";
    Finding finding;
    finding.kind = FindingKind::kUnnamed;
    finding.partition = verdict.partition;
    finding.text = PartitionText(verdict.partition) + " " + InsteadText(found.rows, expected.rows) +
                   " by these loads" + (found.rows == expected.rows ? ", not the same ones" : "");
    together_.findings.Add(std::move(finding));
  }
  together_.partitions.push_back(std::move(verdict));
}

void JointAudit::JudgeTogether() {
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    if (!owner_.Tells(i)) together_.loads.push_back(loads_[i].record.load_name);
  }
  if (together_.loads.empty()) return;
  together_.by_sums = !counts_ && HaveSums();
  if (!counts_ && !together_.by_sums) {
    Finding finding;
    finding.kind = FindingKind::kUnnamed;
    finding.text =
        "only the number of records can be compared: one of these loads was run by a version that "
        "keeps no sums, or their digests cover different things; --source FILES compares with the "
        "files";
    together_.findings.Add(std::move(finding));
  }
  for (std::size_t p = 0; p < untold_.size(); ++p) JudgePartition(p, together_.by_sums);
}

JointReport JointAudit::Run(const AuditedTopic& topic, CommittedScan& scan, KafkaWait& wait,
                            AuditLevel level) {
  JointReport result;
  together_.topic = topic.name;
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    const ProgressRecord& record = loads_[i].record;
    CheckPlace(record, topic);
    AuditReport report = ReportOf(record, topic);
    report.level = level;
    AddCoverage(record, report);
    for (std::size_t p = 0; p < report.partitions.size(); ++p) {
      report.partitions[p].expected = loads_[i].expected[p].rows;
    }
    if (!owner_.Tells(i) && !rule_together_) rule_together_ = rules_[i];
    const auto held = BoundsOf(scan, static_cast<std::int32_t>(record.partitions.size()), wait);
    std::vector<LostHead> heads;
    AddSpans(RangesOf(record, topic, held, report.findings, heads), owner_.Tells(i));
    for (const LostHead& head : heads) AddLostHead(head, "its rows", report.findings);
    result.told.push_back(owner_.Tells(i));
    result.loads.push_back(std::move(report));
  }
  ScanRanges(scan, WhatIsRead(), wait, [this](const CommittedRecord& record) { Visit(record); });
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    if (owner_.Tells(i)) JudgeTold(i, result.loads[i]);
  }
  JudgeTogether();
  result.together = std::move(together_);
  return result;
}

}  // namespace

std::vector<std::vector<std::size_t>> MingledIn(const std::vector<ProgressRecord>& loads) {
  std::vector<std::size_t> group(loads.size());  // each load's, by its lowest member
  std::iota(group.begin(), group.end(), std::size_t{0});
  for (std::size_t p = 0; p < WidestOf(loads); ++p) {
    std::optional<OwnedSpan> widest;
    for (const OwnedSpan& span : SpansOf(p, loads)) {
      if (widest && span.begin < widest->end) {
        const auto [low, high] = std::minmax(group[widest->load], group[span.load]);
        std::replace(group.begin(), group.end(), std::size_t{high}, std::size_t{low});
      }
      if (!widest || span.end > widest->end) widest = span;
    }
  }
  std::vector<std::vector<std::size_t>> groups(loads.size());
  for (std::size_t i = 0; i < loads.size(); ++i) groups[group[i]].push_back(i);
  std::erase_if(groups, [](const auto& members) { return members.empty(); });
  return groups;
}

JointReport AuditJoint(const std::vector<JointLoad>& loads, const AuditedTopic& topic,
                       CommittedScan& scan, KafkaWait& wait, AuditLevel level) {
  std::vector<ProgressRecord> records;
  records.reserve(loads.size());
  for (const JointLoad& load : loads) records.push_back(load.record);
  return JointAudit(loads, records, level).Run(topic, scan, wait, level);
}

}  // namespace onceload
