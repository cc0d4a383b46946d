#include "verify/verifier.h"

#include <algorithm>

#include "onceload/core/error.h"
#include "verify/chunk_audit.h"
#include "verify/dead_letter_audit.h"

namespace onceload {
namespace {

const std::string kTopicAdvice = "check --bootstrap-server and --topic";

std::string OffsetsLost(KafkaOffset from, KafkaOffset to) {
  return std::to_string(to.value - from.value) + " offsets of this load have been ";
}

void AddDeleted(Findings& findings, PartitionId partition, KafkaOffset offset, std::string text) {
  Finding finding;
  finding.kind = FindingKind::kDeleted;
  finding.partition = partition;
  finding.offset = offset;
  finding.text = "partition " + std::to_string(partition.value) + std::move(text);
  findings.Add(std::move(finding));
}

}  // namespace

void CheckPlace(const ProgressRecord& load, const AuditedTopic& topic) {
  const std::string where = "load " + load.load_name;
  if (!MayBeSameCluster(load.cluster_id, topic.cluster_id)) {
    throw Error(ExitCode::kDisagreement,
                "this load went into cluster " + load.cluster_id +
                    ", the brokers given are cluster " + topic.cluster_id,
                where, kTopicAdvice);
  }
  if (load.topic != topic.name) {
    throw Error(ExitCode::kUsage, "this load went into topic " + load.topic + ", not " + topic.name,
                where, "use --topic " + load.topic + ", or name another load with --name");
  }
  if (!MayBeSameTopic(load.topic_id, topic.id)) {
    throw Error(ExitCode::kDisagreement,
                "topic " + topic.name +
                    " is not the one this load went into: it has been deleted and created again "
                    "(id " +
                    load.topic_id + ", now " + topic.id + ")",
                where, "load the file again under another --name");
  }
  if (static_cast<std::size_t>(topic.partitions) < load.partitions.size()) {
    throw Error(ExitCode::kDisagreement,
                "topic " + topic.name + " had " + std::to_string(load.partitions.size()) +
                    " partitions when this load began, now " + std::to_string(topic.partitions),
                where, kTopicAdvice);
  }
}

std::vector<OffsetRange> RangesOf(const ProgressRecord& load, const AuditedTopic& topic,
                                  const std::vector<OffsetRange>& held, Findings& findings) {
  std::vector<OffsetRange> ranges;
  for (std::size_t p = 0; p < load.partitions.size(); ++p) {
    const PartitionProgress& loaded = load.partitions[p];
    const PartitionId partition{static_cast<std::int32_t>(p)};
    if (loaded.first == kNoOffset) continue;
    OffsetRange range{partition, loaded.first, loaded.end};
    if (held[p].begin > range.begin) {
      const KafkaOffset kept = std::min(held[p].begin, range.end);
      AddDeleted(findings, partition, range.begin,
                 " begins at offset " + std::to_string(held[p].begin.value) +
                     " now: " + OffsetsLost(range.begin, kept) + "deleted");
      range.begin = kept;
    }
    if (topic.ends[p] < range.end) {
      const KafkaOffset kept = std::max(topic.ends[p], range.begin);
      AddDeleted(findings, partition, kept,
                 " ends at offset " + std::to_string(topic.ends[p].value) +
                     " now: " + OffsetsLost(kept, range.end) + "lost");
      range.end = kept;
    }
    if (range.begin < range.end) ranges.push_back(range);
  }
  return ranges;
}

AuditReport ReportOf(const ProgressRecord& load, const AuditedTopic& topic) {
  AuditReport report;
  report.load = load.load_name;
  report.topic = topic.name;
  report.cluster_id = topic.cluster_id;
  report.complete = load.complete;
  report.rejected = load.rejected;
  report.bytes = BytesDone(load);
  report.bytes_total = BytesOf(load);
  report.chunk = load.chunk;
  for (std::size_t p = 0; p < load.partitions.size(); ++p) {
    PartitionVerdict& verdict = report.partitions.emplace_back();
    verdict.partition = PartitionId{static_cast<std::int32_t>(p)};
    verdict.begin = load.partitions[p].first;
    verdict.end = load.partitions[p].end;
  }
  return report;
}

void AddCoverage(const ProgressRecord& load, AuditReport& report) {
  if (load.rules == Rules::kFirst) {
    report.notes.emplace_back(
        "the load was begun by version 0.1.0, whose digests cover key, value, partition and order: "
        "headers and record times are not proven");
  }
}

std::vector<OffsetRange> BoundsOf(CommittedScan& scan, std::int32_t partitions, KafkaWait& wait) {
  std::vector<OffsetRange> bounds;
  wait.Until("offsets of the topic",
             [&](Duration slice) { return scan.Bounds(partitions, slice, bounds); });
  return bounds;
}

void ScanRanges(CommittedScan& scan, const std::vector<OffsetRange>& ranges, KafkaWait& wait,
                const std::function<void(const CommittedRecord&)>& visit) {
  std::uint64_t seen = 0;
  const std::function<void(const CommittedRecord&)> counted = [&](const CommittedRecord& record) {
    ++seen;
    visit(record);
  };
  wait.Until("records of the topic", [&](Duration slice) {
    const std::uint64_t before = seen;
    Outcome outcome = scan.Run(ranges, slice, counted);
    if (seen > before) wait.Progressed();
    return outcome;
  });
}

AuditReport AuditRecord(const Expectation& expectation, const AuditedTopic& topic,
                        CommittedScan& scan, CommittedScan* dead_letters, KafkaWait& wait) {
  const ProgressRecord& last = expectation.last;
  CheckPlace(last, topic);
  AuditReport report = ReportOf(last, topic);
  report.against = std::string(expectation.with_ledger ? "state file and " : "") +
                   "Kafka's progress records up to chunk " + std::to_string(last.chunk.value);
  AddCoverage(last, report);
  const auto held = BoundsOf(scan, static_cast<std::int32_t>(last.partitions.size()), wait);
  const auto ranges = RangesOf(last, topic, held, report.findings);
  ChunkAudit audit(expectation.milestones, last.digest_rule());
  ScanRanges(scan, ranges, wait, [&](const CommittedRecord& record) { audit.Visit(record); });
  if (!expectation.milestones.empty()) report.partitions = audit.Finish(report.findings);
  if (dead_letters != nullptr) {
    AuditDeadLetters(last, last.dead_letters, *dead_letters, wait, report);
  }
  return report;
}

}  // namespace onceload
