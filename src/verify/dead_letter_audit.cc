#include "verify/dead_letter_audit.h"

#include <algorithm>
#include <string>
#include <utility>

#include "onceload/core/digest.h"
#include "onceload/message/message_limits.h"
#include "verify/verifier.h"

namespace onceload {

void AuditDeadLetters(const ProgressRecord& load, const PartitionProgress& expected,
                      CommittedScan& scan, KafkaWait& wait, AuditReport& report) {
  PartitionVerdict verdict;
  verdict.partition = kDeadLetterPartition;
  verdict.expected = expected.rows;
  verdict.begin = load.dead_letters.first;
  verdict.end = load.dead_letters.end;
  Digest digest;
  const DigestRule rule = DeadLetterDigest(load.rules);
  if (verdict.begin != kNoOffset) {
    // What has been deleted since, or was lost, is not waited for: it shows in the count.
    const OffsetRange held = BoundsOf(scan, kDeadLetterPartition.value + 1, wait).front();
    const OffsetRange range{kDeadLetterPartition, std::max(held.begin, verdict.begin),
                            std::min(held.end, verdict.end)};
    if (range.begin < range.end) {
      ScanRanges(scan, {range}, wait, [&](const CommittedRecord& record) {
        if (record.key != load.load_name) return;  // another load's
        ++verdict.found;
        digest = Extend(digest, RecordDigest(rule, record.parts()));
      });
    }
  }
  verdict.equal = verdict.found == expected.rows && digest == expected.digest;
  if (!verdict.equal) {
    Finding finding;
    finding.kind = FindingKind::kDeadLetter;
    finding.offset = verdict.begin;
    finding.text = "topic " + load.dead_letter_topic + " holds " + std::to_string(verdict.found) +
                   " dead letters of the load where " + std::to_string(expected.rows) +
                   " should be" +
                   (verdict.found == expected.rows ? ", not the same ones in that order" : "");
    report.findings.Add(std::move(finding));
    verdict.differs = "from its records";
  }
  report.dead_letter_topic = load.dead_letter_topic;
  report.dead_letters = std::move(verdict);
}

}  // namespace onceload
