#include "checkpoint/state_path.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

constexpr char kNameAnother[] = "name another file with --state";

// std::filesystem::create_directories would make the parents open to everyone the umask allows.
void MakePrivateDirectories(const fs::path& directory) {
  std::error_code ignored;
  if (directory.empty() || fs::is_directory(directory, ignored)) return;
  if (directory.has_parent_path() && directory.parent_path() != directory) {
    MakePrivateDirectories(directory.parent_path());
  }
  if (::mkdir(directory.c_str(), 0700) == 0) return;
  const int error = errno;
  if (error == EEXIST && fs::is_directory(directory, ignored)) return;  // someone else just did
  throw Error(
      ExitCode::kUsage,
      std::string("the state file's directory cannot be made (") + std::strerror(error) + ")",
      directory.string(), kNameAnother);
}

}  // namespace

std::string ResolveStatePath(const std::string& path) {
  if (path.empty()) {
    throw Error(ExitCode::kUsage, "the state file's name is empty", "", kNameAnother);
  }
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error) throw Error(ExitCode::kUsage, error.message(), path, kNameAnother);
  fs::path resolved = fs::weakly_canonical(absolute, error);
  if (error) resolved = absolute.lexically_normal();  // opening it will say what is wrong
  if (fs::is_directory(resolved, error)) {
    throw Error(ExitCode::kUsage, "the state file is a directory", resolved.string(), kNameAnother);
  }
  return resolved.string();
}

void MakeStateDirectory(const std::string& resolved_path) {
  const fs::path directory = fs::path(resolved_path).parent_path();
  MakePrivateDirectories(directory);
  // Asked here, because SQLite tries a second time, for reading, and then tells of that attempt.
  if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return;
  const int error = errno;
  throw Error(
      ExitCode::kUsage,
      std::string("the state file's directory cannot be written (") + std::strerror(error) + ")",
      directory.string(), "make it writable, or name another file with --state");
}

}  // namespace onceload
