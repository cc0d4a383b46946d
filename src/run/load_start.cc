#include "onceload/run/load_start.h"

#include <array>
#include <cstdlib>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "onceload/core/text.h"
#include "onceload/core/uuid.h"
#include "onceload/core/version.h"
#include "onceload/kafka/process_limits.h"
#include "onceload/options/registry_login.h"
#include "onceload/preflight/guarantee_check.h"
#include "onceload/report/event_log.h"
#include "onceload/report/progress_display.h"
#include "run/service_manager.h"
#include "run/signal_watch.h"

namespace onceload {

std::string WriterText(const Clock& clock) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return "pid " + std::to_string(getpid()) + " on " + host.data() + " since " +
         UtcTime(clock.WallClock()) + "Z";
}

std::unique_ptr<Failpoints> FailpointsOfEnvironment(
    const std::function<void(const std::string&)>& notice) {
  const char* failpoint = std::getenv("ONCELOAD_FAILPOINT");
  auto failpoints = failpoint == nullptr ? std::make_unique<Failpoints>()
                                         : std::make_unique<Failpoints>(failpoint);
  if (failpoints->armed()) {
    notice("ONCELOAD_FAILPOINT is set: this run will kill itself at " + failpoints->name());
  }
  if (std::getenv("ONCELOAD_WITHOUT_ENDTXN_GUARD") != nullptr) {
    notice(
        "ONCELOAD_WITHOUT_ENDTXN_GUARD is set: this run may lose or double rows; it is for tests "
        "only");
    failpoints->TurnGuardOff();
  }
  return failpoints;
}

namespace {

// Beside the cluster's own: the progress log has two.
constexpr ClientCount kClientsToCome{.readers = 2, .producers = kTurns};

// nullptr: none are wanted. What it tells goes to all listeners, itself too.
RunMetrics* AddMetrics(const LoadPlan& plan, const Clock& clock, RunListeners& events) {
  const Request& request = plan.request;
  if (!request.metrics.any()) return nullptr;
  auto metrics =
      MakeRunMetrics(request.metrics,
                     {plan.name, request.topics.topic.name, std::string(Version())}, clock, events);
  RunMetrics* const given = metrics.get();
  events.Add(std::move(metrics));
  return given;
}

// A limit that no clock comes to is none.
std::int64_t MillisecondsUnlessAny(std::int64_t limit) {
  constexpr std::int64_t kCenturyMs = 3'155'760'000'000;
  return limit > kCenturyMs ? 0 : limit;
}

// What the topic's settings tell of rows before they are sent.
void TakeRefusals(const TopicFacts& topic, LoadSettings& settings) {
  const EncodeOptions& encode = settings.rows.encode;
  const bool own_times = !encode.timestamp_column.empty();
  if (own_times && !topic.log_append_time) {
    settings.rows.time_window = {MillisecondsUnlessAny(topic.time_before_max_ms),
                                 MillisecondsUnlessAny(topic.time_after_max_ms)};
  }
  if (!topic.compacted()) return;
  const bool has_key =
      !encode.key_columns.empty() || encode.key_row || encode.key_constant.has_value();
  if (!has_key) {
    throw Error(ExitCode::kUsage,
                "a compacted topic takes no record without a key (cleanup.policy=" +
                    topic.cleanup_policy + ")",
                "topic " + topic.name, "give the rows a key: --key COLUMN");
  }
  settings.here.blank.refusals.keyed = encode.on_empty_key == EmptyKey::kNull;
}

// What a progress record has besides the frozen options: so much in all, and for each partition.
constexpr std::size_t kRecordRestBytes = 8192;
constexpr std::size_t kRecordPartitionBytes = 100;

// Each record has all of what is frozen, and is one message: a header that does not fit is told by
// its name here, not by the producer at the load's claim.
void CheckFrozenFits(const FrozenOptions& options, const Destination& to) {
  std::size_t bytes =
      kRecordRestBytes + kRecordPartitionBytes * static_cast<std::size_t>(to.target.partitions);
  for (const auto& [name, value] : options) bytes += nlohmann::json(value).dump().size();
  if (static_cast<std::int64_t>(bytes) <= to.progress.message_bytes_max) return;
  throw Error(
      ExitCode::kUsage,
      "the names of the header and the schemas do not fit a progress record: it would have about " +
          std::to_string(bytes) + " bytes, and the topic takes " +
          std::to_string(to.progress.message_bytes_max),
      "progress topic " + to.progress.name,
      "raise its limit: kafka-configs.sh --bootstrap-server ... --alter --entity-type "
      "topics --entity-name " +
          to.progress.name + " --add-config max.message.bytes=" + std::to_string(2 * bytes) +
          "; or load fewer columns");
}

// Until its schemas are settled, what names columns can be checked all the same.
EncodeOptions CheckableNow(EncodeOptions encode) {
  if (SchemaTypeOf(encode.format) && !encode.value_schema) encode.format = MessageFormat::kJson;
  if (SchemaTypeOf(encode.key_format) && !encode.key_schema) encode.key_format = KeyFormat::kText;
  return encode;
}

// The load's record where the ledger does not know it; nullopt: it begins.
std::optional<ProgressRecord> RecordOf(const std::optional<ProgressRecord>& before,
                                       ProgressLog& log, const LoadSettings& settings,
                                       RunContext& context, RunListener& events) {
  std::optional<ProgressRecord> known = before;
  if (known) return known;
  Patience patience(settings.retry_budget, context, events);
  const Outcome outcome = patience.Until("the progress record", [&] {
    return log.Latest(settings.here.blank.load_name, kQuietWait, known);
  });
  if (!outcome.done()) known.reset();  // the session meets it again, and says so
  return known;
}

// Some 16 full requests to each of two partitions, and a second or more.
bool IsLong(const ChunkLimits& chunk) {
  constexpr std::uint64_t kRows = 100'000;
  constexpr std::uint64_t kBytes = std::uint64_t{32} << 20;
  constexpr Duration kAge{1'000};
  return chunk.atomic || (chunk.rows >= kRows && chunk.bytes >= kBytes && chunk.age >= kAge);
}

}  // namespace

LoadPlan PlanOf(const Invocation& invocation) {
  LoadPlan plan{ConnectionOf(invocation.request), invocation.request, {}, {}, false, {}};
  if (NeedSchemas(plan.request.load.rows.encode)) {
    plan.registry = RegistryOf(plan.request, plan.config);
  }
  plan.prefix_said = invocation.Has("transactional-id-prefix");
  Request& request = plan.request;
  const std::string& topic = request.topics.topic.name;
  if (topic.empty()) {
    throw Error(ExitCode::kUsage, "no target topic", "", "give one with --topic");
  }
  plan.name = LoadNameOf(request.inputs, request.name, topic);
  plan.state = StatePathOf(request);
  if (request.load.rows.rejects.on_error == OnError::kDeadLetter) {
    const std::string& given = request.dead_letter_topic;
    request.topics.dead_letter_topic = given.empty() ? topic + ".dead-letters" : given;
  }
  request.load.rows.rejects.keep_text = !request.load.rejects_path.empty();
  if (request.load.chunk.age >= TransactionTimeout(plan.config)) {
    throw Error(ExitCode::kUsage, "--chunk-ms must be less than transaction.timeout.ms",
                std::to_string(request.load.chunk.age.count()), "a chunk is one transaction");
  }
  return plan;
}

void EndRun(CheckpointStore& store, const ProgressRecord& blank, ExitCode code,
            const std::string& error, const Clock& clock) {
  try {
    store.EndRun(blank.load_name, blank.run_id, static_cast<int>(code), error,
                 clock.WallClock().count());
  } catch (const Error&) {
  }
}

LoadSettings SettingsOf(const LoadPlan& plan, const Clock& clock) {
  LoadSettings settings = plan.request.load;
  ProgressRecord& blank = settings.here.blank;
  blank.load_name = plan.name;
  blank.load_id = NewUuid();
  blank.run_id = NewUuid();
  blank.writer = WriterText(clock);
  blank.tool_version = Version();
  blank.rules = kNewestRules;
  blank.begun_ms = clock.WallClock().count();
  blank.limits.record_bytes = plan.request.record_bytes_max;
  blank.topic = plan.request.topics.topic.name;
  blank.dead_letter_topic = plan.request.topics.dead_letter_topic;
  settings.here.match.encoding = settings.rows.encoding;
  settings.here.match.require_record_end = settings.rows.require_record_end;
  settings.here.match.skip_footer = settings.rows.skip_footer;
  settings.here.progress_topic = plan.request.topics.progress_topic;
  return settings;
}

void SetColumns(const std::vector<std::string>& columns, LoadSettings& settings) {
  settings.rows.columns = columns;
  static_cast<void>(RowEncoder(columns, CheckableNow(settings.rows.encode)));  // throws
  settings.here.blank.options = Freeze(settings.rows);
}

Destination Prepare(LoadPlan& plan, std::uint64_t text_bytes,
                    const std::optional<ProgressRecord>& before, LoadSettings& settings,
                    Cluster& cluster, RunContext& context, RunListener& events) {
  Patience patience(settings.retry_budget, context, events);
  TopicWishes wishes = plan.request.topics;
  if (!settings.chunk.atomic) wishes.transaction_timeout = TransactionTimeout(plan.config);
  if (before && before->topic == wishes.topic.name) wishes.loaded_rows = before->rows();
  Destination to = PrepareTopics(cluster, wishes, patience, events);
  CheckProcessLimits(kClientsToCome, cluster.brokers());
  if (settings.chunk.atomic) {
    const Duration timeout = AtomicTimeout(to.brokers, text_bytes);
    plan.config.Set("transaction.timeout.ms", std::to_string(timeout.count()), "--atomic");
  }
  settings.transaction_timeout = TransactionTimeout(plan.config);
  if (const auto id = plan.config.properties().find("client.id");
      id != plan.config.properties().end()) {
    settings.client_id = id->second;
  }
  const bool own_times = !settings.rows.encode.timestamp_column.empty();
  CheckGuarantee(to, {text_bytes, settings.max_rate, own_times, settings.transaction_timeout},
                 plan.request.strict, events);
  ProgressRecord& blank = settings.here.blank;
  blank.limits.message_bytes = to.target.message_bytes_max;
  if (to.dead_letters) blank.limits.dead_letter_bytes = to.dead_letters->message_bytes_max;
  CheckFrozenFits(blank.options, to);  // the columns; of what is asked later, SettleSchemas()
  TakeRefusals(to.target, settings);
  // Where the broker sets the records' time, the load's is not to be found again.
  blank.times = own_times && !to.target.log_append_time;
  context.failpoints.Hit("after_preflight");
  return to;
}

ProducerTarget TargetOf(const Destination& to, const LoadSettings& settings) {
  ProducerTarget target;
  target.timestamp_column = settings.rows.encode.timestamp_column;
  target.long_chunks = IsLong(settings.chunk);
  target.topic = to.target.name;
  target.partitions = to.target.partitions;
  target.message_bytes_max = to.target.message_bytes_max;
  target.progress_topic = to.progress.name;
  target.progress_bytes_max = to.progress.message_bytes_max;
  if (to.dead_letters) {
    target.dead_letter_topic = to.dead_letters->name;
    target.dead_letter_bytes_max = to.dead_letters->message_bytes_max;
  }
  return target;
}

std::optional<ProgressRecord> LastIn(const CheckpointStore& store, const std::string& name) {
  std::optional<LedgerState> state = store.Find(name);
  // Without a chunk nothing of it is frozen.
  if (!state || state->last.chunk.value == 0) return std::nullopt;
  return std::move(state->last);
}

ExitCode RunUnderSignals(LoadPlan& plan,
                         const std::function<ExitCode(RunContext&, RunListener&)>& body) {
  SystemClock clock;
  RunListeners events;
  events.Add(plan.request.log_format == LogFormat::kJson
                 ? MakeEventLog(clock, plan.name)
                 : MakeProgressDisplay(plan.request.progress, clock));
  ServiceManager manager;
  if (manager.listens()) events.Add(MakeServiceStatus(manager, clock));
  const auto failpoints =
      FailpointsOfEnvironment([&](const std::string& text) { events.On(Notice{text}); });
  const SignalWatch signals(plan.request.tells_objects(), manager);
  RunContext context{clock, *failpoints, signals.stop()};
  // Its threads inherit which signals are blocked: before SignalWatch they would take them.
  RunMetrics* const metrics = AddMetrics(plan, clock, events);
  try {
    const ExitCode code = body(context, events);
    if (metrics != nullptr) metrics->Ended(code);
    manager.Ready();  // there may have been nothing to do
    return code;
  } catch (const Error& error) {
    if (metrics != nullptr) metrics->Ended(error.code());
    throw;
  }
}

void ChooseIds(const LoadPlan& plan, const std::optional<ProgressRecord>& before, ProgressLog& log,
               RunContext& context, RunListener& events, LoadSettings& settings) {
  ProgressRecord& blank = settings.here.blank;
  const std::string& progress_topic = settings.here.progress_topic;
  const bool own_topic = progress_topic != TopicWishes().progress_topic;
  settings.id_base =
      settings.id_prefix + blank.load_name + (own_topic ? "@" + progress_topic : std::string());
  std::optional<ProgressRecord> known = before;
  if (own_topic) known = RecordOf(before, log, settings, context, events);
  if (known) {
    const std::string frozen = FrozenIdBase(*known);
    const bool classic =
        frozen == ClassicIdBase(blank.load_name) && settings.id_prefix == kIdPrefix;
    if (!plan.prefix_said || classic) settings.id_base = frozen;
  }
  if (settings.id_base != ClassicIdBase(blank.load_name)) {
    blank.options.emplace_back(kIdOption, settings.id_base);
  }
}

void SettleSchemas(const LoadPlan& plan, const std::optional<ProgressRecord>& before,
                   const Destination& to, ProgressLog& log, RunContext& context,
                   RunListener& events, LoadSettings& settings) {
  EncodeOptions& encode = settings.rows.encode;
  if (!NeedSchemas(encode)) return;
  const SchemaWishes& wishes = plan.request.schemas;
  if (const auto known = RecordOf(before, log, settings, context, events)) {
    const auto tell = [&events](const std::string& text) { events.On(Notice{text}); };
    KeepSchemas(wishes, FrozenEncodingOf(*known).encode, plan.registry, tell, encode);
  } else {
    ChooseSchemas(wishes, SubjectOf(plan.request, settings.rows.columns), plan.registry, encode);
  }
  SetColumns(settings.rows.columns, settings);
  CheckFrozenFits(settings.here.blank.options, to);
}

void TellClientRemarks(const LoadPlan& plan, RunListener& events) {
  for (const ConfigRemark& remark : plan.config.remarks()) {
    events.On(ClientRemark{remark.text, remark.warning});
  }
}

}  // namespace onceload
