#include "watch/file_mover.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onceload/core/descriptor.h"
#include "onceload/core/durable_file.h"
#include "onceload/core/error.h"
#include "onceload/core/path_name.h"
#include "onceload/source/input_error.h"
#include "onceload/source/source_file.h"

namespace onceload {
namespace {

// Files of one name in a folder; more of them are a mistake elsewhere.
constexpr unsigned kNumberMost = 1'000'000;

constexpr std::size_t kCopyBytes = std::size_t{1} << 20;

Error MoveError(const std::string& what, int reason, const std::string& path) {
  return {ExitCode::kUsage, what + " (" + Reason(reason) + ")", path,
          "its rows are loaded; make both folders writable and run the same command again"};
}

Error NotThatFile(const std::string& path) {
  return {ExitCode::kInput, "the file has changed since it was loaded, and stays where it is", path,
          "let nobody write to a file that is ready"};
}

// Of two names in one file system; errno otherwise. EEXIST: nothing is written over.
bool RenameToFree(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  // A file system without it (NFS): a second name, which is never made over another file. It is on
  // the disk before the first one goes: a power cut might keep neither.
  if (::link(from.c_str(), to.c_str()) != 0) return false;
  return SyncFolder(FolderOf(to)) && ::unlink(from.c_str()) == 0;
}

std::size_t ReadSome(int descriptor, std::vector<char>& into) {
  for (;;) {
    const ssize_t got = ::read(descriptor, into.data(), into.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw MoveError("the file cannot be read", errno, "");
  }
}

void SyncNames(const std::string& folder) {
  if (!SyncFolder(folder)) throw MoveError("the folder cannot be synced", errno, folder);
}

// Under a name that is no input anywhere, with the file's time and rights; on the disk when it
// returns.
void Copy(const std::string& from, const std::string& to) {
  const Descriptor in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts {};
  if (in.value() < 0 || ::fstat(in.value(), &facts) != 0) {
    throw MoveError("the file cannot be read", errno, from);
  }
  const Descriptor out(
      ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, facts.st_mode & 0777U));
  if (out.value() < 0) throw MoveError("the copy cannot be made", errno, to);
  std::vector<char> block(kCopyBytes);
  while (const std::size_t got = ReadSome(in.value(), block)) {
    if (!WriteAll(out.value(), {block.data(), got})) {
      throw MoveError("the copy cannot be written", errno, to);
    }
  }
  const std::array<timespec, 2> times{facts.st_atim, facts.st_mtim};
  static_cast<void>(::futimens(out.value(), times.data()));  // for people
  if (::fsync(out.value()) != 0) throw MoveError("the copy cannot be synced", errno, to);
}

// Still the file that was loaded, by whatever name: its inode's facts do not change with a rename.
bool IsThat(const InputFile& file, const std::string& path) {
  const std::optional<InputFile> now = SourceFile::IdentityOf(path);
  return now && SameFile(*now, file);
}

class Move {
 public:
  Move(const InputFile& file, const std::string& folder, Failpoints& failpoints)
      : file_(file), folder_(folder), name_(NameOfPath(file.path)), failpoints_(failpoints) {}

  std::string Run() {
    if (!IsThat(file_, file_.path)) throw NotThatFile(file_.path);
    for (unsigned number = 0; number < kNumberMost; ++number) {
      const std::string target = folder_ + "/" + NumberedName(name_, number);
      if (TryTo(target)) return target;
    }
    throw MoveError("its folder has too many files of its name", EEXIST, folder_ + "/" + name_);
  }

 private:
  // False: another file has this name.
  bool TryTo(const std::string& target) {
    if (RenameToFree(file_.path, target)) {
      CheckMoved(target);
      return true;
    }
    if (errno == EXDEV) return CopyTo(target);
    if (errno != EEXIST) throw MoveError("the file cannot be moved", errno, file_.path);
    return IsThere(target);
  }

  // A writer that has come between the look and the move: what it has written was not loaded.
  void CheckMoved(const std::string& target) {
    if (IsThat(file_, target)) return;
    static_cast<void>(RenameToFree(target, file_.path));
    throw NotThatFile(file_.path);
  }

  // Moved before, by a run that was killed, perhaps before it could sync anything; or twice the
  // same text by one name.
  bool IsThere(const std::string& target) {
    if (!SameBytes(file_.path, target)) return false;
    if (!SyncFile(target)) throw MoveError("the copy cannot be synced", errno, target);
    SyncNames(folder_);
    Delete(file_);
    return true;
  }

  bool CopyTo(const std::string& target) {
    struct stat facts {};
    if (::lstat(target.c_str(), &facts) == 0) return IsThere(target);
    const std::string part = folder_ + "/." + name_ + ".onceload-copy";
    Copy(file_.path, part);
    if (!RenameToFree(part, target)) {
      const int reason = errno;
      ::unlink(part.c_str());
      if (reason == EEXIST) return IsThere(target);
      throw MoveError("the copy cannot be renamed", reason, target);
    }
    SyncNames(folder_);
    failpoints_.Hit("after_copy");
    Delete(file_);
    return true;
  }

  const InputFile& file_;
  const std::string& folder_;
  const std::string name_;
  Failpoints& failpoints_;
};

}  // namespace

std::string MoveInto(const InputFile& file, const std::string& folder, Failpoints& failpoints) {
  return Move(file, folder, failpoints).Run();
}

void Delete(const InputFile& file) {
  if (!IsThat(file, file.path)) throw NotThatFile(file.path);
  if (::unlink(file.path.c_str()) != 0 && errno != ENOENT) {
    throw MoveError("the file cannot be deleted", errno, file.path);
  }
}

bool SameBytes(const std::string& a, const std::string& b) {
  const Descriptor first(::open(a.c_str(), O_RDONLY | O_CLOEXEC));
  const Descriptor second(::open(b.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat of_first {};
  struct stat of_second {};
  if (first.value() < 0 || second.value() < 0 || ::fstat(first.value(), &of_first) != 0 ||
      ::fstat(second.value(), &of_second) != 0 || !S_ISREG(of_second.st_mode) ||
      of_first.st_size != of_second.st_size) {
    return false;
  }
  std::vector<char> one(kCopyBytes);
  std::vector<char> other(kCopyBytes);
  try {
    // Of regular files a read is short at their ends only.
    for (;;) {
      const std::size_t got = ReadSome(first.value(), one);
      if (got != ReadSome(second.value(), other)) return false;
      if (got == 0) return true;
      if (!std::equal(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(got), other.begin())) {
        return false;
      }
    }
  } catch (const Error&) {
    return false;
  }
}

std::string NumberedName(const std::string& name, unsigned number) {
  if (number == 0) return name;
  const std::size_t dot = name.find('.', 1);
  const std::string text = "." + std::to_string(number);
  return dot == std::string::npos ? name + text : name.substr(0, dot) + text + name.substr(dot);
}

}  // namespace onceload
