#include "onceload/checkpoint/load_lock.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "checkpoint/state_path.h"
#include "onceload/core/descriptor.h"
#include "onceload/core/digest.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

// Longer ones are cut: a holder's text is a line for people.
constexpr std::size_t kHolderBytesMax = 512;

std::string LockPath(const std::string& state_path, const std::string& load_name) {
  return ResolveStatePath(state_path) + ".lock-" + DigestOf(load_name).Hex();
}

// The whole file, however long it gets. l_pid must be 0 for an open file description's lock.
struct flock WholeFile(short type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string ReadHolder(int descriptor) {
  std::array<char, kHolderBytesMax> text;
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  // Empty: its holder has the lock and is about to write.
  if (size <= 0) return "a process that has just started";
  return std::string(text.data(), static_cast<std::size_t>(size));
}

// The error of the system call that has just failed. No std::string for `what`: errno comes first.
[[noreturn]] void ThrowErrno(const char* what, const std::string& path) {
  const std::string reason = std::strerror(errno);
  throw Error(ExitCode::kUsage, std::string(what) + " (" + reason + ")", path,
              "make its directory writable, or name a state file on a local disk with --state");
}

void WriteHolder(int descriptor, const std::string& holder, const std::string& path) {
  const std::size_t size = std::min(holder.size(), kHolderBytesMax);
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, holder.data(), size, 0) != static_cast<ssize_t>(size)) {
    ThrowErrno("the load's lock file cannot be written", path);
  }
}

}  // namespace

LoadLock::LoadLock(const std::string& state_path, const std::string& load_name,
                   const std::string& holder) {
  const std::string path = LockPath(state_path, load_name);
  MakeStateDirectory(path);
  Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (descriptor.value() < 0) ThrowErrno("the load's lock file cannot be opened", path);
  struct flock lock = WholeFile(F_WRLCK);
  if (::fcntl(descriptor.value(), F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES) ThrowErrno("the load's lock cannot be taken", path);
    throw Error(ExitCode::kHeld,
                "another loader holds load '" + load_name + "': " + ReadHolder(descriptor.value()),
                path, "wait until it ends, or stop it, and run the same command again");
  }
  WriteHolder(descriptor.value(), holder, path);
  descriptor_ = descriptor.release();
}

LoadLock::~LoadLock() {
  // So that no reader ever takes an old holder for the next one, which writes a moment after it has
  // locked. A killed holder's text does stay for that moment; it is for people.
  if (::ftruncate(descriptor_, 0) != 0) {
    // Nothing to be done: the text is not what holds the lock.
  }
  ::close(descriptor_);
}

std::optional<std::string> LoadLock::Holder(const std::string& state_path,
                                            const std::string& load_name) {
  const std::string path = LockPath(state_path, load_name);
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.value() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;  // no loader was ever here
    ThrowErrno("the load's lock file cannot be opened", path);
  }
  // F_OFD_GETLK asks whether a lock could be taken and takes none.
  struct flock lock = WholeFile(F_RDLCK);
  if (::fcntl(descriptor.value(), F_OFD_GETLK, &lock) != 0) {
    ThrowErrno("the load's lock cannot be looked at", path);
  }
  if (lock.l_type == F_UNLCK) return std::nullopt;
  return ReadHolder(descriptor.value());
}

}  // namespace onceload
