// The file of rows that could not be loaded (--rejects): CSV, a record a row, itself exactly once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "onceload/core/descriptor.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/rejected_row.h"
#include "onceload/load/row_source.h"

namespace onceload {

// The file's first line.
std::string_view RejectsHeader(RejectsFormat format);

// Appends the row's line to `text`; every field is quoted (RFC 4180), so any bytes may be in it.
// `raw`: its own bytes, as far as they are kept.
void AppendRejectsLine(const RejectedRow& row, const InputFile& input, const std::string& load_id,
                       std::string_view raw, RejectsFormat format, std::string& text);

// Its length is part of every checkpoint: what lies behind it was written for a chunk that has not
// been committed, and is cut off. So whose the file is comes first: of two loads that name one file
// each would cut off the other's rows. Used by one thread.
class RejectsFile {
 public:
  // Of load `load_id`; `committed`: bytes that belong to its committed chunks. The file is locked
  // until the end. Throws Error(kDisagreement) if it is shorter, or begins with another load's
  // rows; Error(kUsage) if it cannot be written, is another load's (nothing of this one's is
  // committed yet), is open in another load, or was not written by a load at all. Whatever throws
  // has changed nothing.
  RejectsFile(const std::string& path, std::uint64_t committed, const std::string& load_id);
  RejectsFile(const RejectsFile&) = delete;
  RejectsFile& operator=(const RejectsFile&) = delete;

  // How it has to be gone on with.
  RejectsFormat format() const { return format_; }

  void Append(std::string_view text);
  // On disk afterwards, its name included. Before the transaction that counts these rows commits.
  void Sync();

 private:
  void CheckOwner(std::uint64_t size, std::uint64_t committed, const std::string& load_id);

  std::string path_;
  Descriptor descriptor_;
  RejectsFormat format_ = RejectsFormat::kSecond;
  bool dirty_ = false;
  bool name_synced_ = false;
};

}  // namespace onceload
