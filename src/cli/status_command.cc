// onceload status

#include <iostream>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/checkpoint/load_lock.h"
#include "onceload/core/clock.h"
#include "onceload/core/printable.h"
#include "onceload/core/text.h"
#include "onceload/kafka/cluster.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/load/patience.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {
namespace {

using nlohmann::ordered_json;

constexpr Duration kKafkaWait{15'000};

double Percent(const ProgressRecord& record) {
  const std::uint64_t total = BytesOf(record);
  if (total == 0) return record.complete ? 100 : 0;
  return 100.0 * static_cast<double>(BytesDone(record)) / static_cast<double>(total);
}

std::string FileOf(const ProgressRecord& record) {
  return record.position.file < record.inputs.size() ? record.inputs[record.position.file].path
                                                     : "";
}

// A load's state in one word. The lock tells a running loader from one that was killed.
std::string StateOf(const LoadStatus& status, const std::optional<std::string>& holder) {
  if (holder) return "loading";
  if (status.last.complete) return "finished";
  return "unfinished";
}

// Rows per second of the newest run, as long as it committed.
double Rate(const LoadStatus& status) {
  const double seconds = static_cast<double>(status.updated_ms - status.run_started_ms) / 1000;
  if (seconds <= 0) return 0;
  return static_cast<double>(status.last.rows() - status.run_start_rows) / seconds;
}

ordered_json PartitionsJson(const ProgressRecord& record) {
  ordered_json partitions = ordered_json::array();
  for (std::size_t p = 0; p < record.partitions.size(); ++p) {
    const PartitionProgress& progress = record.partitions[p];
    partitions.push_back({{"partition", p},
                          {"rows", progress.rows},
                          {"first_offset", progress.first.value},
                          {"end_offset", progress.end.value}});
  }
  return partitions;
}

ordered_json StatusJson(const LoadStatus& status, const std::optional<std::string>& holder) {
  const ProgressRecord& last = status.last;
  return {{"name", last.load_name},
          {"id", last.load_id},
          {"state", StateOf(status, holder)},
          {"held_by", holder ? ordered_json(*holder) : ordered_json(nullptr)},
          {"topic", last.topic},
          {"file", FileOf(last)},
          {"file_number", last.finished.count + last.position.file + 1},
          {"files", last.finished.count + last.inputs.size()},
          {"rows", last.rows()},
          {"rejected", last.rejected},
          {"rejected_lines", last.rejected_lines},
          {"dead_letters", last.dead_letters.rows},
          {"dead_letter_topic", last.dead_letter_topic},
          {"bytes", BytesDone(last)},
          {"percent", Percent(last)},
          {"rows_per_second", Rate(status)},
          {"chunk", last.chunk.value},
          {"chunks_discarded", status.chunks_discarded},
          {"chunks_unknown", status.chunks_unknown},
          {"runs", status.runs},
          {"created_ms", status.created_ms},
          {"updated_ms", status.updated_ms},
          {"last_exit_code", status.run_exit_code},
          {"last_error", status.last_error},
          {"partitions", PartitionsJson(last)}};
}

void PrintStatus(const LoadStatus& status, const std::optional<std::string>& holder) {
  const ProgressRecord& last = status.last;
  char figures[128];
  std::snprintf(figures, sizeof figures, "%.1f%%, %.0f rows/s in the newest run", Percent(last),
                Rate(status));
  PrintableStream out(std::cout);
  out << last.load_name << ": " << StateOf(status, holder) << "\n"
      << "  topic      " << last.topic << "\n"
      << "  file       " << FileOf(last);
  if (last.inputs.size() > 1) {
    const std::uint64_t before = last.finished.count;
    out << " (" << before + last.position.file + 1 << " of " << before + last.inputs.size() << ")";
  }
  out << "\n  committed  " << last.rows() << " rows, " << BytesDone(last) << " bytes, chunk "
      << last.chunk.value << " (" << figures << ")\n"
      << "  runs       " << status.runs;
  if (holder) out << ", running: " << *holder;
  if (last.rejected > 0) {
    out << "\n  rejected   " << last.rejected << " rows";
    if (last.rejected_lines > last.rejected) out << " of " << last.rejected_lines << " lines";
    if (last.dead_letters.rows > 0) {
      out << ", " << last.dead_letters.rows << " of them in " << last.dead_letter_topic;
    }
  }
  out << "\n  rows in    ";
  for (std::size_t p = 0; p < last.partitions.size(); ++p) {
    out << (p == 0 ? "" : ", ") << "partition " << p << ": " << last.partitions[p].rows;
  }
  out << "\n";
  if (!status.last_error.empty()) out << "  last error " << status.last_error << "\n";
}

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

void AddKafka(const std::optional<ProgressRecord>& record, ordered_json& load) {
  load["kafka"] = record ? ordered_json{{"chunk", record->chunk.value},
                                        {"rows", record->rows()},
                                        {"bytes", BytesDone(*record)},
                                        {"complete", record->complete},
                                        {"writer", record->writer}}
                         : ordered_json(nullptr);
}

void PrintKafka(const std::string& name, const std::optional<ProgressRecord>& record) {
  PrintableStream out(std::cout);
  if (!record) {
    out << "  in Kafka   no progress record of " << name << "\n";
    return;
  }
  out << "  in Kafka   " << record->rows() << " rows, " << BytesDone(*record) << " bytes, chunk "
      << record->chunk.value << (record->complete ? ", complete" : "") << ", written by "
      << record->writer << "\n";
}

// A path may be any bytes; what is no UTF-8 is shown as U+FFFD.
void PrintLoads(const ordered_json& loads) {
  const ordered_json result{{"loads", loads}};
  std::cout << PrintableJson(result.dump(-1, ' ', false, ordered_json::error_handler_t::replace))
            << "\n";
}

// Without a ledger here, Kafka alone can be asked for a load by name.
ExitCode KafkaOnly(ProgressLog& log, const std::string& name, bool json) {
  const std::optional<ProgressRecord> record = AskKafka(log, name);
  if (!record) {
    throw Error(ExitCode::kUsage, "nothing is known of this load", name,
                "check --name, --state and --progress-topic");
  }
  if (json) {
    ordered_json load{
        {"name", name}, {"rows", record->rows()}, {"partitions", PartitionsJson(*record)}};
    AddKafka(record, load);
    PrintLoads(ordered_json::array({load}));
  } else {
    PrintableStream(std::cout) << name << ": not in the ledger here\n";
    PrintKafka(name, record);
  }
  return ExitCode::kDone;
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
  const bool json = request.json;
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
  if (statuses.empty() && name && log) return KafkaOnly(*log, *name, json);
  if (statuses.empty() && name) {
    throw Error(ExitCode::kUsage, "the ledger has no load of this name", *name,
                "onceload status without --name lists the loads");
  }
  ordered_json loads = ordered_json::array();
  for (const LoadStatus& status : statuses) {
    const std::optional<std::string> holder = LoadLock::Holder(path, status.last.load_name);
    if (json) {
      loads.push_back(StatusJson(status, holder));
    } else {
      PrintStatus(status, holder);
    }
    if (!log) continue;
    const std::optional<ProgressRecord> record = AskKafka(*log, status.last.load_name);
    if (json) {
      AddKafka(record, loads.back());
    } else {
      PrintKafka(status.last.load_name, record);
    }
  }
  if (json) {
    PrintLoads(loads);
  } else if (statuses.empty()) {
    PrintableStream(std::cout) << "no loads in " << path << "\n";
  }
  return ExitCode::kDone;
}

}  // namespace onceload
