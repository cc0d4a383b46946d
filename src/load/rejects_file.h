// The file of rows that could not be loaded (--rejects): CSV, one line a row, itself exactly once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "onceload/core/rejected_row.h"

namespace onceload {

inline constexpr std::string_view kRejectsHeader = "file,row,byte,reason,column,detail,row_text\n";

// Appends the row's line to `text`; every field is quoted (RFC 4180), so any bytes may be in it.
void AppendRejectsLine(const RejectedRow& row, const std::string& path, std::string_view raw,
                       std::string& text);

// Its length is part of every checkpoint: what lies behind it was written for a chunk that has not
// been committed, and is cut off. Used by one thread.
class RejectsFile {
 public:
  // `committed`: bytes that belong to committed chunks. Throws Error(kDisagreement) if the file is
  // shorter; Error(kUsage) if it cannot be written, or if nothing is committed and what is in it
  // was not written by a load.
  RejectsFile(const std::string& path, std::uint64_t committed);
  ~RejectsFile();
  RejectsFile(const RejectsFile&) = delete;
  RejectsFile& operator=(const RejectsFile&) = delete;

  void Append(std::string_view text);
  // On disk afterwards. Before the transaction that counts these rows commits.
  void Sync();

 private:
  std::string path_;
  int descriptor_ = -1;
  bool dirty_ = false;
};

}  // namespace onceload
