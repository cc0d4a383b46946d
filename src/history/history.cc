#include "onceload/history/history.h"

#include <algorithm>
#include <utility>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/checkpoint/load_lock.h"
#include "onceload/core/error.h"
#include "onceload/kafka/cluster.h"
#include "onceload/kafka/kafka_wait.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/verify/known_loads.h"

namespace onceload {
namespace {

std::vector<FileHistory> FilesOf(const ProgressRecord& record) {
  std::vector<FileHistory> files;
  for (std::size_t i = 0; i < record.inputs.size(); ++i) {
    const InputFile& input = record.inputs[i];
    FileHistory& file = files.emplace_back(FileHistory{input.path, 0, 0, input.end.has_value()});
    const bool here = i == record.position.file;
    if (!input.end && !here) continue;
    const InputPosition& at = input.end ? *input.end : record.position;
    file.rows = at.row.value - input.rows_before();
    file.bytes = at.byte.value - (input.begin ? input.begin->byte.value : 0);
  }
  return files;
}

// What the record says; of the runs nothing.
LoadHistory HistoryOfRecord(const ProgressRecord& record) {
  LoadHistory load;
  load.name = record.load_name;
  load.topic = record.topic;
  load.state = record.complete ? "finished" : "unfinished";
  load.files = record.finished.count + record.inputs.size();
  load.rows = record.rows();
  load.rejected = record.rejected;
  load.bytes = BytesDone(record);
  load.begun_ms = record.begun_ms;
  load.inputs = FilesOf(record);
  return load;
}

void AddRuns(const std::vector<LedgerRun>& runs, bool held, LoadHistory& load) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const LedgerRun& run = runs[i];
    if (run.started_ms == 0) continue;  // another machine's
    ++load.runs;
    const bool runs_now = held && i + 1 == runs.size();
    if (!run.exit_code && !runs_now) ++load.kills;
    if (load.first_error.empty()) load.first_error = run.error;
  }
}

std::vector<LoadHistory> OfLedger(const HistoryRequest& request) {
  std::vector<LoadHistory> loads;
  Failpoints none;
  const CheckpointStore store(request.state, CheckpointStore::Mode::kReadOnly, none);
  for (const LoadStatus& status : store.Statuses()) {
    LoadHistory& load = loads.emplace_back(HistoryOfRecord(status.last));
    const bool held = LoadLock::Holder(request.state, load.name).has_value();
    if (held) load.state = "loading";
    load.in_ledger = true;
    load.begun_ms = status.created_ms;
    load.updated_ms = status.updated_ms;
    AddRuns(store.Runs(load.name), held, load);
  }
  return loads;
}

// Of those that the ledger has, what Kafka says of rows and files; the others.
void AddKafka(const HistoryRequest& request, Clock& clock, std::vector<LoadHistory>& loads) {
  Cluster cluster(*request.config);
  KafkaWait wait(clock, request.retry_budget, request.config->bootstrap(), request.notice);
  std::optional<TopicFacts> topic;
  wait.Until("answer from the brokers", [&](Duration slice) {
    return cluster.Describe(request.progress_topic, slice, topic);
  });
  if (!topic) {
    throw Error(ExitCode::kUsage, "there is no progress topic " + request.progress_topic, "",
                "check --progress-topic; the first load makes it");
  }
  const auto scan = MakeRdkafkaScan(*request.config, request.progress_topic);
  const auto log = MakeRdkafkaProgressLog(*request.config, request.progress_topic);
  for (ProgressRecord& record :
       KnownLoads(request.progress_topic, cluster, *scan, wait, request.notice)) {
    if (request.name && record.load_name != *request.name) continue;
    const auto known = std::find_if(loads.begin(), loads.end(), [&](const LoadHistory& load) {
      return load.name == record.load_name;
    });
    if (record.inputs.empty() && record.position.byte.value > 0) {  // its list lies beside it
      std::optional<ProgressRecord> whole;
      wait.Until("progress record",
                 [&](Duration slice) { return log->Latest(record.load_name, slice, whole); });
      if (whole) record = std::move(*whole);
    }
    LoadHistory load = HistoryOfRecord(record);
    if (known == loads.end()) {
      loads.push_back(std::move(load));
      continue;
    }
    known->rows = load.rows;
    known->rejected = load.rejected;
    known->bytes = load.bytes;
    known->files = load.files;
    known->inputs = std::move(load.inputs);
    if (known->state != "loading") known->state = load.state;
  }
}

}  // namespace

std::vector<LoadHistory> HistoryOf(const HistoryRequest& request, Clock& clock) {
  std::vector<LoadHistory> loads;
  try {
    loads = OfLedger(request);
  } catch (const Error& error) {
    if (!request.config) throw;
    request.notice("going on with Kafka's own records alone: " + error.Line());
  }
  if (request.name) {
    std::erase_if(loads, [&](const LoadHistory& load) { return load.name != *request.name; });
  }
  if (request.config) AddKafka(request, clock, loads);
  if (request.name && loads.empty()) {
    throw Error(ExitCode::kUsage, "nothing is known of this load", *request.name,
                "onceload history without --name lists the loads; -b asks Kafka, too");
  }
  return loads;
}

}  // namespace onceload
