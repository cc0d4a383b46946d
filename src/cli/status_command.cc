// onceload status

#include <filesystem>
#include <iostream>

#include "cli/commands.h"
#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/checkpoint/load_lock.h"
#include "onceload/core/clock.h"
#include "onceload/core/printable.h"
#include "onceload/core/text.h"
#include "onceload/history/status_report.h"
#include "onceload/kafka/cluster.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/load/patience.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {
namespace {

constexpr Duration kKafkaWait{15'000};

// The newest record Kafka has of the load; no fencing, so a running loader may be ahead of it.
std::optional<ProgressRecord> AskKafka(ProgressLog& log, const std::string& name) {
  std::optional<ProgressRecord> record;
  Outcome outcome = log.Latest(name, kQuietWait, record);
  if (outcome.verdict == Verdict::kPending) {
    const Duration left = kKafkaWait - kQuietWait;
    TellLine("waiting for the progress record (" + outcome.detail + "); giving up in " +
             Seconds(left));
    outcome = log.Latest(name, left, record);
  }
  if (!outcome.done()) {
    throw Error(ExitCode::kKafka, "cannot read the progress topic", outcome.detail,
                "check -b and --progress-topic");
  }
  return record;
}

// A topic that is not there would be waited for like a broker that is away.
void RequireProgressTopic(const ClientConfig& config, const std::string& topic) {
  Cluster cluster(config);
  std::optional<TopicFacts> facts;
  if (!cluster.Describe(topic, kQuietWait, facts).done() || facts) return;
  throw Error(ExitCode::kUsage, "there is no progress topic " + topic, "",
              "check --progress-topic; the first load makes it");
}

// Without a ledger here, Kafka alone can be asked for a load by name.
LoadStanding KafkaOnly(ProgressLog& log, const std::string& name) {
  LoadStanding load{name, std::nullopt, std::nullopt, true, AskKafka(log, name)};
  if (!load.kafka) {
    throw Error(ExitCode::kUsage, "nothing is known of this load", name,
                "check --name, --state and --progress-topic");
  }
  return load;
}

std::uint64_t BytesOf(const std::string& path) {
  std::uint64_t bytes = 0;
  for (const char* const end : {"", "-wal"}) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path + end, error);
    if (!error) bytes += size;
  }
  return bytes;
}

// What the ledger has; without one Kafka can still be asked for a load by its name.
std::vector<LoadStatus> StatusesOf(const std::string& path, const std::optional<std::string>& name,
                                   bool kafka_too) {
  std::vector<LoadStatus> statuses;
  try {
    Failpoints none;
    statuses = CheckpointStore(path, CheckpointStore::Mode::kReadOnly, none).Statuses();
  } catch (const Error&) {
    if (!kafka_too || !name) throw;
  }
  if (name) std::erase_if(statuses, [&](const LoadStatus& s) { return s.last.load_name != *name; });
  return statuses;
}

}  // namespace

ExitCode RunStatusCommand(const Invocation& invocation) {
  const Request& request = invocation.request;
  const std::optional<std::string>& name = request.name;
  std::unique_ptr<ProgressLog> log;
  if (!request.connection.empty()) {
    const ClientConfig config = ConnectionOf(request);
    TellRemarks(config);
    RequireProgressTopic(config, request.topics.progress_topic);
    log = MakeRdkafkaProgressLog(config, request.topics.progress_topic);
  }
  const std::string path = StatePathOf(request);
  const std::vector<LoadStatus> statuses = StatusesOf(path, name, log != nullptr);
  if (statuses.empty() && name && !log) {
    throw Error(ExitCode::kUsage, "the ledger has no load of this name", *name,
                "onceload status without --name lists the loads");
  }
  std::vector<LoadStanding> loads;
  if (statuses.empty() && name) loads.push_back(KafkaOnly(*log, *name));
  for (const LoadStatus& status : statuses) {
    const std::string& known = status.last.load_name;
    LoadStanding& load = loads.emplace_back(
        LoadStanding{known, status, LoadLock::Holder(path, known), log != nullptr, {}});
    if (log) load.kafka = AskKafka(*log, known);
  }
  const LedgerSize size{path, BytesOf(path)};
  if (request.json) {
    PrintJson(loads, size, std::cout);
  } else if (loads.empty()) {
    PrintableStream(std::cout) << "no loads in " << path << "\n";
  } else {
    PrintText(loads, size, std::cout);
  }
  return ExitCode::kDone;
}

}  // namespace onceload
