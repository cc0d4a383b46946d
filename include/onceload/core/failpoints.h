// Named instants at which a test may kill the process.
//
// Failpoints stand between the steps of the commit protocol and of recovery, never inside the row
// loop: an unarmed one costs one comparison a chunk, so the crash tests run the binary that ships.
// ONCELOAD_FAILPOINT=after_commit:3 raises SIGKILL at the third passage of `after_commit`, so that
// no destructor, flush or signal handler softens the crash.
//
// ONCELOAD_WITHOUT_ENDTXN_GUARD=1 is for tests only, too: rows are then lost or doubled when a late
// EndTxn request arrives, and the crash matrix must see that.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace onceload {

// One armed instant, or none. Thread-safe: Hit() may be called from any thread.
class Failpoints {
 public:
  // Nothing armed.
  Failpoints() = default;

  // `spec` is NAME:N, N >= 1. Throws Error(kUsage) for another form. `crash` is what happens at the
  // N-th passage; the default raises SIGKILL.
  explicit Failpoints(std::string_view spec);
  Failpoints(std::string_view spec, std::function<void()> crash);

  Failpoints(const Failpoints&) = delete;
  Failpoints& operator=(const Failpoints&) = delete;

  void Hit(std::string_view name);

  // Takes the EndTxn guard out, for the test that shows what it is for. Before any thread starts.
  void TurnGuardOff() { guard_off_ = true; }
  bool guard_off() const { return guard_off_; }

  bool armed() const { return !name_.empty(); }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::atomic<std::uint64_t> left_{0};
  std::function<void()> crash_;
  bool guard_off_ = false;
};

}  // namespace onceload
