// onceload load

#include <filesystem>

#include "cli/commands.h"
#include "cli/expected_files.h"
#include "onceload/checkpoint/load_lock.h"
#include "onceload/report/stderr_lines.h"
#include "onceload/rows/look_at_inputs.h"
#include "onceload/run/load_result.h"
#include "onceload/run/load_start.h"

namespace onceload {
namespace {

void TellRemarks(const std::vector<std::string>& remarks, RunListener& events) {
  for (const std::string& remark : remarks) events.On(InputRemark{remark});
}

// Before an input is known to be there no state file is made. What keeps it from being read is told
// by whoever writes it.
std::optional<ProgressRecord> LastInAny(const LoadPlan& plan, Failpoints& failpoints) {
  std::error_code ignored;
  if (!std::filesystem::exists(plan.state, ignored)) return std::nullopt;
  try {
    const CheckpointStore store(plan.state, CheckpointStore::Mode::kReadOnly, failpoints);
    return LastIn(store, plan.name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

ExitCode Load(LoadPlan& plan, const InputNames& files, RunContext& context, RunListener& events) {
  std::optional<ProgressRecord> before = LastInAny(plan, context.failpoints);
  const KnownInputs known =
      before ? KnownInputs{before->inputs, ColumnsOf(*before)} : KnownInputs();
  const RowRules& rows = plan.request.load.rows;
  const Inputs inputs = LookAtInputs(files.files, rows.encoding, rows.dialect, rows.union_columns,
                                     plan.request.record_bytes_max, &known);
  std::vector<std::string> readable;
  for (const InputFile& input : inputs.files) readable.push_back(input.path);
  CheckExpected(plan.request, files.files, readable, nullptr, context.stop);
  LoadSettings settings = SettingsOf(plan, context.clock);
  SetColumns(inputs.columns, settings);
  settings.here.blank.inputs = inputs.files;
  const ProgressRecord& blank = settings.here.blank;
  TellClientRemarks(plan, events);
  TellRemarks(files.notices, events);
  TellRemarks(inputs.notices, events);
  settings.here.match.notice = [&events](const std::string& text) { events.On(Notice{text}); };
  CheckpointStore store(plan.state, CheckpointStore::Mode::kReadWrite, context.failpoints,
                        settings.here.match.notice);
  if (!before) before = LastIn(store, plan.name);  // of a state file that was older
  const LoadLock lock(plan.state, plan.name, blank.writer);
  context.failpoints.Hit("after_lock");
  try {
    Cluster cluster(plan.config);
    const Destination to =
        Prepare(plan, inputs.text_bytes, before, settings, cluster, context, events);
    ClusterSurroundings surroundings(cluster, to.target.name);
    const auto producers =
        MakeRdkafkaProducers(plan.config, TargetOf(to, settings), context.failpoints);
    const auto log = MakeRdkafkaProgressLog(plan.config, settings.here.progress_topic);
    SettleSchemas(plan, before, to, *log, context, events, settings);
    ChooseIds(plan, before, *log, context, events, settings);
    const LoadReport report =
        RunLoad({context, surroundings, events, store, *producers, *log}, settings);
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
    EndRun(store, blank, error.code(), error.Line(), context.clock);
    throw;
  }
}

}  // namespace

ExitCode RunLoadCommand(const Invocation& invocation) {
  LoadPlan plan = PlanOf(invocation);
  const InputNames files = ListInputs(plan.request.inputs, plan.name);
  if (files.files.empty()) {  // of a shard; more may come
    for (const std::string& notice : files.notices) TellLine(notice);
    return ExitCode::kDone;
  }
  return RunUnderSignals(plan, [&](RunContext& context, RunListener& events) {
    return Load(plan, files, context, events);
  });
}

}  // namespace onceload
