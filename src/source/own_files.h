// The files that this very command writes: never its input.
#pragma once

#include <set>
#include <string>
#include <utility>

#include <sys/stat.h>

#include "onceload/source/input_list.h"

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
  // The ledger with what SQLite and the locks keep beside it, the file of rejected rows, the
  // metrics, and every regular file that the process has open for writing: a log that its output
  // goes to.
  explicit OwnFiles(const InputWishes& wishes);

  bool Has(const FileId& id, const std::string& path) const;

 private:
  void Add(const std::string& path);
  void AddState(const std::string& state);
  void AddOpen();

  std::set<FileId> ids_;
  std::string metrics_;  // its canonical path; empty: none
};

}  // namespace onceload
