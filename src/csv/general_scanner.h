// Splits bytes in memory into the fields of one record, for any dialect.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "csv/scanned_record.h"
#include "onceload/csv/dialect.h"

namespace onceload {

// Byte by byte: what RecordScanner does for the plain dialect with masks. One scanner with masks
// for all dialects would pay for the rare ones in each row of the common one.
class GeneralScanner {
 public:
  static constexpr bool kComments = true;

  explicit GeneralScanner(Dialect dialect);

  // As RecordScanner::Scan(), but reads nothing at or after `end`.
  ScannedRecord Scan(const char* begin, const char* end, bool last);

  // Of the last complete record; valid until the next Scan().
  std::span<const std::string_view> fields() const { return fields_; }
  // 1 for each field that is null; empty if the dialect has no null text.
  std::span<const std::uint8_t> nulls() const { return nulls_; }
  // Where each field begins in the scanned bytes, its opening quote included.
  std::span<const char* const> begins() const { return begins_; }

  // How many quoted fields all calls of Scan() have come upon.
  std::uint64_t quoted() const { return quoted_; }

 private:
  const char* ScanField(const char* at, ScannedRecord& found);
  const char* ScanQuoted(const char* open, ScannedRecord& found);
  const char* CloseField(const char* at, ScannedRecord& found);
  const char* ScanText(const char* at);
  const char* CopyRun(const char* at);
  const char* Escaped(const char* at);
  const char* SkipBlanks(const char* at) const;
  bool AtDelimiter(const char* at) const;
  bool AtFieldEnd(const char* at) const;

  Dialect dialect_;
  std::array<bool, 256> stops_{};  // bytes that may be more than text
  const char* end_ = nullptr;
  std::string text_;               // all fields of the record, one after the other
  std::vector<std::size_t> ends_;  // of each field in text_
  std::vector<std::string_view> fields_;
  std::vector<std::uint8_t> nulls_;
  std::vector<const char*> begins_;
  std::uint64_t quoted_ = 0;
};

}  // namespace onceload
