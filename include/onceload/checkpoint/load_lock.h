// One loader at a time per load and state file: an operating-system lock that dies with its holder.
#pragma once

#include <optional>
#include <string>

namespace onceload {

// Holds a write lock on "<state file>.lock-<16 hex digits of the load name's digest>" from
// construction to destruction, and writes the holder (pid, host, start time) into it for others to
// read. The file stays: removing it would let two loaders hold two files of one name.
//
// The lock is an open file description's (fcntl F_OFD_SETLK) and not flock(2): a lock of that kind
// can be looked at without being taken, and a `status` that takes it for an instant would turn away
// the loader that starts in that instant. Nor is it POSIX's F_SETLK, which a process loses when
// anything in it closes another descriptor of the file. A forked child shares the lock; nothing
// here forks, and exec closes it.
//
// On NFS the server keeps such locks, and with `nolock` or `local_lock` they hold on one machine
// only. Nothing rests on that: SQLite's WAL does not work there anyway, and Kafka fences a second
// loader wherever it runs. This lock is the quicker and friendlier answer.
class LoadLock {
 public:
  // Throws Error(kHeld), naming the holder, if another process has it; Error(kUsage) if the file
  // cannot be made.
  LoadLock(const std::string& state_path, const std::string& load_name, const std::string& holder);
  ~LoadLock();
  LoadLock(const LoadLock&) = delete;
  LoadLock& operator=(const LoadLock&) = delete;

  // Who holds the load's lock now, if anyone does. For `status`; never blocks, never takes it.
  static std::optional<std::string> Holder(const std::string& state_path,
                                           const std::string& load_name);

 private:
  int descriptor_ = -1;
};

}  // namespace onceload
