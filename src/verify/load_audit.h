// An audit of one load: what is known of it, what the topic holds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/kafka/cluster.h"
#include "onceload/kafka/kafka_wait.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/rows/look_at_inputs.h"
#include "onceload/verify/auditor.h"
#include "verify/expectation.h"
#include "verify/source_audit.h"
#include "verify/verifier.h"

namespace onceload {

// The connections of an audit, and its steps. Used by one thread. Throws as Audit() does.
class LoadAudit {
 public:
  LoadAudit(const AuditRequest& request, Clock& clock)
      : request_(request),
        clock_(clock),
        wait_(clock, request.retry_budget, request.config.bootstrap(), request.notice),
        cluster_(request.config) {}

  AuditReport Run();

 protected:
  double SecondsFrom(Duration begun) const {
    return static_cast<double>((clock_.Now() - begun).count()) / 1000;
  }
  std::optional<TopicFacts> Describe(const std::string& topic);
  // Of the load at hand, oldest first.
  std::vector<ProgressRecord> Records();
  // By them and the ledger.
  std::optional<Expectation> Expected();
  AuditedTopic Topic(bool loaded);
  // All that the progress topic knows.
  std::vector<ProgressRecord> Loads();
  // Of them, those that went into the audited topic, and not into one of its name before it.
  std::vector<ProgressRecord> LoadsOfTopic();
  std::vector<Gap> Outside();
  AuditReport AgainstRecord();
  AuditReport AgainstSource();
  // The files that are given, as those of the load.
  AuditedSource SourceOf(const std::optional<ProgressRecord>& load) const;
  // nullptr: the load has sent no dead letters.
  std::unique_ptr<CommittedScan> DeadLetterScan(const std::optional<ProgressRecord>& load,
                                                std::int64_t& message_bytes_max);

  AuditRequest request_;  // of several loads: of the one at hand
  Clock& clock_;
  KafkaWait wait_;
  TopicFacts topic_;  // the audited one's

 private:
  // Says if rows of other loads lie among this one's.
  void NoteMingled(AuditReport& report);
  ProgressLog& Log();
  FrozenEncoding EncodingFor(const std::optional<ProgressRecord>& load) const;
  void TakeLoadsFiles(const ProgressRecord& load, const FrozenEncoding& encoding,
                      Inputs& inputs) const;

  Cluster cluster_;
  std::unique_ptr<ProgressLog> log_;
};

}  // namespace onceload
