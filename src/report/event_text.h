// Run events as sentences for a person.
#pragma once

#include <optional>
#include <string>

#include "onceload/report/run_events.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {

struct EventSentence {
  NoticeLevel level = NoticeLevel::kInfo;
  std::string text;
};

// nullopt: the event is none of those that are worth a line.
std::optional<EventSentence> SentenceOf(const RunEvent& event);

}  // namespace onceload
