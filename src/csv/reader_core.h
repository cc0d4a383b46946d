// RecordReader's inside; a template because there are a fast scanner for the plain dialect, with
// either byte scanner, and a general one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "csv/general_scanner.h"
#include "csv/line_ends.h"
#include "csv/read_buffer.h"
#include "csv/record_end_finder.h"
#include "csv/record_scanner.h"
#include "csv/row_findings.h"
#include "onceload/core/utf8.h"
#include "onceload/csv/record_reader.h"

namespace onceload {

template <typename Scanner>
class BasicReaderCore {
 public:
  BasicReaderCore(const SourceFile& file, const ReaderStart& start)
      : scanner_(start.dialect),
        buffer_(file, start.position, start.block_bytes, HeldMax(start), kScanBytes),
        dialect_(start.dialect),
        columns_(start.columns),
        limit_(start.record_bytes_max),
        refuses_marks_(start.rules >= Rules::kSecond && start.columns != 0),
        empty_is_null_(start.rules >= Rules::kSecond && start.columns == 1 &&
                       start.dialect.null_text == ""),
        line_end_text_(TextOf(start.line_end)),
        file_(start.position.file),
        rows_(start.position.row.value),
        empty_lines_(start.position.empty_lines),
        begin_(start.position.byte) {}

  ReadStatus Next() {
    Settle();
    if (begin_) SkipBegin();
    for (;;) {
      if (buffer_.size() == 0 && !buffer_.Fill()) return ReadStatus::kEnd;
      if constexpr (Scanner::kComments) {
        if (SkipComment()) continue;
      }
      if (*buffer_.begin() == kByteOrderMark.front() && refuses_marks_) [[unlikely]] {
        if (const Mark mark = MarkHere(); mark.bytes > 0) return NextBehind(mark);
      }
      const char* begin = buffer_.begin();
      const ScannedRecord found = scanner_.Scan(begin, buffer_.end(), buffer_.last());
      if (!found.complete && buffer_.size() <= limit_ + LookAhead(dialect_)) {
        buffer_.Fill();  // or learns that this is the end, which completes the record
        continue;
      }
      const auto length = static_cast<std::size_t>(found.end - begin);
      const bool fits = found.complete && length <= limit_;
      const bool empty = found.content_end == begin || (found.blank && fits);
      if (found.complete && empty && !empty_is_null_) {
        buffer_.Consume(length);
        ++empty_lines_;
        continue;
      }
      ++rows_;
      if (!fits) return TakeLong(found, {});
      return Take(found, length);
    }
  }

  void PassOver() {
    --rows_;
    ++empty_lines_;
  }

  const Record& record() const { return record_; }
  const BadRow& bad_row() const { return bad_row_; }
  LineEnd line_end() const { return LineEndOf(line_end_text_); }
  const std::optional<OddLineEnd>& odd_line_end() const { return odd_line_end_; }

  InputPosition position() {
    Settle();
    return PositionHere(rows_);
  }

  HeldText Hold() { return buffer_.Hold(); }

  InputPosition position_before() { return pending_ > 0 ? PositionHere(rows_ - 1) : before_long_; }

 private:
  // What stands before a row that is bad because of it.
  struct Mark {
    std::size_t bytes = 0;  // 0: nothing does
    bool comment = false;   // what stands behind it would be a comment
  };

  // Bytes behind a byte that must be held for the byte to be judged: is it a delimiter's first?
  static std::size_t LookAhead(const Dialect& dialect) { return dialect.delimiter.size() - 1; }

  static std::size_t HeldMax(const ReaderStart& start) {
    return std::max(start.record_bytes_max + LookAhead(start.dialect),
                    kByteOrderMark.size() + start.dialect.comment.size());
  }

  InputPosition PositionHere(std::uint64_t rows) {
    return {.file = file_,
            .byte = buffer_.offset(),
            .row = RowNumber{rows},
            .empty_lines = empty_lines_,
            .prefix = buffer_.fingerprint()};
  }

  // Moves behind what Next() has returned. Not done there, so that position_before() needs no byte
  // twice.
  void Settle() {
    buffer_.Consume(pending_);
    pending_ = 0;
  }

  void SkipBegin() {
    const ByteOffset begin = *std::exchange(begin_, std::nullopt);
    begin == ByteOffset{0} ? SkipFileBegin() : SkipLateEnd(begin);
  }

  // What was read last before `begin` may have had no end, or half of one, for the file ended there
  // then. The rest of it, which has come since, is no empty line, and no row of one null.
  void SkipLateEnd(ByteOffset begin) {
    const char before = buffer_.before_begin();
    const bool mark = begin.value == kByteOrderMark.size() && before == kByteOrderMark.back();
    if (before == '\n' || mark || !Hold(1)) return;
    const bool half = before == '\r';
    if (!half && *buffer_.begin() == '\r') {
      buffer_.Consume(1);
      if (!Hold(1)) return;
    } else if (!half && *buffer_.begin() != '\n') {
      return;
    }
    if (*buffer_.begin() == '\n') buffer_.Consume(1);
  }

  void SkipFileBegin() {
    Hold(kByteOrderMark.size());
    if (buffer_.view().starts_with(kByteOrderMark)) buffer_.Consume(kByteOrderMark.size());
    for (std::uint64_t i = 0; i < dialect_.skip_lines && Hold(1); ++i) SkipLine();
  }

  // False: the file has not as many bytes left.
  bool Hold(std::size_t bytes) {
    while (buffer_.size() < bytes && buffer_.Fill()) continue;
    return buffer_.size() >= bytes;
  }

  // To behind the next line end, or to the end of the file. Lines of any length.
  void SkipLine() {
    for (;;) {
      const std::size_t at = buffer_.view().find_first_of("\r\n");
      if (at != std::string_view::npos) {
        const bool cr = buffer_.view()[at] == '\r';
        buffer_.Consume(at + 1);
        if (cr && Hold(1) && *buffer_.begin() == '\n') buffer_.Consume(1);
        return;
      }
      buffer_.Consume(buffer_.size());
      if (!buffer_.Fill()) return;
    }
  }

  bool SkipComment() {
    const std::string& sign = dialect_.comment;
    if (sign.empty() || !Hold(sign.size()) || !buffer_.view().starts_with(sign)) return false;
    SkipLine();
    ++empty_lines_;
    return true;
  }

  [[gnu::noinline]] Mark MarkHere() {
    const std::string& sign = dialect_.comment;
    Hold(kByteOrderMark.size() + sign.size());
    if (!buffer_.view().starts_with(kByteOrderMark)) return {};
    const std::string_view behind = buffer_.view().substr(kByteOrderMark.size());
    return {kByteOrderMark.size(), !sign.empty() && behind.starts_with(sign)};
  }

  // Next() for a row behind `mark`. Whatever else is wrong with it, the mark comes first.
  [[gnu::noinline]] ReadStatus NextBehind(Mark mark) {
    ScannedRecord found = ScanBehind(mark);
    while (!found.complete && buffer_.size() <= limit_ + LookAhead(dialect_)) {
      buffer_.Fill();
      found = ScanBehind(mark);
    }
    ++rows_;
    const auto length = static_cast<std::size_t>(found.end - buffer_.begin());
    if (!found.complete || length > limit_) return TakeLong(found, mark);
    NoteLineEnd(EndOf(found), buffer_.offset());
    pending_ = length;
    const std::string_view raw(buffer_.begin(),
                               static_cast<std::size_t>(found.content_end - buffer_.begin()));
    return RejectHeld(ByteOrderMark(), raw);
  }

  // By the general scanner, which reads alike: a second call of the fast one's Scan() would keep
  // the compiler from inlining all of it in Next(), which costs each row a quarter more
  // instructions.
  ScannedRecord ScanBehind(Mark mark) const {
    const char* at = buffer_.begin() + mark.bytes;
    if (mark.comment) return ScanLine(at);
    return GeneralScanner(dialect_).Scan(at, buffer_.end(), buffer_.last());
  }

  // As a scanner's Scan(), but of a comment.
  ScannedRecord ScanLine(const char* begin) const {
    ScannedRecord found;
    const char* end = buffer_.end();
    const char* at = std::find_if(begin, end, [](char c) { return c == '\n' || c == '\r'; });
    FinishRecord(at, end, buffer_.last(), found);
    return found;
  }

  static LineEnd EndOf(const ScannedRecord& found) {
    return LineEndOf({found.content_end, static_cast<std::size_t>(found.end - found.content_end)});
  }

  // Of the row that begins at `begin`, the newest one counted.
  [[gnu::noinline]] void NoteLineEnd(LineEnd line_end, ByteOffset begin) {
    if (line_end == LineEnd::kNoEnd || line_end == this->line_end()) return;
    if (this->line_end() == LineEnd::kNoEnd) {
      line_end_text_ = TextOf(line_end);
    } else if (!odd_line_end_) {
      odd_line_end_ = {RowNumber{rows_}, begin, line_end};
    }
  }

  // The record found, `length` bytes with its record end. Inlined as Scan() is.
  [[gnu::always_inline]] inline ReadStatus Take(const ScannedRecord& found, std::size_t length) {
    const char* begin = buffer_.begin();
    const std::string_view raw(begin, static_cast<std::size_t>(found.content_end - begin));
    pending_ = length;
    // A byte is readable even at the buffer's end.
    if (length - raw.size() != line_end_text_.size() ||
        *found.content_end != *line_end_text_.data()) {
      NoteLineEnd(EndOf(found), buffer_.offset());
    }
    if (found.odd || found.text_after_quote != nullptr || found.open_quote != nullptr) {
      std::optional<RowFinding> finding = ContentFault(found, begin, raw, true);
      if (found.open_quote != nullptr) Earlier(OpenQuote(Index(found.open_quote, begin)), finding);
      if (finding) return RejectHeld(*finding, raw);
    }
    const auto fields = scanner_.fields();
    if (columns_ != 0 && fields.size() != columns_) {
      return RejectHeld(Ragged(fields.size(), columns_), raw);
    }
    const ByteOffset at = buffer_.offset();
    record_ = {
        at,          ByteOffset{at.value + length}, RowNumber{rows_}, fields, raw, scanner_.nulls(),
        empty_lines_};
    return ReadStatus::kRecord;
  }

  // A record longer than the limit, its end perhaps not read yet.
  [[gnu::noinline]] ReadStatus TakeLong(const ScannedRecord& found, Mark mark) {
    const char* begin = buffer_.begin();
    // Only what lies within the limit is judged: the result must not depend on how much is held.
    std::optional<RowFinding> finding =
        mark.bytes > 0 ? ByteOrderMark() : ContentFault(found, begin, {begin, limit_}, false);
    long_raw_.assign(begin, std::min(limit_, static_cast<std::size_t>(found.content_end - begin)));
    RecordEndFinder finder(mark.comment ? Dialect{.quote = '\0'} : dialect_, mark.bytes);
    finder.Feed({begin, limit_});
    const std::optional<std::uint64_t> open_at_limit = finder.open_quote();
    before_long_ = PositionHere(rows_ - 1);
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
    NoteLineEnd(finder.line_end(), before_long_.byte);
    return Reject(*finding, long_raw_, finder.lines(), finder.text_bytes());
  }

  static std::uint64_t Index(const char* at, const char* begin) {
    return static_cast<std::uint64_t>(at - begin);
  }

  // Keeps the one that comes first.
  static void Earlier(RowFinding other, std::optional<RowFinding>& finding) {
    if (!finding || other.at < finding->at) finding = std::move(other);
  }

  // The first fault of `text`, a record's begin or all of it, that its bytes alone make.
  static std::optional<RowFinding> ContentFault(const ScannedRecord& found, const char* begin,
                                                std::string_view text, bool whole) {
    std::optional<RowFinding> finding;
    if (found.odd) finding = FindOddByte(text, whole);
    if (const char* at = found.text_after_quote; at != nullptr && Index(at, begin) < text.size()) {
      Earlier(TextAfterQuote(Index(at, begin)), finding);
    }
    return finding;
  }

  // A row that is held as a whole.
  ReadStatus RejectHeld(const RowFinding& finding, std::string_view raw) {
    return Reject(finding, raw, LinesOfRow(raw, pending_ > raw.size()), raw.size());
  }

  ReadStatus Reject(const RowFinding& finding, std::string_view raw, std::uint64_t lines,
                    std::uint64_t text_bytes) {
    const ByteOffset begin = pending_ > 0 ? buffer_.offset() : before_long_.byte;
    bad_row_ = {.fault = finding.fault,
                .begin = begin,
                .end = ByteOffset{buffer_.offset().value + pending_},
                .row = RowNumber{rows_},
                .at = ByteOffset{begin.value + finding.at},
                .detail = finding.detail + SpanOfLines(lines),
                .raw = raw,
                .lines = lines,
                .text_bytes = text_bytes,
                .empty_lines = empty_lines_};
    return ReadStatus::kBadRow;
  }

  Scanner scanner_;
  ReadBuffer buffer_;
  Dialect dialect_;
  std::size_t columns_;
  std::size_t limit_;
  bool refuses_marks_;
  bool empty_is_null_;
  std::string_view line_end_text_;  // of the rows; empty: not known yet. A NUL follows that
  std::uint32_t file_;
  std::uint64_t rows_;
  std::uint64_t empty_lines_;
  std::optional<ByteOffset> begin_;  // where Next() is to begin; nullopt: it has
  std::size_t pending_ = 0;    // bytes of the last record, not yet consumed; 0: it was too long
  InputPosition before_long_;  // of the last record that was too long to be held
  std::string long_raw_;
  Record record_;
  BadRow bad_row_;
  std::optional<OddLineEnd> odd_line_end_;
};

template <typename ByteScanner>
using ReaderCore = BasicReaderCore<RecordScanner<ByteScanner>>;
using GeneralReaderCore = BasicReaderCore<GeneralScanner>;

}  // namespace onceload
