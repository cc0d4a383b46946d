#include "onceload/verify/auditor.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/kafka/cluster.h"
#include "onceload/kafka/process_limits.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/recover/recover.h"
#include "onceload/rows/look_at_inputs.h"
#include "onceload/verify/known_loads.h"
#include "verify/source_audit.h"
#include "verify/verifier.h"

namespace onceload {
namespace {

// Beside the cluster's own: the progress log has two, and each scan one.
constexpr ClientCount kClientsToCome{.readers = 4};

struct Ledger {
  std::optional<LedgerState> state;
  std::vector<LedgerChunk> chunks;
};

// The audit works without it; so one that cannot be read is worth a line, no more.
Ledger ReadLedger(const AuditRequest& request) {
  std::error_code ignored;
  if (!std::filesystem::exists(request.state, ignored)) return {};
  try {
    Failpoints failpoints;
    const CheckpointStore store(request.state, CheckpointStore::Mode::kReadOnly, failpoints);
    return {store.Find(request.name), store.Chunks(request.name)};
  } catch (const Error& error) {
    request.notice("going on with Kafka's own record alone: " + error.Line());
    return {};
  }
}

double SecondsSince(Duration begun, const Clock& clock) {
  return static_cast<double>((clock.Now() - begun).count()) / 1000;
}

class Auditor {
 public:
  Auditor(const AuditRequest& request, Clock& clock)
      : request_(request),
        clock_(clock),
        wait_(clock, request.retry_budget, request.config.bootstrap(), request.notice),
        cluster_(request.config) {}

  AuditReport Run();
  LoadsReport RunAll();

 private:
  std::optional<TopicFacts> Describe(const std::string& topic);
  std::vector<ProgressRecord> Records();
  AuditedTopic Topic(bool loaded);
  ProgressLog& Log();
  std::vector<ProgressRecord> Loads();
  std::vector<Gap> Outside();
  TopicRest RestOf(const std::string& topic);
  LoadVerdict Judge(const ProgressRecord& load);
  AuditReport AgainstRecord();
  AuditReport AgainstSource();
  FrozenEncoding EncodingFor(const std::optional<ProgressRecord>& load) const;
  void TakeLoadsFiles(const ProgressRecord& load, const FrozenEncoding& encoding,
                      Inputs& inputs) const;
  AuditedSource SourceOf(const std::optional<ProgressRecord>& load) const;
  // nullptr: the load has sent no dead letters.
  std::unique_ptr<CommittedScan> DeadLetterScan(const std::optional<ProgressRecord>& load,
                                                std::int64_t& message_bytes_max);

  AuditRequest request_;  // of several loads: of the one at hand
  Clock& clock_;
  KafkaWait wait_;
  Cluster cluster_;
  TopicFacts topic_;  // the audited one's
  std::unique_ptr<ProgressLog> log_;
};

std::optional<TopicFacts> Auditor::Describe(const std::string& topic) {
  std::optional<TopicFacts> facts;
  wait_.Until("answer from the brokers",
              [&](Duration slice) { return cluster_.Describe(topic, slice, facts); });
  return facts;
}

std::vector<ProgressRecord> Auditor::Records() {
  std::vector<ProgressRecord> records;
  const std::optional<TopicFacts> progress_topic = Describe(request_.progress_topic);
  CheckProcessLimits(kClientsToCome, cluster_.brokers());
  if (!progress_topic) return records;
  wait_.Until("progress records",
              [&](Duration slice) { return Log().All(request_.name, slice, records); });
  if (records.empty()) return records;
  if (const std::string impossible = ImpossibleIn(records.back()); !impossible.empty()) {
    throw Error(ExitCode::kDisagreement, "the progress record cannot be right: " + impossible,
                "load " + request_.name + ", topic " + request_.progress_topic,
                "something else writes to the progress topic, or it is damaged");
  }
  return records;
}

ProgressLog& Auditor::Log() {
  if (!log_) log_ = MakeRdkafkaProgressLog(request_.config, request_.progress_topic);
  return *log_;
}

std::vector<ProgressRecord> Auditor::Loads() {
  if (!Describe(request_.progress_topic)) return {};
  const auto scan = MakeRdkafkaScan(request_.config, request_.progress_topic);
  return KnownLoads(request_.progress_topic, cluster_, *scan, wait_, request_.notice);
}

// The topic's ends are asked for before the loads are, so what a load has committed in between is
// not taken for another's.
std::vector<Gap> Auditor::Outside() {
  const auto scan = MakeRdkafkaScan(request_.config, request_.topic);
  const auto held = BoundsOf(*scan, topic_.partitions, wait_);
  std::vector<ProgressRecord> loads = Loads();
  std::erase_if(loads, [&](const ProgressRecord& load) {
    return load.topic != request_.topic || !MayBeSameTopic(load.topic_id, topic_.id);
  });
  return GapsBetween(held, loads);
}

AuditedTopic Auditor::Topic(bool loaded) {
  AuditedTopic topic;
  topic.name = request_.topic;
  wait_.Until("answer from the brokers",
              [&](Duration slice) { return cluster_.Id(slice, topic.cluster_id); });
  const std::optional<TopicFacts> facts = Describe(request_.topic);
  if (!facts) {
    throw Error(loaded ? ExitCode::kDisagreement : ExitCode::kUsage,
                "there is no topic " + request_.topic,
                "cluster " + topic.cluster_id + (loaded ? ", load " + request_.name : ""),
                "check --topic and --bootstrap-server");
  }
  topic_ = *facts;
  topic.id = facts->id;
  topic.partitions = facts->partitions;
  wait_.Until("offsets of the topic", [&](Duration slice) {
    return cluster_.EndOffsets(topic.name, topic.partitions, slice, topic.ends);
  });
  if (request_.exclusive) topic.outside = Outside();
  return topic;
}

AuditReport Auditor::AgainstRecord() {
  const Ledger ledger = ReadLedger(request_);  // before Kafka: a load may be going on
  const std::optional<Expectation> expectation = Reconcile(Records(), ledger.state, ledger.chunks);
  if (!expectation) {
    throw Error(ExitCode::kUsage, "nothing is known of load " + request_.name,
                "progress topic " + request_.progress_topic + ", state file " + request_.state,
                "onceload status lists the loads; name one with --name, another progress topic "
                "with --progress-topic; --source FILE compares the topic with a file");
  }
  const AuditedTopic topic = Topic(expectation->last.chunk.value > 0);
  const auto scan = MakeRdkafkaScan(request_.config, request_.topic);
  std::int64_t ignored = 0;
  const auto dead_letters = DeadLetterScan(expectation->last, ignored);
  return AuditRecord(*expectation, topic, *scan, dead_letters.get(), wait_, request_.level);
}

std::unique_ptr<CommittedScan> Auditor::DeadLetterScan(const std::optional<ProgressRecord>& load,
                                                       std::int64_t& message_bytes_max) {
  if (!load || load->dead_letters.rows == 0) return nullptr;
  const std::optional<TopicFacts> facts = Describe(load->dead_letter_topic);
  if (!facts) {
    throw Error(ExitCode::kDisagreement,
                "topic " + load->dead_letter_topic + ", with " +
                    std::to_string(load->dead_letters.rows) + " dead letters of this load, is gone",
                "load " + load->load_name, "check --bootstrap-server");
  }
  message_bytes_max = facts->message_bytes_max;
  return MakeRdkafkaScan(request_.config, load->dead_letter_topic);
}

FrozenEncoding Auditor::EncodingFor(const std::optional<ProgressRecord>& load) const {
  if (!load) return request_.encoding(nullptr);
  const FrozenEncoding frozen = FrozenEncodingOf(*load);
  return request_.encoding(&frozen);
}

// The files in the load's order. All of them have to be there.
void Auditor::TakeLoadsFiles(const ProgressRecord& load, const FrozenEncoding& encoding,
                             Inputs& inputs) const {
  if (!std::is_permutation(inputs.columns.begin(), inputs.columns.end(), encoding.columns.begin(),
                           encoding.columns.end())) {
    throw Error(ExitCode::kInput, "the columns are not those of what was loaded",
                request_.files[0] + ", load " + request_.name, "give the files that were loaded");
  }
  inputs.columns = encoding.columns;
  MatchRules rules;
  rules.encoding = encoding.encoding;
  rules.audit = true;
  Failpoints none;
  const std::atomic<bool> stop{false};
  RunContext context{clock_, none, stop};
  MatchedInputs matched = MatchInputs(rules, load, inputs.files, {}, context);
  for (std::size_t i = 0; i < matched.inputs.size(); ++i) {
    if (matched.given[i]) continue;
    InputFile& missing = matched.inputs[i];
    if (missing.end && missing.end->row.value == missing.rows_before()) {
      missing.path.clear();  // without a row there is nothing to compare
      continue;
    }
    throw Error(ExitCode::kInput, "a file of this load is not among those given",
                missing.path.empty()
                    ? "one of " + std::to_string(missing.end->row.value) + " rows in " +
                          std::to_string(missing.end->byte.value) + " bytes, loaded long ago"
                    : missing.path,
                "--source needs all of its " + std::to_string(load.inputs.size()) + " files");
  }
  inputs.files = std::move(matched.inputs);
}

AuditedSource Auditor::SourceOf(const std::optional<ProgressRecord>& load) const {
  FrozenEncoding encoding = EncodingFor(load);
  Inputs inputs = LookAtInputs(request_.files, encoding.encoding, encoding.dialect,
                               load || request_.union_columns,
                               load && load->limits.record_bytes > 0 ? load->limits.record_bytes
                                                                     : request_.record_bytes_max);
  if (load) TakeLoadsFiles(*load, encoding, inputs);
  AuditedSource source;
  source.inputs = std::move(inputs.files);
  RowRules& rules = source.rules;
  static_cast<FrozenEncoding&>(rules) = std::move(encoding);
  rules.columns = std::move(inputs.columns);
  rules.union_columns = true;
  rules.skip_footer = request_.skip_footer;
  rules.load_name = request_.name;
  if (load) {
    rules.TakeFrozen(*load);
  } else {
    rules.limits.record_bytes = request_.record_bytes_max;
    // Nobody knows the load's id, which is in the headers, or when it was begun.
    rules.digest.headers = !rules.encode.headers;
  }
  return source;
}

AuditReport Auditor::AgainstSource() {
  for (const std::string& file : request_.files) {
    static_cast<void>(SourceFile(file));  // first: whether it is there needs no broker
  }
  std::vector<ProgressRecord> records = Records();
  std::optional<ProgressRecord> load;
  if (!records.empty()) load = WithAllInputs(std::move(records.back()));
  AuditedSource source = SourceOf(load);
  AuditedTopic topic = Topic(load && load->chunk.value > 0);
  if (!load) topic.outside.clear();  // all of it is compared
  source.rules.partitions =
      load ? static_cast<std::int32_t>(load->partitions.size()) : topic.partitions;
  RowLimits& limits = source.rules.limits;
  if (limits.message_bytes == 0) limits.message_bytes = topic_.message_bytes_max;
  const auto scan = MakeRdkafkaScan(request_.config, request_.topic);
  std::int64_t dead_letter_bytes_max = 0;
  const auto dead_letters = DeadLetterScan(load, dead_letter_bytes_max);
  if (limits.dead_letter_bytes == 0) limits.dead_letter_bytes = dead_letter_bytes_max;
  source.witness = request_.witness;
  AuditReport report = AuditSource(load, source, topic, *scan, dead_letters.get(), wait_);
  report.load = request_.name;
  report.record = load;
  if (!load) {
    report.notes.push_back("Kafka has no progress record of load " + request_.name +
                           ": the whole topic has been compared with the whole input, " +
                           (source.rules.digest.headers ? "but for record times"
                                                        : "but for headers and record times"));
  }
  return report;
}

AuditReport Auditor::Run() {
  AuditReport report = request_.level == AuditLevel::kSource ? AgainstSource() : AgainstRecord();
  report.exclusive = request_.exclusive;
  return report;
}

LoadVerdict Auditor::Judge(const ProgressRecord& load) {
  LoadVerdict verdict{load.load_name, load.topic, std::nullopt, {}};
  request_.name = load.load_name;
  request_.topic = load.topic;
  const Duration begun = clock_.Now();
  try {
    verdict.report = AgainstRecord();
    verdict.report->seconds = SecondsSince(begun, clock_);
  } catch (const Error& error) {
    if (error.code() == ExitCode::kKafka) throw;
    verdict.refused = error.Line();
  }
  return verdict;
}

TopicRest Auditor::RestOf(const std::string& topic) {
  request_.topic = topic;
  TopicRest rest{topic, 0, {}};
  const std::optional<TopicFacts> facts = Describe(topic);
  if (!facts) return rest;  // its loads say so
  topic_ = *facts;
  const auto scan = MakeRdkafkaScan(request_.config, topic);
  AddForeign(Outside(), *scan, wait_, rest.findings);
  return rest;
}

LoadsReport Auditor::RunAll() {
  const bool exclusive = std::exchange(request_.exclusive, false);  // once a topic, not a load
  LoadsReport report;
  report.level = request_.level;
  std::map<std::string, std::size_t> topics;
  const std::string wanted = request_.topic;
  for (const ProgressRecord& load : Loads()) {
    if (!wanted.empty() && load.topic != wanted) continue;
    report.loads.push_back(Judge(load));
    ++topics[load.topic];
  }
  if (report.loads.empty()) {
    throw Error(ExitCode::kUsage,
                "no load is known" + (wanted.empty() ? "" : " of topic " + wanted),
                "progress topic " + request_.progress_topic,
                "check --topic and --progress-topic; --source FILE compares a topic with a file");
  }
  for (const auto& [topic, loads] : topics) {
    if (!exclusive) break;
    report.rests.push_back(RestOf(topic));
    report.rests.back().loads = loads;
  }
  return report;
}

}  // namespace

AuditReport Audit(const AuditRequest& request, Clock& clock) {
  const Duration begun = clock.Now();
  AuditReport report = Auditor(request, clock).Run();
  report.seconds = SecondsSince(begun, clock);
  return report;
}

LoadsReport AuditLoads(const AuditRequest& request, Clock& clock) {
  const Duration begun = clock.Now();
  LoadsReport report = Auditor(request, clock).RunAll();
  report.seconds = SecondsSince(begun, clock);
  return report;
}

}  // namespace onceload
