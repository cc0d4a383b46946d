// RecordReader's inside; a template so that tests run it with either byte scanner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "csv/read_buffer.h"
#include "csv/record_end_finder.h"
#include "csv/record_scanner.h"
#include "csv/row_findings.h"
#include "onceload/csv/record_reader.h"

namespace onceload {

template <typename ByteScanner>
class ReaderCore {
 public:
  ReaderCore(const SourceFile& file, const ReaderStart& start)
      : scanner_(start.dialect),
        buffer_(file, start.position, start.block_bytes,
                std::max(start.record_bytes_max, kByteOrderMark.size()), kScanBytes),
        dialect_(start.dialect),
        columns_(start.columns),
        limit_(start.record_bytes_max),
        file_(start.position.file),
        rows_(start.position.row.value),
        empty_lines_(start.position.empty_lines),
        at_file_begin_(start.position.byte == ByteOffset{0}) {}

  ReadStatus Next() {
    if (at_file_begin_) SkipByteOrderMark();
    for (;;) {
      if (buffer_.size() == 0 && !buffer_.Fill()) return ReadStatus::kEnd;
      const char* begin = buffer_.begin();
      const ScannedRecord found = scanner_.Scan(begin, buffer_.end(), buffer_.last());
      if (!found.complete && buffer_.size() <= limit_) {
        buffer_.Fill();  // or learns that this is the end, which completes the record
        continue;
      }
      const auto length = static_cast<std::size_t>(found.end - begin);
      if (found.complete && found.content_end == begin) {
        buffer_.Consume(length);
        ++empty_lines_;
        continue;
      }
      ++rows_;
      return found.complete && length <= limit_ ? Take(found, length) : TakeLong(found);
    }
  }

  const Record& record() const { return record_; }
  const BadRow& bad_row() const { return bad_row_; }

  InputPosition position() { return PositionAt(rows_, 0); }
  InputPosition position_before() { return taken_ ? PositionAt(rows_ - 1, *taken_) : before_long_; }

 private:
  static constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

  // `back` bytes before the buffer's begin, with `rows` rows before that.
  InputPosition PositionAt(std::uint64_t rows, std::size_t back) {
    return {.file = file_,
            .byte = ByteOffset{buffer_.offset().value - back},
            .row = RowNumber{rows},
            .empty_lines = empty_lines_,
            .prefix = buffer_.fingerprint(back)};
  }

  void SkipByteOrderMark() {
    at_file_begin_ = false;
    while (buffer_.size() < kByteOrderMark.size() && buffer_.Fill()) continue;
    if (buffer_.view().starts_with(kByteOrderMark)) buffer_.Consume(kByteOrderMark.size());
  }

  // The record found, `length` bytes with its record end.
  ReadStatus Take(const ScannedRecord& found, std::size_t length) {
    const char* begin = buffer_.begin();
    const std::string_view raw(begin, static_cast<std::size_t>(found.content_end - begin));
    const ByteOffset at = buffer_.offset();
    buffer_.Consume(length);
    taken_ = length;
    if (found.odd || found.text_after_quote != nullptr || found.open_quote != nullptr) {
      std::optional<Finding> finding = ContentFault(found, begin, raw, true);
      if (found.open_quote != nullptr) Earlier(OpenQuote(Index(found.open_quote, begin)), finding);
      if (finding) return Reject(std::move(*finding), at, raw);
    }
    const auto fields = scanner_.fields();
    if (columns_ != 0 && fields.size() != columns_) {
      return Reject(Ragged(fields.size(), columns_), at, raw);
    }
    record_ = {at, buffer_.offset(), RowNumber{rows_}, fields, raw};
    return ReadStatus::kRecord;
  }

  // A record longer than the limit, its end perhaps not read yet.
  ReadStatus TakeLong(const ScannedRecord& found) {
    const char* begin = buffer_.begin();
    const ByteOffset at = buffer_.offset();
    // Only what lies within the limit is judged: the result must not depend on how much is held.
    std::optional<Finding> finding = ContentFault(found, begin, {begin, limit_}, false);
    RecordEndFinder finder(dialect_);
    finder.Feed({begin, limit_});
    const std::optional<std::uint64_t> open_at_limit = finder.open_quote();
    before_long_ = PositionAt(rows_ - 1, 0);
    taken_.reset();
    buffer_.Consume(limit_);
    do {
      buffer_.Consume(finder.Feed(buffer_.view()));
    } while (!finder.done() && buffer_.Fill());
    // An open quote is why the rest of the file is lost, so it is told even if it opened behind the
    // limit.
    if (const auto open = finder.open_quote()) {
      Earlier(OpenQuote(*open), finding);
    } else {
      Earlier(TooLong(limit_, open_at_limit), finding);
    }
    return Reject(std::move(*finding), at, {});
  }

  static std::uint64_t Index(const char* at, const char* begin) {
    return static_cast<std::uint64_t>(at - begin);
  }

  // Keeps the one that comes first.
  static void Earlier(Finding other, std::optional<Finding>& finding) {
    if (!finding || other.at < finding->at) finding = std::move(other);
  }

  // The first fault of `text`, a record's begin or all of it, that its bytes alone make.
  static std::optional<Finding> ContentFault(const ScannedRecord& found, const char* begin,
                                             std::string_view text, bool whole) {
    std::optional<Finding> finding;
    if (found.odd) finding = FindOddByte(text, whole);
    if (const char* at = found.text_after_quote; at != nullptr && Index(at, begin) < text.size()) {
      Earlier(TextAfterQuote(Index(at, begin)), finding);
    }
    return finding;
  }

  ReadStatus Reject(Finding finding, ByteOffset begin, std::string_view raw) {
    bad_row_ = {.fault = finding.fault,
                .begin = begin,
                .end = buffer_.offset(),
                .row = RowNumber{rows_},
                .at = ByteOffset{begin.value + finding.at},
                .detail = std::move(finding.detail),
                .raw = raw};
    return ReadStatus::kBadRow;
  }

  RecordScanner<ByteScanner> scanner_;
  ReadBuffer buffer_;
  Dialect dialect_;
  std::size_t columns_;
  std::size_t limit_;
  std::uint32_t file_;
  std::uint64_t rows_;
  std::uint64_t empty_lines_;
  bool at_file_begin_;
  Record record_;
  BadRow bad_row_;
  std::optional<std::size_t> taken_;  // bytes of the last record; nullopt: it was too long
  InputPosition before_long_;
};

}  // namespace onceload
