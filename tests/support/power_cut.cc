#include "support/power_cut.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace onceload {
namespace {

namespace fs = std::filesystem;

using FileId = std::pair<dev_t, ino_t>;

// Link-level functions have no object: this is where they write down what they have seen.
struct Disk {
  std::mutex mutex;
  std::map<FileId, std::int64_t> contents;                          // bytes
  std::map<FileId, std::set<std::pair<std::string, ino_t>>> names;  // by directory

  // Its name. REQUIRES: `mutex` is held.
  bool Keeps(const fs::path& path) const {
    struct stat file {};
    struct stat directory {};
    if (::stat(path.c_str(), &file) != 0) return false;
    if (::stat(path.parent_path().c_str(), &directory) != 0) return false;
    const auto synced = names.find({directory.st_dev, directory.st_ino});
    return synced != names.end() &&
           synced->second.contains({path.filename().string(), file.st_ino});
  }
};

Disk& TheDisk() {
  static Disk disk;
  return disk;
}

thread_local std::function<void()>* look = nullptr;
thread_local int no_moves = 0;

void Look() {
  if (look == nullptr) return;
  std::function<void()>* const once = std::exchange(look, nullptr);  // it may sync something itself
  (*once)();
  look = once;
}

void NoteSynced(int descriptor) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) return;
  const FileId id{facts.st_dev, facts.st_ino};
  Disk& disk = TheDisk();
  const std::lock_guard lock(disk.mutex);
  if (!S_ISDIR(facts.st_mode)) {
    disk.contents[id] = facts.st_size;
    return;
  }
  auto& names = disk.names[id];
  names.clear();
  std::error_code gone;
  const fs::path path = "/proc/self/fd/" + std::to_string(descriptor);
  for (const auto& entry : fs::directory_iterator(path, gone)) {
    struct stat of {};
    if (::lstat(entry.path().c_str(), &of) == 0) {
      names.emplace(entry.path().filename().string(), of.st_ino);
    }
  }
}

int Synced(int result, int descriptor) {
  if (result == 0) NoteSynced(descriptor);
  Look();
  return result;
}

}  // namespace

std::int64_t BytesAfterPowerCut(const std::string& path, const std::string& root) {
  Disk& disk = TheDisk();
  const std::lock_guard lock(disk.mutex);
  for (fs::path at = path; at != fs::path(root); at = at.parent_path()) {
    if (!disk.Keeps(at)) return -1;
  }
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return -1;
  const auto content = disk.contents.find({file.st_dev, file.st_ino});
  return content == disk.contents.end() ? 0 : std::min<std::int64_t>(content->second, file.st_size);
}

bool CutPower(const std::string& path, const std::string& root) {
  std::error_code none;
  const std::uintmax_t size = fs::file_size(path, none);
  if (none) return false;
  const std::int64_t left = BytesAfterPowerCut(path, root);
  if (left < 0) return fs::remove(path);
  if (static_cast<std::uintmax_t>(left) == size) return false;
  fs::resize_file(path, static_cast<std::uintmax_t>(left));
  return true;
}

namespace {
std::function<void()> look_of_this_test;
}

AtEachSync::AtEachSync(std::function<void()> look_now) {
  look_of_this_test = std::move(look_now);
  look = &look_of_this_test;
}
AtEachSync::~AtEachSync() { look = nullptr; }

NoMoves::NoMoves(int error) { no_moves = error; }
NoMoves::~NoMoves() { no_moves = 0; }

}  // namespace onceload

extern "C" {

int fsync(int descriptor) {
  return onceload::Synced(static_cast<int>(::syscall(SYS_fsync, descriptor)), descriptor);
}

int fdatasync(int descriptor) {
  return onceload::Synced(static_cast<int>(::syscall(SYS_fdatasync, descriptor)), descriptor);
}

int link(const char* from, const char* to) noexcept {
  const int result =
      static_cast<int>(::syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, /*flags=*/0));
  onceload::Look();
  return result;
}

int unlink(const char* path) noexcept {
  const int result = static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, /*flags=*/0));
  const int error = errno;
  onceload::Look();
  errno = error;
  return result;
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned flags) noexcept {
  namespace fs = std::filesystem;
  if (onceload::no_moves != 0 && fs::path(from).parent_path() != fs::path(to).parent_path()) {
    errno = onceload::no_moves;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

}  // extern "C"
