// The files that this very command writes: never its input.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>

#include <sys/stat.h>

namespace onceload {

// A file as the file system knows it, whatever its names.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;

  auto operator<=>(const FileId&) const = default;
};
inline FileId IdOf(const struct stat& facts) { return {facts.st_dev, facts.st_ino}; }

// As they are when it is made; a file that is not there yet is in no list yet.
class OwnFiles {
 public:
  // The ledger with what SQLite and the locks keep beside it, the file of rejected rows (empty:
  // none), and every regular file that the process has open for writing: a log that its output goes
  // to.
  OwnFiles(const std::optional<std::string>& state, const std::string& rejects);

  bool Has(const FileId& id) const { return ids_.contains(id); }

 private:
  void Add(const std::string& path);
  void AddOpen();

  std::set<FileId> ids_;
};

}  // namespace onceload
