#include "csv/row_findings.h"

#include "onceload/core/utf8.h"

namespace onceload {
namespace {

std::string Hex(char c) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return {'0', 'x', kDigits[byte >> 4U], kDigits[byte & 15U]};
}

std::string CountOfFields(std::size_t n) {
  return std::to_string(n) + (n == 1 ? " field" : " fields");
}

}  // namespace

std::optional<RowFinding> FindOddByte(std::string_view text, bool whole) {
  // A NUL is valid UTF-8 and ends no sequence well, so the text before it can be judged alone.
  const std::size_t nul = text.find('\0');
  const std::optional<Utf8Fault> utf8 = FindUtf8Fault(text.substr(0, nul));
  if (utf8 && (whole || nul != std::string_view::npos || !utf8->cut)) {
    return RowFinding{RowFault::kInvalidUtf8, utf8->at,
                      "not UTF-8 (" + Hex(text[utf8->at]) + ": " + std::string(utf8->reason) + ")"};
  }
  if (nul == std::string_view::npos) return std::nullopt;
  return RowFinding{RowFault::kNulByte, nul, "a NUL byte; text has none"};
}

RowFinding TextAfterQuote(std::uint64_t at) {
  return {RowFault::kTextAfterQuote, at, "text between a closing quote and the next delimiter"};
}

RowFinding OpenQuote(std::uint64_t at) {
  return {RowFault::kOpenQuote, at,
          "the quote that opens the field is not closed before the end of the file"};
}

RowFinding TooLong(std::size_t limit, std::optional<std::uint64_t> open_quote) {
  RowFinding finding{RowFault::kTooLong, limit,
                     "longer than " + std::to_string(limit) + " bytes (--record-bytes-max)"};
  if (open_quote) {
    finding.detail += "; the quote " + std::to_string(*open_quote) +
                      " bytes after the row's begin is still open there";
  }
  return finding;
}

RowFinding Ragged(std::size_t fields, std::size_t columns) {
  return {RowFault::kRagged, 0,
          CountOfFields(fields) + ", the header has " + std::to_string(columns)};
}

RowFinding ByteOrderMark() {
  return {RowFault::kByteOrderMark, 0,
          "a byte order mark (U+FEFF) before the row, as of files joined together"};
}

std::string SpanOfLines(std::uint64_t lines) {
  return lines == 1 ? "" : "; the row spans " + std::to_string(lines) + " lines";
}

}  // namespace onceload
