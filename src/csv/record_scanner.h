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
#include "onceload/csv/record_reader.h"

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

// What RecordScanner::Scan() found. Pointers are into the scanned bytes.
struct ScannedRecord {
  bool complete = false;                   // false: the record's end lies further on
  const char* content_end = nullptr;       // without the record end
  const char* end = nullptr;               // with it
  bool odd = false;                        // holds a NUL or a byte that is not ASCII
  const char* text_after_quote = nullptr;  // first byte that follows a closing quote wrongly
  const char* open_quote = nullptr;        // opening quote of a field without a closing one
};

template <typename ByteScanner>
class RecordScanner {
 public:
  explicit RecordScanner(Dialect dialect) : dialect_(dialect), byte_scanner_(dialect) {}

  // Scans the record that begins at `begin`, begin < end; StopCursor says what must be readable.
  // `last`: the file ends at `end`. An incomplete record is scanned again from its beginning when
  // there is more of it: once a block, and cheaper than keeping the state in memory for each byte.
  ScannedRecord Scan(const char* begin, const char* end, bool last) {
    fields_.clear();
    doubled_.clear();
    ScannedRecord found;
    StopCursor<ByteScanner> stops(byte_scanner_, begin, end);
    const char* field = begin;
    for (;;) {
      const char* at = stops.Next();
      if (at != end && *at == dialect_.quote) {
        if (at != field) continue;  // a quote inside an unquoted field is text
        at = ScanQuoted(field, end, stops, found);
      } else {
        fields_.emplace_back(field, static_cast<std::size_t>(at - field));
      }
      if (at != end && *at == dialect_.delimiter) {
        field = at + 1;
        continue;
      }
      found.odd = stops.OddBefore(at);
      Finish(at, end, last, found);
      return found;
    }
  }

  // Of the last complete record: unquoted, valid until the next Scan().
  std::span<const std::string_view> fields() const { return fields_; }

 private:
  // The field that opens with the quote at `open`. Returns the delimiter or record end behind it.
  const char* ScanQuoted(const char* open, const char* end, StopCursor<ByteScanner>& stops,
                         ScannedRecord& found) {
    bool doubled = false;
    const char* at = stops.Next();
    for (;;) {
      while (at != end && *at != dialect_.quote) at = stops.Next();
      if (at == end) {
        found.open_quote = open;
        return end;
      }
      const char* quote = at;
      at = stops.Next();
      if (at == end || at != quote + 1 || *at != dialect_.quote) {
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
    while (at != end && *at == dialect_.quote) at = stops.Next();
    return at;
  }

  void Finish(const char* at, const char* end, bool last, ScannedRecord& found) {
    found.content_end = at;
    if (at == end) {
      found.complete = last;
      found.end = end;
    } else if (*at == '\n') {
      found.complete = true;
      found.end = at + 1;
    } else {  // CR, perhaps of a CRLF whose LF is not here yet
      const bool followed = at + 1 != end;
      found.complete = followed || last;
      found.end = followed && at[1] == '\n' ? at + 2 : at + 1;
    }
    if (found.complete && !doubled_.empty()) CopyDoubled();
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
        skip = c == dialect_.quote && !skip;
        if (!skip) copies_ += c;
      }
      fields_[i] = std::string_view(copies_).substr(begin);
    }
  }

  Dialect dialect_;
  ByteScanner byte_scanner_;
  std::vector<std::string_view> fields_;
  std::vector<std::size_t> doubled_;  // indices of fields with doubled quotes
  std::string copies_;
};

}  // namespace onceload
