#include "verify/source_audit.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <utility>

#include "onceload/core/error.h"
#include "verify/dead_letter_audit.h"
#include "verify/difference_namer.h"
#include "verify/source_rows.h"
#include "verify/trail.h"

namespace onceload {
namespace {

// How many rows are gone is told by what is left; that far off it may be where that differs, too.
constexpr std::uint64_t kHeadSlack = 4096;

// Rows of a partition whose records were deleted.
struct SourceHead {
  std::uint64_t rows = 0;
  RowNumber last;  // of them
  RowNumber near;  // kHeadSlack rows of the partition before it
};

class SourceAudit {
 public:
  SourceAudit(const std::optional<ProgressRecord>& load, const AuditedSource& source,
              const AuditedTopic& topic, CommittedScan& scan, CommittedScan* dead_letters,
              KafkaWait& wait)
      : load_(load),
        source_(source),
        topic_(topic),
        scan_(scan),
        dead_letters_(dead_letters),
        wait_(wait) {}

  AuditReport Run(std::size_t sightings_max);

 private:
  SourceRows Rows(std::optional<RowNumber> limit) { return {source_, limit, places_}; }
  void Prepare();
  void ReadBoth();
  void ReadFile(const std::atomic<bool>& abandoned);
  void AddUnfinished(std::string text);
  void SkipLostHeads();
  void Judge();
  void JudgeRejected();
  std::vector<Suspect> Suspects() const;

  const std::optional<ProgressRecord>& load_;
  const AuditedSource& source_;
  const AuditedTopic& topic_;
  CommittedScan& scan_;
  CommittedScan* dead_letters_;
  KafkaWait& wait_;
  InputPlaces places_;
  std::int32_t partitions_ = 0;
  std::optional<RowNumber> limit_;
  std::vector<OffsetRange> ranges_;
  std::vector<LostHead> heads_;
  std::vector<SourceHead> gone_;  // by partition, where heads_ has any
  std::vector<Trail> expected_;
  std::vector<Trail> found_;
  PartitionProgress rejected_;  // as dead letters; no offsets
  AuditReport report_;
};

void SourceAudit::Prepare() {
  if (load_) {
    CheckPlace(*load_, topic_);
    report_ = ReportOf(*load_, topic_);
    partitions_ = static_cast<std::int32_t>(load_->partitions.size());
    limit_ = RowNumber{load_->input_rows()};
    AddCoverage(*load_, report_);
    const auto held = BoundsOf(scan_, partitions_, wait_);
    ranges_ = RangesOf(*load_, topic_, held, report_.findings, heads_);
  } else {
    partitions_ = topic_.partitions;
    ranges_ = BoundsOf(scan_, partitions_, wait_);
    report_.topic = topic_.name;
    report_.cluster_id = topic_.cluster_id;
  }
  report_.level = AuditLevel::kSource;
  const std::vector<InputFile>& inputs = source_.inputs;
  report_.against = inputs.size() == 1 ? inputs[0].path
                                       : std::to_string(inputs.size()) + " files from " +
                                             inputs[0].path + " to " + inputs.back().path;
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
  rejected_ = rows.dead_letters();
  report_.reasons = rows.reasons();
  for (std::size_t i = 0; i < source_.inputs.size(); ++i) {
    const InputFile& input = source_.inputs[i];
    report_.inputs.push_back(
        {input.path, NameOfInput(input), rows.counts()[i].rows, rows.counts()[i].rejected});
  }
  for (const std::size_t input : rows.grown()) {
    const InputFile& file = source_.inputs[input];
    AddUnfinished("was loaded up to row " + std::to_string(file.end->row.value) +
                  ", and goes on: byte " + std::to_string(file.end->byte.value) + " of " +
                  file.path);
  }
  if (!rows.more()) return;
  AddUnfinished("the load has come to row " + std::to_string(limit_->value) +
                ", the input goes on: byte " + std::to_string(load_->position.byte.value) + " of " +
                source_.inputs[load_->position.file].path);
}

void SourceAudit::AddUnfinished(std::string text) {
  Finding finding;
  finding.kind = FindingKind::kUnfinished;
  finding.text = std::move(text);
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
          RecordDigest(source_.rules.digest, record.parts()), record.offset.value);
      if (source_.witness) source_.witness(record, source_.rules.digest);
    });
  } catch (...) {
    abandoned = true;
    throw;
  }
  file.get();
}

// As many rows as records are missing, from the first one: what is left must be the rest. Nobody's
// word on how many there were is needed, but the file is read once more.
void SourceAudit::SkipLostHeads() {
  gone_.resize(expected_.size());
  if (heads_.empty()) return;
  std::vector<bool> skips(expected_.size(), false);
  for (const LostHead& head : heads_) {
    const auto p = static_cast<std::size_t>(head.partition.value);
    skips[p] = expected_[p].count() > found_[p].count();
    if (!skips[p]) continue;
    gone_[p].rows = expected_[p].count() - found_[p].count();
    expected_[p] = Trail();
  }
  std::vector<std::uint64_t> passed(expected_.size());
  SourceRows rows = Rows(limit_);
  SourceRow row;
  while (rows.Next(row)) {
    const auto p = static_cast<std::size_t>(row.partition.value);
    if (!skips[p]) continue;
    if (++passed[p] <= gone_[p].rows) {
      gone_[p].last = row.row;
      if (passed[p] + kHeadSlack <= gone_[p].rows) gone_[p].near = row.row;
    } else {
      expected_[p].Add(row.digest, static_cast<std::int64_t>(row.row.value));
    }
  }
  for (const LostHead& head : heads_) {
    const SourceHead& gone = gone_[static_cast<std::size_t>(head.partition.value)];
    AddLostHead(
        head,
        std::to_string(gone.rows) + " rows of it" +
            (gone.rows == 0 ? ""
                            : ", up to row " + std::to_string(gone.last.value) + " of the input,"),
        report_.findings);
  }
}

void SourceAudit::Judge() {
  report_.partitions.clear();
  for (std::size_t p = 0; p < expected_.size(); ++p) {
    PartitionVerdict verdict;
    verdict.partition = PartitionId{static_cast<std::int32_t>(p)};
    verdict.expected = expected_[p].count();
    verdict.found = found_[p].count();
    verdict.gone = gone_[p].rows;
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
    suspect.row_before = gone_[p].near;
    suspect.headless = gone_[p].rows > 0 && *parting == 0;
    if (*parting > 0) {
      suspect.row_before =
          RowNumber{static_cast<std::uint64_t>(expected_[p].marks()[*parting - 1].place)};
      suspect.records.begin = KafkaOffset{found_[p].marks()[*parting - 1].place + 1};
    }
    suspects.push_back(suspect);
  }
  return suspects;
}

// Rows that have no message: each a dead letter, if the load has sent any, and none if it has not.
void SourceAudit::JudgeRejected() {
  if (rejected_.rows > 0) {
    report_.notes.emplace_back(
        std::to_string(rejected_.rows) +
        " rows of the input cannot be loaded and are not expected in the topic");
  }
  if (!load_) return;
  report_.rejected = load_->rejected;
  if (rejected_.rows != load_->rejected) {
    Finding finding;
    finding.kind = FindingKind::kDeadLetter;
    finding.text = std::to_string(rejected_.rows) +
                   " rows of the input cannot be loaded, the load has rejected " +
                   std::to_string(load_->rejected);
    report_.findings.Add(std::move(finding));
  }
  if (dead_letters_ == nullptr) return;
  PartitionProgress expected = load_->dead_letters;
  if (load_->dead_letters.rows == load_->rejected) {
    expected.rows = rejected_.rows;
    expected.digest = rejected_.digest;
  } else {
    report_.notes.emplace_back(
        "some runs of the load have sent no dead letters: those it has sent are "
        "compared with its progress record");
  }
  AuditDeadLetters(*load_, expected, *dead_letters_, wait_, report_);
}

AuditReport SourceAudit::Run(std::size_t sightings_max) {
  Prepare();
  ReadBoth();
  SkipLostHeads();
  Judge();
  JudgeRejected();
  const DifferenceNamer::RowsMaker rows = [this](std::optional<RowNumber> limit) {
    return Rows(limit);
  };
  const auto namer = [&] {
    return DifferenceNamer(source_, places_, rows, limit_, scan_, wait_, sightings_max);
  };
  const std::vector<Suspect> suspects = Suspects();
  if (!suspects.empty()) namer().Name(suspects, report_);
  if (!topic_.outside.empty()) namer().NameOutside(topic_.outside, report_);
  return std::move(report_);
}

}  // namespace

AuditReport AuditSource(const std::optional<ProgressRecord>& load, const AuditedSource& source,
                        const AuditedTopic& topic, CommittedScan& scan, CommittedScan* dead_letters,
                        KafkaWait& wait, std::size_t sightings_max) {
  return SourceAudit(load, source, topic, scan, dead_letters, wait).Run(sightings_max);
}

}  // namespace onceload
