// A clock whose time only passes by sleeping.
#pragma once

#include <chrono>

#include "onceload/core/clock.h"

namespace onceload {

// Used by one thread.
class SleepingClock final : public Clock {
 public:
  Duration Now() const override { return now_; }
  std::chrono::milliseconds WallClock() const override { return now_; }
  void Sleep(Duration wait) override { now_ += wait; }

 private:
  Duration now_{0};
};

}  // namespace onceload
