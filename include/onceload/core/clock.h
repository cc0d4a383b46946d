// Time, as an interface: waits and time-outs are tested without waiting.
#pragma once

#include <chrono>

namespace onceload {

using Duration = std::chrono::milliseconds;

class Clock {
 public:
  virtual ~Clock() = default;

  // Time since an arbitrary start. Goes on while the process is stopped and while the machine
  // sleeps (CLOCK_BOOTTIME): a transaction's time-out does too.
  virtual Duration Now() const = 0;

  // Wall clock, milliseconds since 1970-01-01 UTC; for people, never for decisions.
  virtual std::chrono::milliseconds WallClock() const = 0;

  virtual void Sleep(Duration) = 0;
};

class SystemClock final : public Clock {
 public:
  Duration Now() const override;
  std::chrono::milliseconds WallClock() const override;
  void Sleep(Duration) override;
};

}  // namespace onceload
