// onceload load

#include <array>
#include <cstdlib>
#include <ctime>
#include <iostream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/encode_options.h"
#include "cli/options.h"
#include "cli/preflight.h"
#include "cli/signal_watch.h"
#include "cli/uuid.h"
#include "onceload/checkpoint/load_lock.h"
#include "onceload/load/load_run.h"

namespace onceload {
namespace {

cxxopts::Options LoadOptions() {
  cxxopts::Options options("onceload load",
                           "Loads FILE into a topic exactly once. Killed at any instant, the same "
                           "command goes on.\n");
  options.positional_help("FILE");
  AddConnectionOptions(options);
  options.add_options("Load")("t,topic", "target topic", cxxopts::value<std::string>(), "TOPIC")(
      "name", "the load's identity; default TOPIC/FILE's name", cxxopts::value<std::string>(),
      "NAME")("create-topic", "make the topic if it is not there")(
      "partitions", "of a topic that is made", cxxopts::value<std::string>()->default_value("5"),
      "N")("replication-factor", "of a topic that is made",
           cxxopts::value<std::string>()->default_value("3"),
           "N")("progress-topic", "compacted topic for progress records",
                cxxopts::value<std::string>()->default_value("onceload.progress"),
                "TOPIC")("retry-budget", "seconds without a committed chunk before giving up",
                         cxxopts::value<std::string>()->default_value("300"), "SECONDS");
  AddEncodeOptions(options);
  AddInputOptions(options);
  options.add_options("Chunks")("chunk-rows",
                                "a chunk (one Kafka transaction) closes at so many rows",
                                cxxopts::value<std::string>()->default_value("100000"),
                                "N")("chunk-bytes", "or at so many bytes of messages",
                                     cxxopts::value<std::string>()->default_value("33554432"), "N")(
      "chunk-ms", "or at this age in milliseconds",
      cxxopts::value<std::string>()->default_value("5000"), "N");
  AddStateOption(options);
  options.add_options("Output")("progress", "on stderr: auto line plain json none",
                                cxxopts::value<std::string>()->default_value("auto"),
                                "STYLE")("json", "the result as one JSON object on stdout");
  options.add_options("Hidden")("file", "", cxxopts::value<std::vector<std::string>>());
  options.parse_positional({"file"});
  return options;
}

ProgressStyle StyleOf(const cxxopts::ParseResult& parsed) {
  const auto name = parsed["progress"].as<std::string>();
  if (name == "auto") return ProgressStyle::kAuto;
  if (name == "line") return ProgressStyle::kLine;
  if (name == "plain") return ProgressStyle::kPlain;
  if (name == "json") return ProgressStyle::kJson;
  if (name == "none") return ProgressStyle::kNone;
  throw Error(ExitCode::kUsage, "unknown progress style", name,
              "use auto, line, plain, json or none");
}

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

// What may not change between runs. Sorted by name, as FrozenOptions are.
FrozenOptions Freeze(const CsvHeader& header, const EncodeOptions& encode, const Dialect& dialect,
                     Encoding encoding) {
  return {{"columns", nlohmann::ordered_json(header.names).dump()},
          {"dialect", std::string(1, dialect.delimiter) + dialect.quote},
          {"encoding", std::string(NameOf(encoding))},
          {"messages", EncodeMessageOptions(encode)}};
}

// Everything the command line says, checked as far as it can be without a broker.
struct LoadRequest {
  ClientConfig config;
  TopicWishes topics;
  std::string name;
  std::string state;
  std::string file;
  EncodeOptions encode;
  Dialect dialect;
  Encoding encoding = Encoding::kUtf8;
  ChunkLimits chunk;
  Duration retry_budget{0};
  ProgressStyle style = ProgressStyle::kAuto;
  bool json = false;
};

Duration MillisecondsOf(const cxxopts::ParseResult& parsed, const std::string& name) {
  return Duration{static_cast<std::int64_t>(NumberOf(parsed, name, 1))};
}

LoadRequest RequestOf(const cxxopts::ParseResult& parsed) {
  LoadRequest request;
  const auto files = parsed.count("file") > 0 ? parsed["file"].as<std::vector<std::string>>()
                                              : std::vector<std::string>();
  if (files.empty()) {
    throw Error(ExitCode::kUsage, "no file to load", "", "name it: onceload load ... FILE");
  }
  if (files.size() > 1) {
    throw Error(ExitCode::kUsage, "more than one file to load", files[1],
                "run onceload once for each file");
  }
  request.file = files[0];
  request.config = ConnectionOf(parsed);
  request.topics.topic.name = Required(parsed, "topic", "target topic");
  request.topics.topic.partitions = static_cast<std::int32_t>(NumberOf(parsed, "partitions", 1));
  request.topics.topic.replication_factor =
      static_cast<std::int32_t>(NumberOf(parsed, "replication-factor", 1));
  request.topics.create = parsed.count("create-topic") > 0;
  request.topics.progress_topic = parsed["progress-topic"].as<std::string>();
  request.name = LoadNameOf(parsed, request.topics.topic.name, request.file);
  request.state = StatePathOf(parsed);
  request.encode = EncodeOptionsOf(parsed);
  request.dialect = DialectOf(parsed);
  request.encoding = EncodingOf(parsed);
  request.chunk.rows = NumberOf(parsed, "chunk-rows", 1);
  request.chunk.bytes = NumberOf(parsed, "chunk-bytes", 1);
  request.chunk.age = MillisecondsOf(parsed, "chunk-ms");
  request.retry_budget =
      Duration{1000 * static_cast<std::int64_t>(NumberOf(parsed, "retry-budget", 0))};
  request.style = StyleOf(parsed);
  request.json = parsed.count("json") > 0;
  if (request.chunk.age >= TransactionTimeout(request.config)) {
    throw Error(ExitCode::kUsage, "--chunk-ms must be less than transaction.timeout.ms",
                std::to_string(request.chunk.age.count()), "a chunk is one transaction");
  }
  return request;
}

void PrintResult(const LoadRequest& request, const LoadReport& report) {
  const ProgressRecord& at = report.at;
  const double seconds = static_cast<double>(report.elapsed.count()) / 1000;
  const std::uint64_t rows_now = at.rows() - report.begin_rows;
  if (request.json) {
    nlohmann::ordered_json partitions = nlohmann::ordered_json::array();
    for (const PartitionProgress& p : at.partitions) partitions.push_back(p.rows);
    std::cout << nlohmann::ordered_json{{"load", at.load_name},
                                        {"load_id", at.load_id},
                                        {"topic", at.topic},
                                        {"complete", at.complete},
                                        {"was_complete", report.was_complete},
                                        {"rows", at.rows()},
                                        {"rows_this_run", rows_now},
                                        {"rejected", at.rejected},
                                        {"empty_lines", at.position.empty_lines},
                                        {"bytes", at.position.byte.value},
                                        {"chunk", at.chunk.value},
                                        {"partitions", partitions},
                                        {"recovery", NameOf(report.decision)},
                                        {"restarts", report.restarts},
                                        {"seconds", seconds},
                                        {"loading_seconds",
                                         static_cast<double>(report.loading.count()) / 1000}}
                     .dump()
              << "\n";
    return;
  }
  if (report.was_complete) {
    std::cout << at.load_name << ": already loaded, " << at.rows() << " rows; nothing was sent\n";
    return;
  }
  std::cout << at.load_name << ": " << (at.complete ? "loaded" : "stopped at") << " " << at.rows()
            << " rows, " << rows_now << " in this run (" << seconds << " s)\n";
  for (std::size_t p = 0; p < at.partitions.size(); ++p) {
    std::cout << "  partition " << p << ": " << at.partitions[p].rows << " rows\n";
  }
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

ExitCode Load(const LoadRequest& request, RunContext& context) {
  const SourceFile file(request.file, request.encoding);
  const CsvHeader header = ReadHeader(file, request.dialect);
  static_cast<void>(RowEncoder(header.names, request.encode));  // throws before anything is asked
  LoadSettings settings;
  ProgressRecord& blank = settings.here.blank;
  blank.load_name = request.name;
  blank.load_id = NewUuid();
  blank.run_id = NewUuid();
  blank.writer = WriterText(context.clock);
  blank.tool_version = Version();
  blank.position = header.end;
  blank.topic = request.topics.topic.name;
  blank.inputs = {file.identity()};
  settings.here.progress_topic = request.topics.progress_topic;
  blank.options = Freeze(header, request.encode, request.dialect, request.encoding);
  settings.chunk = request.chunk;
  settings.retry_budget = request.retry_budget;
  settings.transaction_timeout = TransactionTimeout(request.config);

  CheckpointStore store(request.state, CheckpointStore::Mode::kReadWrite, context.failpoints);
  const LoadLock lock(request.state, request.name, blank.writer);
  context.failpoints.Hit("after_lock");
  const auto display = MakeProgressDisplay(request.style, context.clock);
  Patience patience(request.retry_budget, context, *display);
  try {
    Cluster cluster(request.config);
    TopicWishes wishes = request.topics;
    if (const std::optional<LedgerState> ledger = store.Find(request.name)) {
      if (ledger->last.topic == wishes.topic.name) wishes.loaded_rows = ledger->last.rows();
    }
    const TopicFacts topic = PrepareTopics(cluster, wishes, patience, context.clock, *display);
    context.failpoints.Hit("after_preflight");
    settings.rows = {request.dialect, request.encode, topic.message_bytes_max};
    ClusterSurroundings surroundings(cluster, topic.name, context.clock);
    const auto producers = MakeRdkafkaProducers(
        request.config,
        {topic.name, topic.partitions, request.topics.progress_topic, topic.message_bytes_max},
        context.failpoints);
    const auto log = MakeRdkafkaProgressLog(request.config, request.topics.progress_topic);
    const LoadReport report =
        RunLoad({context, surroundings, *display, store, *producers, *log, file, header}, settings);
    if (report.stopped) {
      throw Error(ExitCode::kStopped, "stopped by a signal",
                  std::to_string(report.at.rows()) + " rows are committed",
                  "nothing is lost: run the same command again");
    }
    EndRun(store, blank, ExitCode::kDone, "", context.clock);
    PrintResult(request, report);
    return ExitCode::kDone;
  } catch (const Error& error) {
    display->End();
    EndRun(store, blank, error.code(), error.Line(), context.clock);
    throw;
  }
}

}  // namespace

ExitCode RunLoadCommand(const Arguments& arguments) {
  cxxopts::Options options = LoadOptions();
  const std::optional<cxxopts::ParseResult> parsed = Parse(options, arguments);
  if (!parsed) return ExitCode::kDone;
  const char* failpoint = std::getenv("ONCELOAD_FAILPOINT");
  const auto failpoints = failpoint == nullptr ? std::make_unique<Failpoints>()
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
  const LoadRequest request = RequestOf(*parsed);
  SystemClock clock;
  const SignalWatch signals;
  RunContext context{clock, *failpoints, signals.stop()};
  return Load(request, context);
}

}  // namespace onceload
