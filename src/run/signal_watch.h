// SIGINT, SIGTERM and SIGHUP as a flag: the first asks to finish, the second leaves at once.
#pragma once

#include <atomic>
#include <thread>

#include "run/service_manager.h"

namespace onceload {

// A thread that waits for the signals, which are blocked everywhere else: no handler, hence no
// global and nothing that may only be done in a handler. REQUIRES: made before any other thread,
// which inherit the mask (librdkafka's too).
class SignalWatch {
 public:
  // `json`: what it tells on stderr are objects (event_log.h). `manager` outlives this and is given
  // signs of life.
  SignalWatch(bool json, ServiceManager& manager);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  const std::atomic<bool>& stop() const { return stop_; }

 private:
  void Wait();
  void TellStopping() const;
  void TellLeaving() const;

  const bool json_;
  ServiceManager& manager_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace onceload
