#include "onceload/report/event_log.h"

#include <cstdio>

#include <nlohmann/json.hpp>

#include "onceload/core/printable.h"
#include "onceload/core/text.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;

// "2026-01-31T12:00:00.000Z"
std::string TimeText(std::chrono::milliseconds since_1970) {
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(since_1970.count() % 1000));
  return UtcTime(since_1970) + fraction;
}

std::string_view NameOf(TopicMade::Role role) {
  switch (role) {
    case TopicMade::Role::kTarget:
      return "target";
    case TopicMade::Role::kProgress:
      return "progress";
    case TopicMade::Role::kDeadLetters:
      return "dead_letters";
  }
  return "";
}

// One reading of both clocks for all times of a line: of two, each cut to milliseconds, a moment
// before the line could be told as one behind it.
struct Instant {
  Duration wall{0};    // since 1970
  Duration steady{0};  // Clock::Now()
};

// The members of each event, in the order of docs/events.md. Durations are whole milliseconds.
class Members {
 public:
  explicit Members(const Instant& now) : now_(now) {}

  Json operator()(const RunBegun& e) const {
    Json json{{"load_id", e.load_id}, {"run_id", e.run_id}, {"topic", e.topic}};
    json["partitions"] = e.partitions;
    json["files"] = e.files;
    json["recovery"] = e.recovery;
    json["chunk"] = e.at.chunk;
    Add(e.at, json);
    return json;
  }
  Json operator()(const RunEnded& e) const {
    return {{"exit_code", static_cast<int>(e.exit_code)},
            {"complete", e.complete},
            {"rows", e.rows},
            {"rows_this_run", e.rows_this_run},
            {"rejected", e.rejected},
            {"chunk", e.chunk},
            {"restarts", e.restarts},
            {"elapsed_ms", e.elapsed.count()}};
  }
  Json operator()(const Stopping& e) const { return Json::object({{"grace_ms", e.grace.count()}}); }
  Json operator()(const CommandFailed& e) const {
    return {{"code", static_cast<int>(e.code)},
            {"what", e.what},
            {"where", e.where},
            {"advice", e.advice},
            {"go_on", e.go_on}};
  }
  Json operator()(const FileBegun& e) const {
    return {{"file", e.path},
            {"number", e.number},
            {"files", e.files},
            {"row", e.row.value},
            {"byte", e.byte.value}};
  }
  Json operator()(const FileEnded& e) const {
    return {
        {"file", e.path}, {"number", e.number}, {"rows", e.rows.value}, {"bytes", e.bytes.value}};
  }
  Json operator()(const FileRecognized& e) const {
    return {{"file", e.path}, {"known_as", e.known_as}, {"as", e.as}, {"text", e.text}};
  }
  Json operator()(const FileLoaded& e) const {
    const Json rows = e.rows ? Json(*e.rows) : Json(nullptr);
    return {{"file", e.path}, {"rows", rows}, {"before", e.before}, {"then", e.then}};
  }
  Json operator()(const FileMoved& e) const { return {{"file", e.path}, {"to", e.to}}; }
  Json operator()(const FileDeleted& e) const { return Json::object({{"file", e.path}}); }
  Json operator()(const FileFailed& e) const {
    return {{"file", e.path}, {"to", e.to}, {"reason", e.reason}};
  }
  Json operator()(const FilePassedOver& e) const {
    return {{"file", e.path}, {"reason", e.reason}};
  }
  Json operator()(const FolderAway& e) const { return {{"folder", e.path}, {"reason", e.reason}}; }
  Json operator()(const FolderBack& e) const { return Json::object({{"folder", e.path}}); }
  Json operator()(const StandingBy& e) const { return Json::object({{"holder", e.holder}}); }
  Json operator()(const FirstFileAwaited& /*event*/) const { return Json::object(); }
  Json operator()(const RowRejected& e) const {
    return {{"chunk", e.chunk},
            {"file", e.path},
            {"row", e.row.row.value},
            {"byte", e.row.begin.value},
            {"fault_byte", e.row.at.value},
            {"reason", e.row.reason},
            {"column", e.row.column},
            {"detail", e.row.detail},
            {"lines", e.row.lines},
            {"bytes", e.row.text_bytes}};
  }
  Json operator()(const RejectsFileOpened& e) const {
    return {{"file", e.path}, {"bytes", e.bytes}};
  }
  Json operator()(const ChunkBegun& e) const {
    return {{"chunk", e.chunk}, {"begun", Wall(e.begun)}};
  }
  Json operator()(const ChunkSent& e) const {
    Json json = Sized(e.size);
    json["begun"] = Wall(e.begun);
    json["sent"] = Wall(e.sent);
    return json;
  }
  Json operator()(const ChunkCommitted& e) const {
    Json json = Sized(e.size);
    json["begun"] = Wall(e.begun);
    json["sent"] = Wall(e.sent);
    json["committed"] = Wall(e.committed);
    json["commit_ms"] = (e.committed - e.asked).count();
    Add(e.at, json);
    return json;
  }
  Json operator()(const WaitBegun& e) const {
    return {{"what", e.what},
            {"cause", e.cause},
            {"waited_ms", e.waited.count()},
            {"left_ms", e.left.count()}};
  }
  Json operator()(const WaitEnded& e) const {
    return {{"what", e.what}, {"waited_ms", e.waited.count()}};
  }
  Json operator()(const Throttled& e) const {
    return {{"client_id", e.client_id}, {"paused_ms", e.paused.count()}};
  }
  Json operator()(const Restarted& e) const {
    return {{"cause", e.cause}, {"restarts", e.restarts}};
  }
  Json operator()(const ClaimAwaited& e) const {
    return Json::object({{"left_ms", e.left.count()}});
  }
  Json operator()(const TopicMade& e) const {
    return {{"role", NameOf(e.role)}, {"topic", e.topic}, {"partitions", e.partitions}};
  }
  Json operator()(const WeakSetting& e) const { return {{"fact", e.fact}, {"why", e.why}}; }
  Json operator()(const RowRemark& e) const { return Json::object({{"text", e.text}}); }
  Json operator()(const InputRemark& e) const { return Json::object({{"text", e.text}}); }
  Json operator()(const ClientRemark& e) const {
    return {{"text", e.text}, {"warning", e.warning}};
  }
  Json operator()(const Notice& e) const { return Json::object({{"text", e.text}}); }

 private:
  static void Add(const CommittedSoFar& at, Json& json) {
    json["load_rows"] = at.rows;
    json["load_rejected"] = at.rejected;
    json["input_bytes"] = at.bytes;
    json["input_bytes_total"] = at.bytes_total;
  }

  static Json Sized(const ChunkSize& size) {
    return {{"chunk", size.chunk},
            {"rows", size.rows},
            {"rejected", size.rejected},
            {"message_bytes", size.message_bytes}};
  }

  // Of a moment on the clock that counts durations.
  std::string Wall(Duration moment) const { return TimeText(now_.wall - (now_.steady - moment)); }

  const Instant now_;
};

class EventLog final : public RunListener {
 public:
  EventLog(const Clock& clock, std::string load) : clock_(clock), load_(std::move(load)) {}

  void On(const RunEvent& event) override { WriteToStderr(EventLine(event, clock_, load_) + "\n"); }

 private:
  const Clock& clock_;
  const std::string load_;
};

}  // namespace

std::string EventLine(const RunEvent& event, const Clock& clock, const std::string& load) {
  const Instant now{clock.WallClock(), clock.Now()};
  Json json;
  json["event"] = std::visit([](const auto& e) { return e.kName; }, event);
  json["time"] = TimeText(now.wall);
  if (!load.empty()) json["load"] = load;
  json.update(std::visit(Members(now), event));
  // A path may be any bytes; what is no UTF-8 is shown as U+FFFD.
  return PrintableJson(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::unique_ptr<RunListener> MakeEventLog(const Clock& clock, const std::string& load) {
  return std::make_unique<EventLog>(clock, load);
}

}  // namespace onceload
