// A power cut for tests of files that a load writes: what had not been asked onto the disk is gone.
//
// fsync(), fdatasync(), link() and unlink() of the whole test program pass through here. A file
// keeps what it had when it was last synced; a name is kept once its directory has been synced
// since it was made. Disks keep more than that by chance, and never less.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace onceload {

// Bytes of the file at `path` that a power cut leaves; -1: not even its name, or that of one of the
// directories between it and `root`, which was there before. REQUIRES: `path` lies below it.
std::int64_t BytesAfterPowerCut(const std::string& path, const std::string& root);

// Makes it so: the file is cut, or removed. True: something was lost.
bool CutPower(const std::string& path, const std::string& root);

// Calls `look` behind each of those calls of this thread while it lives. One at a time.
class AtEachSync {
 public:
  explicit AtEachSync(std::function<void()> look);
  ~AtEachSync();
  AtEachSync(const AtEachSync&) = delete;
  AtEachSync& operator=(const AtEachSync&) = delete;
};

// renameat2() of this thread fails with this `error` while it lives, where it is from one folder to
// another: EXDEV, as to another file system; ENOSYS, as where there is none. One at a time.
class NoMoves {
 public:
  explicit NoMoves(int error);
  ~NoMoves();
  NoMoves(const NoMoves&) = delete;
  NoMoves& operator=(const NoMoves&) = delete;
};

}  // namespace onceload
