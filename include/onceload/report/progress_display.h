// What a run tells a person while it goes on.
#pragma once

#include <cstdint>
#include <memory>

#include "onceload/core/clock.h"
#include "onceload/report/run_events.h"

namespace onceload {

enum class ProgressStyle : std::uint8_t {
  kAuto,   // kLine on a terminal; kPlain where stderr alone goes elsewhere; else kNone
  kLine,   // one line, redrawn
  kPlain,  // a line every few seconds
  kJson,   // the same as JSON objects, and what else is told as the event log's (event_log.h)
  kNone,   // sentences only
};

// On stderr. `clock` must outlive it.
std::unique_ptr<RunListener> MakeProgressDisplay(ProgressStyle style, const Clock& clock);

}  // namespace onceload
