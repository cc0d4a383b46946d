// A row that cannot be loaded: why, and where.
#pragma once

#include <cstdint>
#include <string>

#include "onceload/core/types.h"

namespace onceload {

struct RejectedRow {
  std::string reason;      // NameOf(RowFault): "ragged", "type", ...
  std::string detail;      // `column "price": "12,5" is no number`
  std::string column;      // the one the fault lies in; empty: the row as a whole
  std::uint32_t file = 0;  // index into the load's inputs
  RowNumber row;
  ByteOffset begin;
  ByteOffset end;
  ByteOffset at;                 // the offending byte, in [begin, end]
  std::uint64_t lines = 1;       // that it spans
  std::uint64_t text_bytes = 0;  // its own text, without its record end; all of it, kept or not
};

// "row 7 cannot be loaded (ragged): 3 fields, the header has 4", and "FILE row 7, byte 120".
std::string Sentence(const RejectedRow& row);
std::string PlaceOf(const RejectedRow& row, const std::string& path);

}  // namespace onceload
