// Run events as JSON: an object a line, with the names of docs/events.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "onceload/core/clock.h"
#include "onceload/report/run_events.h"

namespace onceload {

// What a run tells on stderr.
enum class LogFormat : std::uint8_t {
  kText,  // for people
  kJson,  // every event, an object a line
};

// Without a line end. `load`: the load's name; empty: not known yet.
std::string EventLine(const RunEvent& event, const Clock& clock, const std::string& load);

// Every event, on stderr. `clock` must outlive it.
std::unique_ptr<RunListener> MakeEventLog(const Clock& clock, const std::string& load);

}  // namespace onceload
