// What a run tells while it goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "onceload/core/clock.h"

namespace onceload {

// How far the *committed* part of the input reaches; rows merely sent do not count.
struct CommittedSoFar {
  std::uint64_t bytes = 0;  // of the input
  std::uint64_t bytes_total = 0;
  std::uint64_t rows = 0;  // of the load, all runs
  std::uint64_t chunk = 0;
};

// Called by the load thread only. An interface, so that tests can listen.
class ProgressDisplay {
 public:
  virtual ~ProgressDisplay() = default;

  // Where this run begins.
  virtual void Begin(const CommittedSoFar& at) = 0;
  virtual void Committed(const CommittedSoFar& at) = 0;
  // One line for a person. kWarning: something a person should mend some day.
  enum class Level { kInfo, kWarning };
  virtual void Notice(Level level, const std::string& text) = 0;
  // Nothing more comes; a line being redrawn is finished.
  virtual void End() = 0;
};

enum class ProgressStyle : std::uint8_t {
  kAuto,   // kLine on a terminal, else kPlain
  kLine,   // one line, redrawn
  kPlain,  // a line every few seconds
  kJson,   // the same as JSON objects
  kNone,   // notices only
};

// On stderr. `clock` must outlive it.
std::unique_ptr<ProgressDisplay> MakeProgressDisplay(ProgressStyle style, const Clock& clock);

}  // namespace onceload
