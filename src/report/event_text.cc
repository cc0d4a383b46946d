#include "report/event_text.h"

#include "onceload/core/text.h"

namespace onceload {
namespace {

EventSentence Info(std::string text) { return {NoticeLevel::kInfo, std::move(text)}; }
EventSentence Warning(std::string text) { return {NoticeLevel::kWarning, std::move(text)}; }

// Which events have a sentence is said by the overloads; the template is for all others.
struct Teller {
  template <typename Event>
  std::optional<EventSentence> operator()(const Event& /*event*/) const {
    return std::nullopt;
  }

  std::optional<EventSentence> operator()(const FileRecognized& event) const {
    return Info(event.text);
  }
  std::optional<EventSentence> operator()(const FileLoaded& event) const {
    const std::string rows =
        event.rows ? std::to_string(*event.rows) + (*event.rows == 1 ? " row " : " rows ") : "";
    return Info(event.path + ": " + rows + (event.before ? "loaded before" : "loaded") +
                (event.then.empty() ? "" : "; " + event.then));
  }
  std::optional<EventSentence> operator()(const FileFailed& event) const {
    return Warning(event.path + " cannot be loaded and is moved to " + event.to + ": " +
                   event.reason);
  }
  std::optional<EventSentence> operator()(const FilePassedOver& event) const {
    return Info(event.path + " is passed over: " + event.reason);
  }
  std::optional<EventSentence> operator()(const FolderAway& event) const {
    return Warning(event.path + " cannot be read (" + event.reason + "): waiting until it can");
  }
  std::optional<EventSentence> operator()(const FolderBack& event) const {
    return Info(event.path + " can be read again");
  }
  std::optional<EventSentence> operator()(const StandingBy& event) const {
    return Info("standing by while the load is held by " + event.holder);
  }
  std::optional<EventSentence> operator()(const FirstFileAwaited& /*event*/) const {
    return Info("waiting for the first file");
  }
  std::optional<EventSentence> operator()(const WaitBegun& event) const {
    return Warning("waiting for " + event.what + " (" + event.cause + "); giving up in " +
                   Seconds(event.left) + "; onceload doctor looks for the cause");
  }
  std::optional<EventSentence> operator()(const WaitEnded& event) const {
    return Info("Kafka answers again after " + Seconds(event.waited) + ", going on");
  }
  std::optional<EventSentence> operator()(const Throttled& event) const {
    return Warning("the brokers throttle client \"" + event.client_id +
                   "\": a quota has held it "
                   "back for " +
                   Seconds(event.paused) +
                   "; the load goes on as it allows (--client-id, --max-rate)");
  }
  std::optional<EventSentence> operator()(const Restarted& event) const {
    return Info("beginning again with new producers from the last committed chunk: " + event.cause);
  }
  std::optional<EventSentence> operator()(const ClaimAwaited& event) const {
    return Info(
        "this run's producers were fenced: waiting for another loader to claim the load; going on "
        "by itself in " +
        Seconds(event.left));
  }
  std::optional<EventSentence> operator()(const TopicMade& event) const {
    switch (event.role) {
      case TopicMade::Role::kTarget:
        return Info("made topic " + event.topic + " with " + std::to_string(event.partitions) +
                    " partitions");
      case TopicMade::Role::kProgress:
        return Info("made progress topic " + event.topic);
      case TopicMade::Role::kDeadLetters:
        return Info("making dead letter topic " + event.topic);
    }
    return std::nullopt;
  }
  std::optional<EventSentence> operator()(const WeakSetting& event) const {
    return Warning(event.fact + ": " + event.why);
  }
  std::optional<EventSentence> operator()(const RowRemark& event) const {
    return Warning(event.text);
  }
  std::optional<EventSentence> operator()(const InputRemark& event) const {
    return Info(event.text);
  }
  std::optional<EventSentence> operator()(const ClientRemark& event) const {
    return event.warning ? Warning(event.text) : Info(event.text);
  }
  std::optional<EventSentence> operator()(const Notice& event) const { return Info(event.text); }
};

}  // namespace

std::optional<EventSentence> SentenceOf(const RunEvent& event) {
  return std::visit(Teller{}, event);
}

}  // namespace onceload
