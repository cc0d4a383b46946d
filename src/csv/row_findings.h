// What is wrong with a row, and how it is said.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "onceload/csv/record_reader.h"

namespace onceload {

struct RowFinding {
  RowFault fault = RowFault::kRagged;
  std::uint64_t at = 0;  // byte of the record, from 0
  std::string detail;
};

// The first NUL or ill-formed UTF-8. `whole`: false if `text` is only the begin of a record, whose
// last character may go on behind it.
std::optional<RowFinding> FindOddByte(std::string_view text, bool whole);

RowFinding TextAfterQuote(std::uint64_t at);
RowFinding OpenQuote(std::uint64_t at);
// `open_quote`: the quote that is open where the limit is reached. Named because a forgotten
// closing quote is the usual reason.
RowFinding TooLong(std::size_t limit, std::optional<std::uint64_t> open_quote);
RowFinding Ragged(std::size_t fields, std::size_t columns);
RowFinding ByteOrderMark();

// What is added to a finding of a row that spans so many lines; nothing if it is one.
std::string SpanOfLines(std::uint64_t lines);

}  // namespace onceload
