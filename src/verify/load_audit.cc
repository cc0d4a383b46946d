#include "verify/load_audit.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <utility>

#include "onceload/kafka/process_limits.h"
#include "onceload/recover/recover.h"
#include "onceload/verify/known_loads.h"
#include "verify/joint_audit.h"

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

}  // namespace

std::optional<TopicFacts> LoadAudit::Describe(const std::string& topic) {
  std::optional<TopicFacts> facts;
  wait_.Until("answer from the brokers",
              [&](Duration slice) { return cluster_.Describe(topic, slice, facts); });
  return facts;
}

std::vector<ProgressRecord> LoadAudit::Records() {
  std::vector<ProgressRecord> records;
  const std::optional<TopicFacts> progress_topic = Describe(request_.progress_topic);
  CheckProcessLimits(kClientsToCome, cluster_.brokers());
  if (!progress_topic) return records;
  wait_.Until("progress records", [&](Duration slice) {
    return Log().All(request_.name, InputsWanted::kOfTheLast, slice, records);
  });
  if (records.empty()) return records;
  if (const std::string impossible = ImpossibleIn(records.back()); !impossible.empty()) {
    throw Error(ExitCode::kDisagreement, "the progress record cannot be right: " + impossible,
                "load " + request_.name + ", topic " + request_.progress_topic,
                "something else writes to the progress topic, or it is damaged");
  }
  return records;
}

ProgressLog& LoadAudit::Log() {
  if (!log_) log_ = MakeRdkafkaProgressLog(request_.config, request_.progress_topic);
  return *log_;
}

std::vector<ProgressRecord> LoadAudit::Loads() {
  if (!Describe(request_.progress_topic)) return {};
  const auto scan = MakeRdkafkaScan(request_.config, request_.progress_topic);
  return KnownLoads(request_.progress_topic, cluster_, *scan, wait_, request_.notice);
}

std::vector<ProgressRecord> LoadAudit::LoadsOfTopic() {
  std::vector<ProgressRecord> loads = Loads();
  std::erase_if(loads, [&](const ProgressRecord& load) {
    return load.topic != request_.topic || !MayBeSameTopic(load.topic_id, topic_.id);
  });
  return loads;
}

// The topic's ends are asked for before the loads are, so what a load has committed in between is
// not taken for another's.
std::vector<Gap> LoadAudit::Outside() {
  const auto scan = MakeRdkafkaScan(request_.config, request_.topic);
  const auto held = BoundsOf(*scan, topic_.partitions, wait_);
  return GapsBetween(held, LoadsOfTopic());
}

AuditedTopic LoadAudit::Topic(bool loaded) {
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

std::optional<Expectation> LoadAudit::Expected() {
  const Ledger ledger = ReadLedger(request_);  // before Kafka: a load may be going on
  return Reconcile(Records(), ledger.state, ledger.chunks);
}

AuditReport LoadAudit::AgainstRecord() {
  const std::optional<Expectation> expectation = Expected();
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

std::unique_ptr<CommittedScan> LoadAudit::DeadLetterScan(const std::optional<ProgressRecord>& load,
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

FrozenEncoding LoadAudit::EncodingFor(const std::optional<ProgressRecord>& load) const {
  if (!load) return request_.encoding(nullptr);
  const FrozenEncoding frozen = FrozenEncodingOf(*load);
  return request_.encoding(&frozen);
}

// The files in the load's order. All of them have to be there.
void LoadAudit::TakeLoadsFiles(const ProgressRecord& load, const FrozenEncoding& encoding,
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
  for (const MatchRemark& remark : matched.remarks) request_.notice(remark.text);
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

AuditedSource LoadAudit::SourceOf(const std::optional<ProgressRecord>& load) const {
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

AuditReport LoadAudit::AgainstSource() {
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

void LoadAudit::NoteMingled(AuditReport& report) {
  const std::vector<ProgressRecord> loads = LoadsOfTopic();
  for (const std::vector<std::size_t>& group : MingledIn(loads)) {
    const auto is_this = [&](std::size_t i) { return loads[i].load_name == request_.name; };
    if (group.size() == 1 || std::none_of(group.begin(), group.end(), is_this)) continue;
    const std::string& other = loads[is_this(group[0]) ? group[1] : group[0]].load_name;
    report.notes.push_back(
        "rows of " + other +
        (group.size() > 2 ? " and " + std::to_string(group.size() - 2) + " other loads" : "") +
        " lie among this one's: verify without --name and files, or with "
        "--name 'PATTERN', audits them together");
  }
}

AuditReport LoadAudit::Run() {
  AuditReport report = request_.level == AuditLevel::kSource ? AgainstSource() : AgainstRecord();
  report.exclusive = request_.exclusive;
  if (!report.proven()) NoteMingled(report);
  return report;
}

}  // namespace onceload
