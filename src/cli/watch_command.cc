// onceload watch

#include <optional>
#include <utility>

#include "cli/commands.h"
#include "onceload/checkpoint/load_lock.h"
#include "onceload/run/load_result.h"
#include "onceload/run/load_start.h"
#include "onceload/verify/committed_proof.h"
#include "onceload/watch/folder_feed.h"

namespace onceload {
namespace {

// Between two tries to take a load over, and between two questions whether it is time for a look.
constexpr Duration kStandbySlice{1'000};
constexpr Duration kFirstSlice{100};

// nullptr: a signal has come first.
std::unique_ptr<LoadLock> Lock(const LoadPlan& plan, const std::string& writer, RunContext& context,
                               RunListener& events) {
  bool told = false;
  while (!context.stop) {
    try {
      return std::make_unique<LoadLock>(plan.state, plan.name, writer);
    } catch (const Error& error) {
      if (error.code() != ExitCode::kHeld || !plan.request.watch.standby) throw;
    }
    const std::optional<std::string> holder = LoadLock::Holder(plan.state, plan.name);
    if (!told && holder) events.On(StandingBy{*holder});
    told = told || holder;
    context.clock.Sleep(kStandbySlice);
  }
  return nullptr;
}

FeedSettings FeedOf(const LoadPlan& plan, const LoadSettings& settings) {
  const Request& request = plan.request;
  FeedSettings feed;
  feed.load_name = plan.name;
  feed.topic = request.topics.topic.name;
  feed.folders = request.inputs;
  feed.watch = request.watch;
  feed.match = settings.here.match;
  feed.union_columns = request.load.rows.union_columns;
  feed.record_bytes_max = request.record_bytes_max;
  return feed;
}

// Whoever has the load: this machine's ledger, or Kafka.
std::optional<ProgressRecord> KnownLoad(const CheckpointStore& store, ProgressLog& log,
                                        const LoadSettings& settings, RunContext& context,
                                        RunListener& events) {
  const std::string& name = settings.here.blank.load_name;
  std::optional<ProgressRecord> known = LastIn(store, name);
  if (known) return known;
  Patience patience(settings.retry_budget, context, events);
  const Outcome outcome = patience.Until("the progress record",
                                         [&] { return log.Latest(name, Duration{5'000}, known); });
  if (outcome.done()) return known;
  throw Error(ExitCode::kUsage, "Kafka refuses: " + outcome.detail, "load " + name,
              "grant what is missing (docs/architecture.md lists it), or correct the properties");
}

// Of the load, or of the first file, which is waited for. nullopt: a signal has come first.
std::optional<std::vector<std::string>> Columns(const std::optional<ProgressRecord>& known,
                                                const LoadSettings& settings, FolderFeed& feed,
                                                RunContext& context, RunListener& events) {
  if (known) return ColumnsOf(*known);
  bool told = false;
  while (!context.stop) {
    if (auto columns = feed.LookForFirst(settings.rows)) return columns;
    if (!std::exchange(told, true)) events.On(FirstFileAwaited{});
    context.clock.Sleep(kFirstSlice);
  }
  return std::nullopt;
}

ExitCode Watch(LoadPlan& plan, LoadSettings& settings, CheckpointStore& store, RunContext& context,
               RunListener& events) {
  FeedSettings feed_settings = FeedOf(plan, settings);
  Cluster cluster(plan.config);
  const Destination to =
      Prepare(plan, 0, LastIn(store, plan.name), settings, cluster, context, events);
  ClusterSurroundings surroundings(cluster, to.target.name);
  const auto producers =
      MakeRdkafkaProducers(plan.config, TargetOf(to, settings), context.failpoints);
  const auto log = MakeRdkafkaProgressLog(plan.config, settings.here.progress_topic);
  std::optional<CommittedProof> proof;
  if (plan.request.watch.verify_each) {
    proof.emplace(plan.config, to.target.name, settings.retry_budget, context.clock);
    feed_settings.prove = [&proof](const auto& before, const auto& at) {
      proof->Check(before, at);
    };
  }
  const auto feed = MakeFolderFeed({context, events, store}, feed_settings);
  const std::optional<ProgressRecord> known = KnownLoad(store, *log, settings, context, events);
  const auto columns = Columns(known, settings, *feed, context, events);
  if (!columns) return ExitCode::kDone;
  SetColumns(*columns, settings);
  SettleSchemas(plan, known, to, *log, context, events, settings);
  ChooseIds(plan, known, *log, context, events, settings);
  feed->SetEncoding(settings.rows);
  const LoadReport report =
      RunLoad({context, surroundings, events, store, *producers, *log, feed.get()}, settings);
  if (report.stopped) {
    const ProgressRecord& at = report.at;
    throw Error(ExitCode::kStopped, "stopped by a signal within a file",
                at.inputs[at.position.file].path + " row " + std::to_string(at.position.row.value),
                "nothing is lost: run the same command again");
  }
  EndRun(store, settings.here.blank, ExitCode::kDone, "", context.clock);
  PrintResult(report, plan.request.json);
  return ExitCode::kDone;
}

ExitCode LockAndWatch(LoadPlan& plan, RunContext& context, RunListener& events) {
  LoadSettings settings = SettingsOf(plan, context.clock);
  TellClientRemarks(plan, events);
  settings.rows.require_record_end = true;  // what is half written is no row yet
  settings.here.match.watched = true;
  settings.here.match.rotated = plan.request.watch.after.kind != AfterRule::Kind::kKeep;
  settings.here.match.notice = [&events](const std::string& text) { events.On(Notice{text}); };
  CheckWatchedFolders(plan.request.inputs, plan.request.watch);
  CheckpointStore store(plan.state, CheckpointStore::Mode::kReadWrite, context.failpoints,
                        settings.here.match.notice);
  const ProgressRecord& blank = settings.here.blank;
  const auto lock = Lock(plan, blank.writer, context, events);
  if (!lock) return ExitCode::kDone;
  context.failpoints.Hit("after_lock");
  try {
    return Watch(plan, settings, store, context, events);
  } catch (const Error& error) {
    EndRun(store, blank, error.code(), error.Line(), context.clock);
    throw;
  }
}

}  // namespace

ExitCode RunWatchCommand(const Invocation& invocation) {
  LoadPlan plan = PlanOf(invocation);
  // A line a file says what happens; how far a load is that never ends says nothing.
  if (plan.request.progress == ProgressStyle::kAuto) plan.request.progress = ProgressStyle::kNone;
  return RunUnderSignals(plan, [&](RunContext& context, RunListener& events) {
    return LockAndWatch(plan, context, events);
  });
}

}  // namespace onceload
