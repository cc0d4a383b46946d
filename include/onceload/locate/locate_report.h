// Where rows and records were found, and how it is told.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "onceload/core/types.h"

namespace onceload {

// A row and the record that it is.
struct RowPlace {
  PartitionId partition;
  KafkaOffset offset;
  std::int64_t time_ms = -1;  // as the record has it; -1: none
  std::string file;           // empty: not looked for
  RowNumber row;              // in it
  ByteOffset byte;            // of its text
  std::string text;           // the CSV record, without its record end
  std::string record;         // key, value and headers, cut
};

struct Located {
  std::string load;
  std::vector<RowPlace> places;
  std::uint64_t more = 0;  // places beyond those listed
  std::string how;         // what was read to find it
  double seconds = 0;
};

void PrintText(const Located& located, std::ostream& out);
// As one JSON object, on one line.
void PrintJson(const Located& located, std::ostream& out);

}  // namespace onceload
