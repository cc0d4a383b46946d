// An audit from the first question to the verdict: what is known of the load, what the topic holds.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/progress_record.h"
#include "onceload/kafka/client_config.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/rows/frozen_encoding.h"
#include "onceload/source/input_list.h"
#include "onceload/verify/audit_report.h"

namespace onceload {

struct AuditRequest {
  ClientConfig config;
  std::string topic;
  std::string progress_topic;
  std::string name;                        // of the load
  AuditLevel level = AuditLevel::kDigest;  // kSource: against `files`
  bool exclusive = false;                  // the topic is to hold nothing but rows of loads
  std::string state;                       // the ledger; need not be there
  // Instead, of several loads: a shell's pattern of their names; empty: all.
  std::string names;
  // The files that were loaded.
  std::vector<std::string> files;
  // Of them, those of a shard.
  std::function<std::vector<std::string>(const Shard&)> files_of{};
  // How their rows became messages: `frozen` is what the load was made with; nullptr: nobody knows.
  // Throws Error(kUsage) for what a person says otherwise.
  std::function<FrozenEncoding(const FrozenEncoding* frozen)> encoding;
  std::uint64_t skip_footer = 0;  // of the files: RowRules
  // Where nothing is known of the load:
  bool union_columns = false;
  std::uint64_t record_bytes_max = 0;
  Duration retry_budget{0};  // without news from Kafka
  // At kSource: gets each record that is compared, a partition's in their order; may be empty.
  std::function<void(const CommittedRecord&, const DigestRule&)> witness{};
  std::function<void(const std::string&)> notice;
};

// Throws Error(kUsage): nothing is known of the load, its options are not those asked for, no such
// topic. Error(kDisagreement): what is known of the load cannot be, or its topic is gone.
// Error(kInput): the files are not those that were loaded. Error(kKafka): the budget is spent.
AuditReport Audit(const AuditRequest& request, Clock& clock);

// The loads that the progress topic knows by request.names, of request.topic or, if that is empty,
// of any. Those that wrote at the same time are audited in one pass. A shard of which there is
// nothing is told. request.name does not count; at kSource the names have to be shards'. What keeps
// one load from being audited is told of that one.
// Throws Error(kUsage): there is no such load. Error(kKafka) as above.
LoadsReport AuditLoads(const AuditRequest& request, Clock& clock);

}  // namespace onceload
