#include "verify/verifier.h"

#include <algorithm>

#include "onceload/core/error.h"
#include "onceload/recover/recover.h"
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

// What is left of the partition is compared from the end of a chunk on.
void SkipHead(const LostHead& head, ChunkAudit& audit, std::vector<OffsetRange>& ranges,
              Findings& findings) {
  const Milestone& from = audit.SkipTo(head.partition, head.end);
  AddLostHead(head,
              "rows up to " + std::to_string(from.end.value) + " of the input (chunk " +
                  std::to_string(from.chunk.value) + ")",
              findings);
  const KafkaOffset begin = from.partitions[static_cast<std::size_t>(head.partition.value)].end;
  for (OffsetRange& range : ranges) {
    if (range.partition == head.partition) range.begin = begin;
  }
  std::erase_if(ranges, [](const OffsetRange& range) { return range.begin >= range.end; });
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
                where, "load the file again under another --name; " + RepairAdvice(load.load_name));
  }
  if (static_cast<std::size_t>(topic.partitions) < load.partitions.size()) {
    throw Error(ExitCode::kDisagreement,
                "topic " + topic.name + " had " + std::to_string(load.partitions.size()) +
                    " partitions when this load began, now " + std::to_string(topic.partitions),
                where, kTopicAdvice);
  }
}

std::vector<OffsetRange> RangesOf(const ProgressRecord& load, const AuditedTopic& topic,
                                  const std::vector<OffsetRange>& held, Findings& findings,
                                  std::vector<LostHead>& heads) {
  std::vector<OffsetRange> ranges;
  for (std::size_t p = 0; p < load.partitions.size(); ++p) {
    const PartitionProgress& loaded = load.partitions[p];
    const PartitionId partition{static_cast<std::int32_t>(p)};
    if (loaded.first == kNoOffset) continue;
    OffsetRange range{partition, loaded.first, loaded.end};
    if (held[p].begin > range.begin) {
      const KafkaOffset kept = std::min(held[p].begin, range.end);
      heads.push_back({partition, range.begin, kept});
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

void AddLostHead(const LostHead& head, const std::string& rows, Findings& findings) {
  AddDeleted(findings, head.partition, head.begin,
             " begins at offset " + std::to_string(head.end.value) +
                 " now: " + OffsetsLost(head.begin, head.end) + "deleted; " + rows +
                 " can no longer be checked there");
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

AuditReport AuditRecord(const Expectation& expectation, const AuditedTopic& topic,
                        CommittedScan& scan, CommittedScan* dead_letters, KafkaWait& wait,
                        AuditLevel level) {
  const ProgressRecord& last = expectation.last;
  CheckPlace(last, topic);
  AuditReport report = ReportOf(last, topic);
  report.against = std::string(expectation.with_ledger ? "state file and " : "") +
                   "Kafka's progress records up to chunk " + std::to_string(last.chunk.value);
  report.level = level;
  AddCoverage(last, report);
  const auto held = BoundsOf(scan, static_cast<std::int32_t>(last.partitions.size()), wait);
  std::vector<LostHead> heads;
  auto ranges = RangesOf(last, topic, held, report.findings, heads);
  ChunkAudit audit(expectation.milestones, last.digest_rule(), level);
  for (const LostHead& head : heads) SkipHead(head, audit, ranges, report.findings);
  ScanRanges(scan, ranges, wait, [&](const CommittedRecord& record) { audit.Visit(record); });
  if (!expectation.milestones.empty()) report.partitions = audit.Finish(report.findings);
  AddForeign(topic.outside, scan, wait, report.findings);
  if (dead_letters != nullptr) {
    AuditDeadLetters(last, last.dead_letters, *dead_letters, wait, report);
  }
  return report;
}

}  // namespace onceload
