// How a load's rows became messages, from the options its progress record has frozen.
#pragma once

#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/csv/record_reader.h"
#include "onceload/encode/row_encoder.h"

namespace onceload {

struct FrozenEncoding {
  EncodeOptions encode;
  Dialect dialect;
  Encoding encoding = Encoding::kUtf8;  // of the file
  std::vector<std::string> columns;     // the header's names
};

// Throws Error(kDisagreement) for options this version cannot read.
FrozenEncoding FrozenEncodingOf(const ProgressRecord& load);

}  // namespace onceload
