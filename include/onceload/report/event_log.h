// Run events as JSON: an object a line, with the names of docs/events.md.
#pragma once

#include <memory>
#include <string>

#include "onceload/core/clock.h"
#include "onceload/report/run_events.h"

namespace onceload {

// Without a line end. `load`: the load's name; empty: not known yet.
std::string EventLine(const RunEvent& event, const Clock& clock, const std::string& load);

// Every event, on stderr. `clock` must outlive it.
std::unique_ptr<RunListener> MakeEventLog(const Clock& clock, const std::string& load);

}  // namespace onceload
