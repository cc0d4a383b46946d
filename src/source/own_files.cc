#include "source/own_files.h"

#include <cstdlib>
#include <filesystem>

#include <fcntl.h>

#include "onceload/core/path_name.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

std::string Canonical(const std::string& path) {
  std::error_code ignored;
  return fs::weakly_canonical(fs::absolute(path, ignored), ignored).string();
}

}  // namespace

OwnFiles::OwnFiles(const InputWishes& wishes) {
  for (const std::string& path : wishes.others) Add(path);
  if (!wishes.metrics.empty()) metrics_ = Canonical(wishes.metrics);
  if (wishes.state) AddState(*wishes.state);
  AddOpen();
}

bool OwnFiles::Has(const FileId& id, const std::string& path) const {
  if (ids_.contains(id)) return true;
  // By name first: the rest asks the file system of each folder above.
  return !metrics_.empty() && NameOfPath(path) == NameOfPath(metrics_) &&
         Canonical(path) == metrics_;
}

void OwnFiles::AddState(const std::string& state) {
  const fs::path path(state);
  Add(state);
  // "-wal" and "-shm" by name: SQLite removes them; the locks stay.
  const std::string name = path.filename().string();
  std::error_code ignored;
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (fs::directory_iterator it(directory, ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    const std::string beside = it->path().filename().string();
    if (beside.starts_with(name + "-") || beside.starts_with(name + ".lock-")) {
      Add(it->path().string());
    }
  }
}

void OwnFiles::Add(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode)) ids_.insert(IdOf(facts));
}

void OwnFiles::AddOpen() {
  std::error_code ignored;
  for (fs::directory_iterator it("/proc/self/fd", ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    const int descriptor = std::atoi(it->path().filename().c_str());
    struct stat facts {};
    if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
    const int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) ids_.insert(IdOf(facts));
  }
}

}  // namespace onceload
