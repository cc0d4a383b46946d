// onceload load

#include <array>
#include <cstdlib>
#include <ctime>
#include <iostream>

#include <unistd.h>

#include "cli/commands.h"
#include "cli/load_result.h"
#include "cli/signal_watch.h"
#include "onceload/checkpoint/load_lock.h"
#include "onceload/core/uuid.h"
#include "onceload/preflight/cluster_surroundings.h"
#include "onceload/rows/look_at_inputs.h"

namespace onceload {
namespace {

std::string TimeText(std::int64_t milliseconds) {
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string WriterText(const Clock& clock) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return "pid " + std::to_string(getpid()) + " on " + host.data() + " since " +
         TimeText(clock.WallClock().count());
}

// What the command line asks for, checked as far as it can be without a broker.
struct LoadPlan {
  ClientConfig config;
  Request request;
  std::string name;
  std::string state;
  InputNames files;
};

LoadPlan PlanOf(const Invocation& invocation) {
  LoadPlan plan{ConnectionOf(invocation.request), invocation.request, {}, {}, {}};
  Request& request = plan.request;
  const std::string& topic = request.topics.topic.name;
  if (topic.empty()) {
    throw Error(ExitCode::kUsage, "no target topic", "", "give one with --topic");
  }
  plan.name = LoadNameOf(request.inputs, request.name, topic);
  plan.files = ListInputs(request.inputs, plan.name);
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

// A run that has ended is written down with how; best effort, for the error at hand matters more.
void EndRun(CheckpointStore& store, const ProgressRecord& blank, ExitCode code,
            const std::string& error, const Clock& clock) {
  try {
    store.EndRun(blank.load_name, blank.run_id, static_cast<int>(code), error,
                 clock.WallClock().count());
  } catch (const Error&) {
  }
}

// What needs no broker. Throws before anything is asked of one.
LoadSettings SettingsOf(const LoadPlan& plan, const Inputs& inputs, const Clock& clock) {
  LoadSettings settings = plan.request.load;
  settings.rows.columns = inputs.columns;
  static_cast<void>(RowEncoder(inputs.columns, settings.rows.encode));  // throws
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
  blank.inputs = inputs.files;
  blank.dead_letter_topic = plan.request.topics.dead_letter_topic;
  blank.options = Freeze(settings.rows);
  settings.here.match.encoding = settings.rows.encoding;
  settings.here.progress_topic = plan.request.topics.progress_topic;
  return settings;
}

// What the cluster and the ledger say before the first row.
Destination Prepare(LoadPlan& plan, std::uint64_t text_bytes, LoadSettings& settings,
                    Cluster& cluster, const CheckpointStore& store, RunContext& context,
                    ProgressDisplay& display) {
  Patience patience(settings.retry_budget, context, display);
  TopicWishes wishes = plan.request.topics;
  const std::optional<LedgerState> ledger = store.Find(plan.name);
  if (ledger && ledger->last.topic == wishes.topic.name) wishes.loaded_rows = ledger->last.rows();
  const Destination to = PrepareTopics(cluster, wishes, patience, context.clock, display);
  if (settings.chunk.atomic) {
    const Duration timeout = AtomicTimeout(to.brokers, text_bytes);
    plan.config.Set("transaction.timeout.ms", std::to_string(timeout.count()), "--atomic");
  }
  settings.transaction_timeout = TransactionTimeout(plan.config);
  const bool own_times = !settings.rows.encode.timestamp_column.empty();
  CheckGuarantee(to, {text_bytes, settings.max_rate, own_times, settings.transaction_timeout},
                 plan.request.strict, display);
  ProgressRecord& blank = settings.here.blank;
  blank.limits.message_bytes = to.target.message_bytes_max;
  if (to.dead_letters) blank.limits.dead_letter_bytes = to.dead_letters->message_bytes_max;
  // Where the broker sets the records' time, the load's is not to be found again.
  blank.times = own_times && !to.target.log_append_time;
  context.failpoints.Hit("after_preflight");
  return to;
}

ProducerTarget TargetOf(const Destination& to) {
  ProducerTarget target;
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

void TellNotices(const std::vector<std::string>& notices, ProgressDisplay& display) {
  for (const std::string& notice : notices) {
    display.Notice(ProgressDisplay::Level::kInfo, notice);
  }
}

ExitCode Load(LoadPlan& plan, RunContext& context) {
  const RowRules& rows = plan.request.load.rows;
  const Inputs inputs = LookAtInputs(plan.files.files, rows.encoding, rows.dialect,
                                     rows.union_columns, plan.request.record_bytes_max);
  LoadSettings settings = SettingsOf(plan, inputs, context.clock);
  const ProgressRecord& blank = settings.here.blank;
  const auto display = MakeProgressDisplay(plan.request.progress, context.clock);
  TellNotices(plan.files.notices, *display);
  TellNotices(inputs.notices, *display);
  settings.here.match.notice = [&display](const std::string& text) {
    display->Notice(ProgressDisplay::Level::kInfo, text);
  };
  CheckpointStore store(plan.state, CheckpointStore::Mode::kReadWrite, context.failpoints,
                        settings.here.match.notice);
  const LoadLock lock(plan.state, plan.name, blank.writer);
  context.failpoints.Hit("after_lock");
  try {
    Cluster cluster(plan.config);
    const Destination to =
        Prepare(plan, inputs.text_bytes, settings, cluster, store, context, *display);
    ClusterSurroundings surroundings(cluster, to.target.name, context.clock);
    const auto producers = MakeRdkafkaProducers(plan.config, TargetOf(to), context.failpoints);
    const auto log = MakeRdkafkaProgressLog(plan.config, settings.here.progress_topic);
    const LoadReport report =
        RunLoad({context, surroundings, *display, store, *producers, *log}, settings);
    if (report.stopped) {
      throw Error(ExitCode::kStopped, "stopped by a signal",
                  std::to_string(report.at.rows()) + " rows are committed",
                  "nothing is lost: run the same command again");
    }
    const ExitCode code = report.at.rejected > 0 ? ExitCode::kDifferences : ExitCode::kDone;
    EndRun(store, blank, code, "", context.clock);
    PrintResult(report, plan.request.json);
    return code;
  } catch (const Error& error) {
    display->End();
    EndRun(store, blank, error.code(), error.Line(), context.clock);
    throw;
  }
}

// Those of the tests, by the environment.
std::unique_ptr<Failpoints> FailpointsOfEnvironment() {
  const char* failpoint = std::getenv("ONCELOAD_FAILPOINT");
  auto failpoints = failpoint == nullptr ? std::make_unique<Failpoints>()
                                         : std::make_unique<Failpoints>(failpoint);
  if (failpoints->armed()) {
    std::cerr << "onceload: ONCELOAD_FAILPOINT is set: this run will kill itself at "
              << failpoints->name() << "\n";
  }
  if (std::getenv("ONCELOAD_WITHOUT_ENDTXN_GUARD") != nullptr) {
    std::cerr
        << "onceload: ONCELOAD_WITHOUT_ENDTXN_GUARD is set: this run may lose or double rows; "
           "it is for tests only\n";
    failpoints->TurnGuardOff();
  }
  return failpoints;
}

}  // namespace

ExitCode RunLoadCommand(const Invocation& invocation) {
  const auto failpoints = FailpointsOfEnvironment();
  LoadPlan plan = PlanOf(invocation);
  SystemClock clock;
  const SignalWatch signals;
  RunContext context{clock, *failpoints, signals.stop()};
  return Load(plan, context);
}

}  // namespace onceload
