// A clock that stands still.
#pragma once

#include <chrono>

#include "onceload/core/clock.h"

namespace onceload {

class FixedClock final : public Clock {
 public:
  // 2026-01-31T12:00:00.007Z, unless the wall clock says otherwise.
  explicit FixedClock(std::chrono::milliseconds wall = std::chrono::milliseconds{1'769'860'800'007})
      : wall_(wall) {}

  Duration Now() const override { return Duration{5'000}; }
  std::chrono::milliseconds WallClock() const override { return wall_; }
  void Sleep(Duration) override {}

 private:
  std::chrono::milliseconds wall_;
};

}  // namespace onceload
