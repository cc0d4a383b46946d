#include "onceload/certificate/certificate.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "certificate/envelope.h"
#include "certificate/sha256.h"
#include "certificate/statement.h"
#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/kafka/cluster.h"
#include "onceload/kafka/kafka_wait.h"

namespace onceload {
namespace {

// The digests of a topic's partitions, made while an audit reads them.
class PartitionDigests {
 public:
  void Add(const CommittedRecord& record, bool times) {
    At(record.partition.value).Add(record, times);
  }

  RecordsDigest& At(std::int32_t partition) {
    const auto index = static_cast<std::size_t>(partition);
    while (digests_.size() <= index) digests_.emplace_back();
    return digests_[index];
  }

 private:
  std::vector<RecordsDigest> digests_;
};

std::vector<LedgerRun> RunsOf(const AuditRequest& request) {
  std::error_code ignored;
  if (!std::filesystem::exists(request.state, ignored)) return {};
  try {
    Failpoints none;
    return CheckpointStore(request.state, CheckpointStore::Mode::kReadOnly, none)
        .Runs(request.name);
  } catch (const Error& error) {
    request.notice("the certificate names no runs: " + error.Line());
    return {};
  }
}

// Files that have grown are several inputs; a file is one here.
std::vector<CertifiedInput> InputsOf(const AuditReport& report) {
  std::vector<CertifiedInput> inputs;
  for (const AuditedInput& input : report.inputs) {
    if (input.path.empty()) continue;  // without rows, and gone
    const auto same = std::find_if(inputs.begin(), inputs.end(), [&](const CertifiedInput& known) {
      return known.rows.path == input.path;
    });
    if (same != inputs.end()) {
      same->rows.rows += input.rows;
      same->rows.rejected += input.rejected;
      continue;
    }
    inputs.push_back({input, DigestOfFile(input.path)});
  }
  return inputs;
}

std::vector<CertifiedPartition> PartitionsOf(const ProgressRecord& record,
                                             PartitionDigests& digests) {
  std::vector<CertifiedPartition> partitions;
  for (std::size_t p = 0; p < record.partitions.size(); ++p) {
    const PartitionProgress& loaded = record.partitions[p];
    RecordsDigest& digest = digests.At(static_cast<std::int32_t>(p));
    const std::uint64_t rows = digest.rows();
    partitions.push_back(
        {static_cast<std::int32_t>(p), rows, digest.Hex(), loaded.first, loaded.end});
  }
  return partitions;
}

TopicFacts FactsOf(const AuditRequest& request, Clock& clock) {
  Cluster cluster(request.config);
  KafkaWait wait(clock, request.retry_budget, request.config.bootstrap(), request.notice);
  std::optional<TopicFacts> facts;
  wait.Until("answer from the brokers",
             [&](Duration slice) { return cluster.Describe(request.topic, slice, facts); });
  return facts.value_or(TopicFacts());
}

// The topic against the statement.
void ReadTopic(const CheckRequest& request, Clock& clock, StatementFacts& facts) {
  Cluster cluster(*request.config);
  KafkaWait wait(clock, request.retry_budget, request.config->bootstrap(),
                 [](const std::string&) {});
  std::string cluster_id;
  wait.Until("answer from the brokers",
             [&](Duration slice) { return cluster.Id(slice, cluster_id); });
  std::optional<TopicFacts> topic;
  wait.Until("answer from the brokers",
             [&](Duration slice) { return cluster.Describe(facts.topic, slice, topic); });
  if (!MayBeSameCluster(facts.cluster_id, cluster_id)) {
    facts.faults.push_back("it is of cluster " + facts.cluster_id + ", these brokers are " +
                           cluster_id);
    return;
  }
  if (!topic || !MayBeSameTopic(facts.topic_id, topic->id)) {
    facts.faults.push_back("its topic " + facts.topic + " is gone, or has been made anew");
    return;
  }
  const auto scan = MakeRdkafkaScan(*request.config, facts.topic);
  const auto held = BoundsOf(*scan, topic->partitions, wait);
  std::vector<OffsetRange> ranges;
  for (const CertifiedPartition& p : facts.partitions) {
    if (p.first == kNoOffset || p.partition >= topic->partitions) continue;  // so it has no record
    const OffsetRange& bounds = held.at(static_cast<std::size_t>(p.partition));
    // What is not there is not waited for: it shows in the number.
    ranges.push_back(
        {PartitionId{p.partition}, std::max(p.first, bounds.begin), std::min(p.end, bounds.end)});
  }
  PartitionDigests digests;
  ScanRanges(*scan, ranges, wait,
             [&](const CommittedRecord& record) { digests.Add(record, facts.times); });
  for (const CertifiedPartition& p : facts.partitions) {
    RecordsDigest& found = digests.At(p.partition);
    const std::uint64_t rows = found.rows();
    if (found.Hex() == p.sha256) continue;
    facts.faults.push_back("partition " + std::to_string(p.partition) + " holds " +
                           std::to_string(rows) + " records there, certified are " +
                           std::to_string(p.rows) + (rows == p.rows ? ", others than these" : ""));
  }
}

}  // namespace

Certified Certify(const CertifyRequest& request, Clock& clock) {
  if (!request.key.empty()) static_cast<void>(Sign("", request.key));  // before hours of reading
  AuditRequest audit = request.audit;
  audit.level = AuditLevel::kSource;
  PartitionDigests digests;
  audit.witness = [&](const CommittedRecord& record, const DigestRule& rule) {
    digests.Add(record, rule.times);
  };
  Certified certified;
  certified.report = Audit(audit, clock);
  const AuditReport& report = certified.report;
  if (!report.proven() || !report.complete || !report.record) return certified;
  CertifiedLoad load;
  load.report = report;
  load.inputs = InputsOf(report);
  load.partitions = PartitionsOf(*report.record, digests);
  load.runs = RunsOf(request.audit);
  load.topic = FactsOf(request.audit, clock);
  load.now_ms = clock.WallClock().count();
  certified.text = StatementOf(load);
  if (!request.key.empty()) certified.text = Sign(certified.text, request.key);
  return certified;
}

CertificateCheck CheckCertificate(const CheckRequest& request, Clock& clock) {
  const std::optional<std::string> read = TextOfFile(request.path);
  if (!read) {
    throw Error(ExitCode::kUsage, "the certificate cannot be read", request.path,
                "check its path and its rights");
  }
  std::string text = *read;
  const bool is_signed = IsEnvelope(text);
  if (is_signed && request.public_key.empty()) {
    throw Error(ExitCode::kUsage, "the certificate is signed, and there is no key to check it with",
                request.path, "give the signer's public key with --public-key FILE");
  }
  if (!is_signed && !request.public_key.empty()) {
    throw Error(ExitCode::kDifferences, "the certificate is not signed", request.path,
                "ask for a signed one, or leave --public-key out");
  }
  if (is_signed) text = Open(text, request.public_key);
  StatementFacts facts = ReadStatement(text, request.path);
  if (request.config && facts.faults.empty()) ReadTopic(request, clock, facts);
  return {facts.load, facts.rows, is_signed, request.config.has_value(), std::move(facts.faults)};
}

}  // namespace onceload
