// How a load's rows become messages, and the form in which its progress record freezes that.
#pragma once

#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/csv/record_reader.h"
#include "onceload/encode/row_encoder.h"
#include "onceload/rows/key_share.h"

namespace onceload {

struct FrozenEncoding {
  EncodeOptions encode;
  Dialect dialect;
  Encoding encoding = Encoding::kUtf8;  // of the file
  std::vector<std::string> columns;     // of the load, in the order of JSON
  KeyShare keys{};                      // whose rows it takes
};

// What may not change between runs. Sorted by name, as FrozenOptions are. What it writes must never
// change: a load that goes on compares it byte by byte.
FrozenOptions Freeze(const FrozenEncoding& encoding);

// Throws Error(kDisagreement) for options this version cannot read.
FrozenEncoding FrozenEncodingOf(const ProgressRecord& load);

}  // namespace onceload
