// A certificate's text: how it is made, and whether its numbers agree with each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "certificate/sha256.h"
#include "onceload/certificate/file_digest.h"
#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/kafka/cluster.h"
#include "onceload/verify/audit_report.h"

namespace onceload {

struct CertifiedInput {
  AuditedInput rows;
  FileDigest file;
};

struct CertifiedPartition {
  std::int32_t partition = 0;
  std::uint64_t rows = 0;
  std::string sha256;  // RecordsDigest
  KafkaOffset first = kNoOffset;
  KafkaOffset end = kNoOffset;
};

struct CertifiedLoad {
  AuditReport report;  // proven, at kSource, of a complete load with a record
  std::vector<CertifiedInput> inputs;
  std::vector<CertifiedPartition> partitions;
  std::vector<LedgerRun> runs;  // none: the ledger does not know the load
  TopicFacts topic;
  std::int64_t now_ms = 0;
};

// One line of JSON.
std::string StatementOf(const CertifiedLoad& load);

// What a check needs of a statement.
struct StatementFacts {
  std::string load;
  std::string topic;
  std::string topic_id;
  std::string cluster_id;
  bool times = false;
  std::uint64_t rows = 0;
  std::vector<CertifiedPartition> partitions;
  std::vector<std::string> faults;  // where its numbers contradict each other
};

// Throws Error(kUsage) for a text that is no certificate of ours.
StatementFacts ReadStatement(const std::string& text, const std::string& path);

}  // namespace onceload
