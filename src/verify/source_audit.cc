#include "onceload/verify/source_audit.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <utility>

#include "onceload/core/error.h"
#include "onceload/verify/source_rows.h"
#include "onceload/verify/trail.h"
#include "verify/difference_namer.h"

namespace onceload {
namespace {

class SourceAudit {
 public:
  SourceAudit(const std::optional<ProgressRecord>& load, const AuditedSource& source,
              const AuditedTopic& topic, CommittedScan& scan, KafkaWait& wait)
      : load_(load), source_(source), topic_(topic), scan_(scan), wait_(wait) {}

  AuditReport Run(std::size_t sightings_max);

 private:
  SourceRows Rows(std::optional<RowNumber> limit) const {
    return {source_.file, source_.header, source_.dialect, source_.encode, partitions_, limit};
  }
  void Prepare();
  void ReadBoth();
  void ReadFile(const std::atomic<bool>& abandoned);
  void Judge();
  std::vector<Suspect> Suspects() const;

  const std::optional<ProgressRecord>& load_;
  const AuditedSource& source_;
  const AuditedTopic& topic_;
  CommittedScan& scan_;
  KafkaWait& wait_;
  std::int32_t partitions_ = 0;
  std::optional<RowNumber> limit_;
  std::vector<OffsetRange> ranges_;
  std::vector<Trail> expected_;
  std::vector<Trail> found_;
  AuditReport report_;
};

void SourceAudit::Prepare() {
  if (load_) {
    CheckPlace(*load_, topic_);
    report_ = ReportOf(*load_, topic_);
    partitions_ = static_cast<std::int32_t>(load_->partitions.size());
    if (!load_->complete) limit_ = load_->position.row;
    const auto held = BoundsOf(scan_, partitions_, wait_);
    ranges_ = RangesOf(*load_, topic_, held, report_.findings);
  } else {
    partitions_ = topic_.partitions;
    ranges_ = BoundsOf(scan_, partitions_, wait_);
    report_.topic = topic_.name;
    report_.cluster_id = topic_.cluster_id;
    report_.bytes = source_.file.identity().size;
  }
  report_.bytes_total = source_.file.plain() ? source_.file.identity().size : 0;
  report_.against_source = true;
  report_.against = source_.file.path();
  expected_.resize(static_cast<std::size_t>(partitions_));
  found_.resize(static_cast<std::size_t>(partitions_));
}

void SourceAudit::ReadFile(const std::atomic<bool>& abandoned) {
  SourceRows rows = Rows(limit_);
  SourceRow row;
  while (!abandoned && rows.Next(row)) {
    expected_[static_cast<std::size_t>(row.partition.value)].Add(
        row.digest, static_cast<std::int64_t>(row.row.value));
  }
  if (rows.unloadable() > 0) {
    report_.notes.push_back(std::to_string(rows.unloadable()) +
                            " rows of the file cannot be loaded and are not expected in the topic");
  }
  if (!rows.more()) return;
  Finding finding;
  finding.kind = FindingKind::kUnfinished;
  finding.text = "the load has come to row " + std::to_string(limit_->value) +
                 ", the file goes on: byte " + std::to_string(report_.bytes) + " of " +
                 std::to_string(report_.bytes_total);
  report_.findings.Add(std::move(finding));
}

void SourceAudit::ReadBoth() {
  std::atomic<bool> abandoned{false};
  // The two passes share nothing: each has its own trails, and the report is the file's until it
  // has been read.
  std::future<void> file =
      std::async(std::launch::async, [this, &abandoned] { ReadFile(abandoned); });
  try {
    ScanRanges(scan_, ranges_, wait_, [this](const CommittedRecord& record) {
      found_[static_cast<std::size_t>(record.partition.value)].Add(
          RecordDigest(record.key, record.value), record.offset.value);
    });
  } catch (...) {
    abandoned = true;
    throw;
  }
  file.get();
}

void SourceAudit::Judge() {
  report_.partitions.clear();
  for (std::size_t p = 0; p < expected_.size(); ++p) {
    PartitionVerdict verdict;
    verdict.partition = PartitionId{static_cast<std::int32_t>(p)};
    verdict.expected = expected_[p].count();
    verdict.found = found_[p].count();
    if (const auto parting = PartingMark(expected_[p], found_[p])) {
      verdict.equal = false;
      verdict.differs =
          *parting == 0 ? "from its first rows"
                        : "after row " + std::to_string(expected_[p].marks()[*parting - 1].place);
    }
    report_.partitions.push_back(std::move(verdict));
  }
  for (const OffsetRange& range : ranges_) {
    if (range.begin >= range.end) continue;
    PartitionVerdict& verdict = report_.partitions[static_cast<std::size_t>(range.partition.value)];
    verdict.begin = range.begin;
    verdict.end = range.end;
  }
}

// The partitions that differ, each from the last mark that is the same.
std::vector<Suspect> SourceAudit::Suspects() const {
  std::vector<Suspect> suspects;
  for (std::size_t p = 0; p < expected_.size(); ++p) {
    const auto parting = PartingMark(expected_[p], found_[p]);
    if (!parting) continue;
    Suspect suspect;
    suspect.records = {PartitionId{static_cast<std::int32_t>(p)}, KafkaOffset{0}, KafkaOffset{0}};
    for (const OffsetRange& range : ranges_) {
      if (range.partition == suspect.records.partition) suspect.records = range;
    }
    if (*parting > 0) {
      suspect.row_before =
          RowNumber{static_cast<std::uint64_t>(expected_[p].marks()[*parting - 1].place)};
      suspect.records.begin = KafkaOffset{found_[p].marks()[*parting - 1].place + 1};
    }
    suspects.push_back(suspect);
  }
  return suspects;
}

AuditReport SourceAudit::Run(std::size_t sightings_max) {
  Prepare();
  ReadBoth();
  Judge();
  const std::vector<Suspect> suspects = Suspects();
  if (!suspects.empty()) {
    const DifferenceNamer::RowsMaker rows = [this](std::optional<RowNumber> limit) {
      return Rows(limit);
    };
    DifferenceNamer namer(rows, limit_, scan_, wait_, sightings_max);
    namer.Name(suspects, report_);
  }
  return std::move(report_);
}

}  // namespace

AuditReport AuditSource(const std::optional<ProgressRecord>& load, const AuditedSource& source,
                        const AuditedTopic& topic, CommittedScan& scan, KafkaWait& wait,
                        std::size_t sightings_max) {
  return SourceAudit(load, source, topic, scan, wait).Run(sightings_max);
}

}  // namespace onceload
