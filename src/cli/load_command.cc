// onceload load

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/encode_options.h"
#include "cli/input_list.h"
#include "cli/input_options.h"
#include "cli/max_rate.h"
#include "cli/options.h"
#include "cli/preflight.h"
#include "cli/remarks.h"
#include "cli/signal_watch.h"
#include "cli/uuid.h"
#include "onceload/checkpoint/load_lock.h"
#include "onceload/load/load_run.h"

namespace onceload {
namespace {

void AddRejectOptions(cxxopts::Options& options) {
  const auto text = [] { return cxxopts::value<std::string>(); };
  options.add_options("Input")("check-prefix",
                               "compare what was loaded of a file even if it looks untouched")(
      "again", "load it although the topic has a file of this content already")(
      "same-name", "a new text under the name of a loaded file: refuse, or new: another file",
      text()->default_value("refuse"),
      "RULE")("spool", "for FILE -: where standard input is kept first", text(), "DIRECTORY")(
      "require-record-end", "leave a last row without a line end for the next run");
  options.add_options("Rows that cannot be loaded")(
      "on-error", "fail: stop before it; skip: count and record it; dead-letter: send it there",
      text()->default_value("fail"), "RULE")(
      "dead-letter-topic", "default TOPIC.dead-letters; made if it is not there", text(), "TOPIC")(
      "rejects", "keep such rows in a CSV file, itself exactly once", text(), "FILE")(
      "max-rejects", "stop before they have more lines: a number, or N% of the lines read", text(),
      "N|N%");
}

cxxopts::Options LoadOptions() {
  cxxopts::Options options("onceload load",
                           "Loads files into a topic exactly once. Killed at any instant, the same "
                           "command goes on.\n");
  options.positional_help("FILE...");
  AddConnectionOptions(options);
  options.add_options("Load")("t,topic", "target topic", cxxopts::value<std::string>(), "TOPIC")(
      "name", "the load's identity; default TOPIC/FILE's name; several files need one",
      cxxopts::value<std::string>(), "NAME")("create-topic", "make the topic if it is not there")(
      "partitions", "of a topic that is made", cxxopts::value<std::string>()->default_value("5"),
      "N")("replication-factor", "of a topic that is made",
           cxxopts::value<std::string>()->default_value("3"),
           "N")("progress-topic", "compacted topic for progress records",
                cxxopts::value<std::string>()->default_value("onceload.progress"),
                "TOPIC")("retry-budget", "seconds without a committed chunk before giving up",
                         cxxopts::value<std::string>()->default_value("300"), "SECONDS")(
      "max-rate", "send no more a second: rows (50000) or bytes (10MB)",
      cxxopts::value<std::string>(), "N|BYTES")("strict",
                                                "refuse, instead of a warning, where settings "
                                                "of Kafka weaken the guarantee");
  AddEncodeOptions(options);
  AddInputOptions(options);
  AddInputListOptions(options);
  AddRejectOptions(options);
  options.add_options("Chunks")("chunk-rows",
                                "a chunk (one Kafka transaction) closes at so many rows",
                                cxxopts::value<std::string>()->default_value("500000"), "N")(
      "chunk-bytes", "or at so many bytes of messages",
      cxxopts::value<std::string>()->default_value("134217728"),
      "N")("chunk-ms", "or at this age in milliseconds, once the one before is sent",
           cxxopts::value<std::string>()->default_value("2000"),
           "N")("atomic", "one transaction for the whole load: all rows or none");
  AddStateOption(options);
  options.add_options("Output")("progress", "on stderr: auto line plain json none",
                                cxxopts::value<std::string>()->default_value("auto"),
                                "STYLE")("json", "the result as one JSON object on stdout");
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
FrozenOptions Freeze(const std::vector<std::string>& columns, const EncodeOptions& encode,
                     const Dialect& dialect, Encoding encoding) {
  return {{"columns", nlohmann::ordered_json(columns).dump()},
          {"dialect", EncodeDialect(dialect)},
          {"encoding", std::string(NameOf(encoding))},
          {"messages", EncodeMessageOptions(encode)}};
}

// Everything the command line says, checked as far as it can be without a broker.
struct LoadRequest {
  ClientConfig config;
  TopicWishes topics;
  std::string name;
  std::string state;
  InputNames files;
  EncodeOptions encode;
  Dialect dialect;
  Encoding encoding = Encoding::kUtf8;
  std::uint64_t record_bytes_max = kRecordBytesMax;
  ChunkLimits chunk;
  MaxRate max_rate;
  Duration retry_budget{0};
  ProgressStyle style = ProgressStyle::kAuto;
  bool json = false;
  RejectPolicy rejects;
  std::string rejects_path;
  bool union_columns = false;
  bool check_prefix = false;
  bool again = false;
  bool require_record_end = false;
  SameName same_name = SameName::kRefuse;
  bool strict = false;
};

// Digits and, of a percentage, one point: what strtod() takes besides ("inf", "nan", "0x1p3") is no
// number of lines.
void TakeMaxRejects(const std::string& text, RejectPolicy& policy) {
  const bool percent = text.ends_with('%');
  const std::string_view number = std::string_view(text).substr(0, text.size() - (percent ? 1 : 0));
  const char* const end = number.data() + number.size();
  double share = 0;
  std::uint64_t lines = 0;
  const auto [at, error] =
      percent ? std::from_chars(number.data(), end, share, std::chars_format::fixed)
              : std::from_chars(number.data(), end, lines);
  const bool digits = number.find_first_not_of("0123456789.") == std::string_view::npos;
  if (number.empty() || !digits || error != std::errc{} || at != end || share > 100) {
    throw Error(ExitCode::kUsage, "--max-rejects needs a whole number, or a percentage", text,
                "for example --max-rejects 100 or --max-rejects 0.5%");
  }
  if (percent) {
    policy.percent_max = share;
  } else {
    policy.lines_max = lines;
  }
}

SameName SameNameOf(const cxxopts::ParseResult& parsed) {
  const auto rule = parsed["same-name"].as<std::string>();
  if (rule == "new") return SameName::kNew;
  if (rule != "refuse") Refuse("unknown rule for --same-name", rule, "use refuse or new");
  return SameName::kRefuse;
}

void TakeRejectOptions(const cxxopts::ParseResult& parsed, LoadRequest& request) {
  const std::string rule = parsed["on-error"].as<std::string>();
  if (rule == "skip") {
    request.rejects.on_error = OnError::kSkip;
  } else if (rule == "dead-letter") {
    request.rejects.on_error = OnError::kDeadLetter;
    request.topics.dead_letter_topic =
        Given(parsed, "dead-letter-topic").value_or(request.topics.topic.name + ".dead-letters");
  } else if (rule != "fail") {
    throw Error(ExitCode::kUsage, "unknown rule for rows that cannot be loaded", rule,
                "use --on-error fail, skip or dead-letter");
  }
  for (const char* flag : {"dead-letter-topic", "rejects", "max-rejects"}) {
    const bool fits =
        std::string(flag) == "dead-letter-topic" ? rule == "dead-letter" : rule != "fail";
    if (parsed.count(flag) == 0 || fits) continue;
    throw Error(ExitCode::kUsage, "--" + std::string(flag) + " means nothing here",
                "--on-error " + rule, "add --on-error skip or --on-error dead-letter");
  }
  request.rejects_path = Given(parsed, "rejects").value_or("");
  request.rejects.keep_text = !request.rejects_path.empty();
  if (const auto most = Given(parsed, "max-rejects")) TakeMaxRejects(*most, request.rejects);
  request.union_columns = parsed.count("union-columns") > 0;
  request.check_prefix = parsed.count("check-prefix") > 0;
  request.again = parsed.count("again") > 0;
  request.require_record_end = parsed.count("require-record-end") > 0;
  request.same_name = SameNameOf(parsed);
}

Duration MillisecondsOf(const cxxopts::ParseResult& parsed, const std::string& name) {
  return Duration{static_cast<std::int64_t>(NumberOf(parsed, name, 1))};
}

LoadRequest RequestOf(const cxxopts::ParseResult& parsed) {
  LoadRequest request;
  request.config = ConnectionOf(parsed);
  request.topics.topic.name = Required(parsed, "topic", "target topic");
  request.topics.topic.partitions = static_cast<std::int32_t>(NumberOf(parsed, "partitions", 1));
  request.topics.topic.replication_factor =
      static_cast<std::int32_t>(NumberOf(parsed, "replication-factor", 1));
  request.topics.create = parsed.count("create-topic") > 0;
  request.topics.progress_topic = parsed["progress-topic"].as<std::string>();
  request.name = LoadNameOf(parsed, request.topics.topic.name);
  request.files = InputListOf(parsed, request.name);
  request.state = StatePathOf(parsed);
  request.encode = EncodeOptionsOf(parsed);
  request.dialect = DialectOf(parsed);
  request.encoding = EncodingOf(parsed);
  request.record_bytes_max = RecordBytesMaxOf(parsed);
  TakeRejectOptions(parsed, request);
  request.chunk.rows = NumberOf(parsed, "chunk-rows", 1);
  request.chunk.bytes = NumberOf(parsed, "chunk-bytes", 1);
  request.chunk.age = MillisecondsOf(parsed, "chunk-ms");
  request.chunk.atomic = parsed.count("atomic") > 0;
  request.retry_budget =
      Duration{1000 * static_cast<std::int64_t>(NumberOf(parsed, "retry-budget", 0))};
  request.style = StyleOf(parsed);
  request.json = parsed.count("json") > 0;
  request.strict = parsed.count("strict") > 0;
  if (const auto rate = Given(parsed, "max-rate")) request.max_rate = ParseMaxRate(*rate);
  if (request.chunk.atomic && parsed.count("max-rate") > 0) {
    throw Error(ExitCode::kUsage, "--max-rate does not go with --atomic", request.name,
                "leave one of them out: a transaction that is held back may take too long");
  }
  if (request.chunk.age >= TransactionTimeout(request.config)) {
    throw Error(ExitCode::kUsage, "--chunk-ms must be less than transaction.timeout.ms",
                std::to_string(request.chunk.age.count()), "a chunk is one transaction");
  }
  return request;
}

nlohmann::ordered_json ResultJson(const LoadReport& report) {
  const ProgressRecord& at = report.at;
  nlohmann::ordered_json partitions = nlohmann::ordered_json::array();
  for (const PartitionProgress& p : at.partitions) partitions.push_back(p.rows);
  return {{"load", at.load_name},
          {"load_id", at.load_id},
          {"topic", at.topic},
          {"complete", at.complete},
          {"was_complete", report.was_complete},
          {"known_elsewhere", report.known_elsewhere},
          {"rows", at.rows()},
          {"rows_this_run", at.rows() - report.begin_rows},
          {"input_rows", at.input_rows()},
          {"rejected", at.rejected},
          {"rejected_lines", at.rejected_lines},
          {"dead_letters", at.dead_letters.rows},
          {"dead_letter_topic", at.dead_letter_topic},
          {"empty_lines", at.empty_lines()},
          {"longest_cell_lines", std::max<std::uint64_t>(at.long_cell.lines, 1)},
          {"bytes", BytesDone(at)},
          {"chunk", at.chunk.value},
          {"partitions", partitions},
          {"recovery", NameOf(report.decision)},
          {"restarts", report.restarts},
          {"seconds", static_cast<double>(report.elapsed.count()) / 1000},
          {"loading_seconds", static_cast<double>(report.loading.count()) / 1000}};
}

void PrintText(const LoadReport& report) {
  const ProgressRecord& at = report.at;
  if (report.was_complete) {
    std::cout << at.load_name << ": already loaded, " << at.rows() << " rows; nothing was sent\n";
    return;
  }
  if (at.rejected > 0) {
    std::cout << at.load_name << ": " << at.input_rows() << " rows read = " << at.rows()
              << " loaded + " << at.dead_letters.rows << " dead letters + "
              << at.rejected - at.dead_letters.rows << " skipped";
    if (at.rejected_lines > at.rejected) {
      std::cout << "; the rows not loaded span " << at.rejected_lines << " lines";
    }
    std::cout << "\n";
  }
  const double seconds = static_cast<double>(report.elapsed.count()) / 1000;
  std::cout << at.load_name << ": " << (at.complete ? "loaded" : "stopped at") << " " << at.rows()
            << " rows, " << at.rows() - report.begin_rows << " in this run (" << seconds << " s)"
            << Remarks(at) << "\n";
  for (std::size_t p = 0; p < at.partitions.size(); ++p) {
    std::cout << "  partition " << p << ": " << at.partitions[p].rows << " rows\n";
  }
}

void PrintResult(const LoadRequest& request, const LoadReport& report) {
  if (request.json) {
    std::cout << ResultJson(report).dump() << "\n";
  } else {
    PrintText(report);
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

// What needs no broker. Throws before anything is asked of one.
LoadSettings SettingsOf(const LoadRequest& request, const Inputs& inputs, const Clock& clock) {
  static_cast<void>(RowEncoder(inputs.columns, request.encode));  // throws
  LoadSettings settings;
  ProgressRecord& blank = settings.here.blank;
  blank.load_name = request.name;
  blank.load_id = NewUuid();
  blank.run_id = NewUuid();
  blank.writer = WriterText(clock);
  blank.tool_version = Version();
  blank.rules = kNewestRules;
  blank.begun_ms = clock.WallClock().count();
  blank.limits.record_bytes = request.record_bytes_max;
  blank.topic = request.topics.topic.name;
  blank.inputs = inputs.files;
  blank.dead_letter_topic = request.topics.dead_letter_topic;
  blank.options = Freeze(inputs.columns, request.encode, request.dialect, request.encoding);
  settings.here.match.encoding = request.encoding;
  settings.here.match.check_prefix = request.check_prefix;
  settings.here.match.again = request.again;
  settings.here.match.same_name = request.same_name;
  settings.here.progress_topic = request.topics.progress_topic;
  settings.rows.dialect = request.dialect;
  settings.rows.encode = request.encode;
  settings.rows.encoding = request.encoding;
  settings.rows.union_columns = request.union_columns;
  settings.rows.require_record_end = request.require_record_end;
  settings.rows.rejects = request.rejects;
  settings.rejects_path = request.rejects_path;
  settings.chunk = request.chunk;
  settings.max_rate = request.max_rate;
  settings.retry_budget = request.retry_budget;
  return settings;
}

// What the cluster and the ledger say before the first row.
Destination Prepare(LoadRequest& request, std::uint64_t text_bytes,
                    const std::optional<ProgressRecord>& before, LoadSettings& settings,
                    Cluster& cluster, RunContext& context, ProgressDisplay& display) {
  Patience patience(request.retry_budget, context, display);
  TopicWishes wishes = request.topics;
  if (before && before->topic == wishes.topic.name) wishes.loaded_rows = before->rows();
  const Destination to = PrepareTopics(cluster, wishes, patience, context.clock, display);
  if (request.chunk.atomic) {
    const Duration timeout = AtomicTimeout(to.brokers, text_bytes);
    request.config.Set("transaction.timeout.ms", std::to_string(timeout.count()), "--atomic");
  }
  settings.transaction_timeout = TransactionTimeout(request.config);
  CheckGuarantee(to,
                 {text_bytes, request.max_rate, !request.encode.timestamp_column.empty(),
                  settings.transaction_timeout},
                 request.strict, display);
  ProgressRecord& blank = settings.here.blank;
  blank.limits.message_bytes = to.target.message_bytes_max;
  if (to.dead_letters) blank.limits.dead_letter_bytes = to.dead_letters->message_bytes_max;
  // Where the broker sets the records' time, the load's is not to be found again.
  blank.times = !request.encode.timestamp_column.empty() && !to.target.log_append_time;
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

std::optional<ProgressRecord> LastIn(const CheckpointStore& store, const std::string& name) {
  std::optional<LedgerState> state = store.Find(name);
  // Without a chunk nothing of it is frozen.
  if (!state || state->last.chunk.value == 0) return std::nullopt;
  return std::move(state->last);
}

// Before an input is known to be there no state file is made. What keeps it from being read is told
// by whoever writes it.
std::optional<ProgressRecord> LastInAny(const LoadRequest& request, Failpoints& failpoints) {
  std::error_code ignored;
  if (!std::filesystem::exists(request.state, ignored)) return std::nullopt;
  try {
    const CheckpointStore store(request.state, CheckpointStore::Mode::kReadOnly, failpoints);
    return LastIn(store, request.name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

ExitCode Load(LoadRequest& request, RunContext& context) {
  std::optional<ProgressRecord> before = LastInAny(request, context.failpoints);
  const KnownInputs known =
      before ? KnownInputs{before->inputs, ColumnsOf(*before)} : KnownInputs();
  const Inputs inputs = LookAtInputs(request.files.files, request.encoding, request.dialect,
                                     request.union_columns, request.record_bytes_max, &known);
  LoadSettings settings = SettingsOf(request, inputs, context.clock);
  const ProgressRecord& blank = settings.here.blank;
  const auto display = MakeProgressDisplay(request.style, context.clock);
  for (const std::vector<std::string>* notices :
       {&std::as_const(request).files.notices, &inputs.notices}) {
    for (const std::string& notice : *notices) {
      display->Notice(ProgressDisplay::Level::kInfo, notice);
    }
  }
  settings.here.match.notice = [&display](const std::string& text) {
    display->Notice(ProgressDisplay::Level::kInfo, text);
  };
  CheckpointStore store(request.state, CheckpointStore::Mode::kReadWrite, context.failpoints,
                        settings.here.match.notice);
  if (!before) before = LastIn(store, request.name);  // of a state file that was older
  const LoadLock lock(request.state, request.name, blank.writer);
  context.failpoints.Hit("after_lock");
  try {
    Cluster cluster(request.config);
    const Destination to =
        Prepare(request, inputs.text_bytes, before, settings, cluster, context, *display);
    ClusterSurroundings surroundings(cluster, to.target.name, context.clock);
    const auto producers = MakeRdkafkaProducers(request.config, TargetOf(to), context.failpoints);
    const auto log = MakeRdkafkaProgressLog(request.config, request.topics.progress_topic);
    const LoadReport report =
        RunLoad({context, surroundings, *display, store, *producers, *log}, settings);
    if (report.stopped) {
      throw Error(ExitCode::kStopped, "stopped by a signal",
                  std::to_string(report.at.rows()) + " rows are committed",
                  "nothing is lost: run the same command again");
    }
    const ExitCode code = report.at.rejected > 0 ? ExitCode::kDifferences : ExitCode::kDone;
    EndRun(store, blank, code, "", context.clock);
    PrintResult(request, report);
    return code;
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
  LoadRequest request = RequestOf(*parsed);
  SystemClock clock;
  const SignalWatch signals;
  RunContext context{clock, *failpoints, signals.stop()};
  return Load(request, context);
}

}  // namespace onceload
