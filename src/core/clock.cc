#include "onceload/core/clock.h"

#include <ctime>
#include <thread>

namespace onceload {

Duration SystemClock::Now() const {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) +
         std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(now.tv_nsec));
}

std::chrono::milliseconds SystemClock::WallClock() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

void SystemClock::Sleep(Duration duration) { std::this_thread::sleep_for(duration); }

}  // namespace onceload
