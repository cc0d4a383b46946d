// The service manager that has started this process, if it wants to be told: systemd's, by the
// protocol of sd_notify(3). That page itself advises against linking libsystemd for it: a datagram
// to a socket is a stable interface, and the library brings compressors and ciphers into
// containers.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "onceload/core/clock.h"
#include "onceload/report/run_events.h"

namespace onceload {

// From any thread. What cannot be sent is lost: nobody's load ends for it.
class ServiceManager {
 public:
  // Of NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  ServiceManager();

  bool listens() const { return !address_.empty(); }
  void Tell(std::string_view state) const;
  // Once: the service has started.
  void Ready();
  // For one thread, which calls it several times a second as long as it lives: it tells of
  // processes that are stopped or starved. Whoever waits for Kafka is bounded by the retry budget
  // instead.
  void Alive(Duration now);

 private:
  std::string address_;   // empty: nobody listens
  Duration watchdog_{0};  // between two signs of life; 0: none are wanted
  Duration next_{0};      // then
  std::atomic<bool> ready_ = false;
};

// How the run stands, for `systemctl status`. `manager` outlives the result.
std::unique_ptr<RunListener> MakeServiceStatus(ServiceManager& manager, const Clock& clock);

}  // namespace onceload
