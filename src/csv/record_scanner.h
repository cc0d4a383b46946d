// Splits bytes in memory into the fields of one record.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "csv/byte_scanner.h"
#include "csv/scanned_record.h"
#include "onceload/csv/dialect.h"

namespace onceload {

// Walks the stops in [begin, end) in order. kScanBytes bytes must be readable from every byte
// before `end`, what they hold past it does not matter.
template <typename ByteScanner>
class StopCursor {
 public:
  StopCursor(const ByteScanner& scanner, const char* begin, const char* end)
      : scanner_(scanner), end_(end) {
    Load(begin);
  }

  // The next delimiter, quote, LF or CR; `end` when there is none.
  const char* Next() {
    while (masks_.stops == 0) {
      if (Left() <= kScanBytes) return end_;
      odd_before_ |= masks_.odd;
      Load(block_ + kScanBytes);
    }
    const char* at = block_ + std::countr_zero(masks_.stops);
    masks_.stops &= masks_.stops - 1;
    return at;
  }

  // Is there a NUL or a byte that is not ASCII before `at`, the last result of Next()?
  bool OddBefore(const char* at) const {
    return (odd_before_ | (masks_.odd & Below(static_cast<std::size_t>(at - block_)))) != 0;
  }

 private:
  static std::uint64_t Below(std::size_t bit) {
    return bit < kScanBytes ? (std::uint64_t{1} << bit) - 1 : ~std::uint64_t{0};
  }

  std::size_t Left() const { return static_cast<std::size_t>(end_ - block_); }

  void Load(const char* block) {
    block_ = block;
    masks_ = scanner_(block);
    if (Left() < kScanBytes) {
      masks_.stops &= Below(Left());
      masks_.odd &= Below(Left());
    }
  }

  const ByteScanner& scanner_;
  const char* end_;
  const char* block_ = nullptr;
  ByteMasks masks_;
  std::uint64_t odd_before_ = 0;
};

// Can RecordScanner read it? (What stands before the first row is no matter of a scanner.)
inline bool IsPlain(const Dialect& dialect) {
  return dialect.delimiter.size() == 1 && dialect.quote != '\0' && dialect.escape == '\0' &&
         dialect.comment.empty() && !dialect.trim && !dialect.null_text;
}

// For a plain dialect.
template <typename ByteScanner>
class RecordScanner {
 public:
  static constexpr bool kComments = false;

  explicit RecordScanner(const Dialect& dialect)
      : delimiter_(dialect.delimiter.front()),
        quote_(dialect.quote),
        byte_scanner_(delimiter_, quote_) {}

  // Scans the record that begins at `begin`, begin < end; StopCursor says what must be readable.
  // `last`: the file ends at `end`. An incomplete record is scanned again from its beginning when
  // there is more of it: once a block, and cheaper than keeping the state in memory for each byte.
  //
  // The attribute: left to itself, GCC 12 makes it a call, which costs each row 2 % more
  // instructions.
  [[gnu::always_inline]] inline ScannedRecord Scan(const char* begin, const char* end, bool last) {
    fields_.clear();
    doubled_.clear();
    ScannedRecord found;
    StopCursor<ByteScanner> stops(byte_scanner_, begin, end);
    const char* field = begin;
    for (;;) {
      const char* at = stops.Next();
      if (at != end && *at == quote_) {
        if (at != field) continue;  // a quote inside an unquoted field is text
        at = ScanQuoted(field, end, stops, found);
      } else {
        fields_.emplace_back(field, static_cast<std::size_t>(at - field));
      }
      if (at != end && *at == delimiter_) {
        field = at + 1;
        continue;
      }
      found.odd = stops.OddBefore(at);
      FinishRecord(at, end, last, found);
      if (found.complete && !doubled_.empty()) CopyDoubled();
      return found;
    }
  }

  // Of the last complete record: unquoted, valid until the next Scan().
  std::span<const std::string_view> fields() const { return fields_; }
  // As GeneralScanner's: this dialect has no null text.
  static std::span<const std::uint8_t> nulls() { return {}; }

 private:
  // The field that opens with the quote at `open`. Returns the delimiter or record end behind it.
  const char* ScanQuoted(const char* open, const char* end, StopCursor<ByteScanner>& stops,
                         ScannedRecord& found) {
    bool doubled = false;
    const char* at = stops.Next();
    for (;;) {
      while (at != end && *at != quote_) at = stops.Next();
      if (at == end) {
        found.open_quote = open;
        return end;
      }
      const char* quote = at;
      at = stops.Next();
      if (at == end || at != quote + 1 || *at != quote_) {
        return CloseField(open, quote, doubled, at, end, stops, found);
      }
      doubled = true;
      at = stops.Next();
    }
  }

  // The quoted field [open, close] is followed by the stop `at`.
  const char* CloseField(const char* open, const char* close, bool doubled, const char* at,
                         const char* end, StopCursor<ByteScanner>& stops, ScannedRecord& found) {
    if (doubled) doubled_.push_back(fields_.size());
    fields_.emplace_back(open + 1, static_cast<std::size_t>(close - open - 1));
    if (at != close + 1 && found.text_after_quote == nullptr) found.text_after_quote = close + 1;
    while (at != end && *at == quote_) at = stops.Next();
    return at;
  }

  // Only now, as the room all of them need is known only now: growing would move the first ones.
  void CopyDoubled() {
    std::size_t room = 0;
    for (const std::size_t i : doubled_) room += fields_[i].size();
    copies_.clear();
    copies_.reserve(room);
    for (const std::size_t i : doubled_) {
      const std::size_t begin = copies_.size();
      bool skip = false;
      for (const char c : fields_[i]) {
        skip = c == quote_ && !skip;
        if (!skip) copies_ += c;
      }
      fields_[i] = std::string_view(copies_).substr(begin);
    }
  }

  char delimiter_;
  char quote_;
  ByteScanner byte_scanner_;
  std::vector<std::string_view> fields_;
  std::vector<std::size_t> doubled_;  // indices of fields with doubled quotes
  std::string copies_;
};

}  // namespace onceload
