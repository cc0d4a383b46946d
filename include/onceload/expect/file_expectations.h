// What somebody else says of the files: how many rows, which bytes, which sums. Held against the
// files before anything is sent, and by an audit against what it has read.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "onceload/csv/dialect.h"
#include "onceload/source/encoding.h"

namespace onceload {

struct ExpectationTexts {
  std::optional<std::uint64_t> rows;                      // of all files
  std::string manifest;                                   // a file; empty: none
  std::vector<std::pair<std::string, std::string>> sums;  // column, decimal
};

// How the files are read.
struct RowReading {
  Dialect dialect;
  Encoding encoding = Encoding::kUtf8;
  std::uint64_t record_bytes_max = 0;
  std::uint64_t skip_footer = 0;
};

class FileExpectations {
 public:
  // Reads the manifest. Throws Error(kUsage): it is none, or a sum is no decimal.
  explicit FileExpectations(const ExpectationTexts& texts);
  ~FileExpectations();
  FileExpectations(const FileExpectations&) = delete;
  FileExpectations& operator=(const FileExpectations&) = delete;

  // Names, bytes and hashes: each of `paths` is in the manifest, and each file of the manifest
  // whose name ends as one of theirs (".csv") is among them. No-op without a manifest. A path is
  // that of the manifest, from its folder; where none of it is given so, that of the same file
  // name. Throws Error(kInput) that names file, what was expected and what was found.
  void CheckBytes(const std::vector<std::string>& paths) const;
  // Rows, also those that cannot be loaded, and sums, to which such rows do not count; empty cells
  // count as nothing. One pass over the files, if any of that is expected. Throws as above, and
  // Error(kUsage) for a sum of a column that is not there; Error(kStopped) once `stop` is set.
  void CheckRows(const std::vector<std::string>& paths, const RowReading& reading,
                 const std::atomic<bool>& stop) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
