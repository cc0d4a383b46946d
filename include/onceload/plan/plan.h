// A dry run: what a load's rows become, and where the first of them stop it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/load/row_source.h"

namespace onceload {

struct Plan {
  std::vector<std::pair<std::optional<std::string>, std::string>> first;  // key, value
  EncodedBatch end;   // its messages do not count
  ProgressRecord at;  // there
  std::vector<std::string> first_rejected;
  std::vector<std::string> notices;
  double seconds = 0;

  std::uint64_t rows() const {
    std::uint64_t sum = end.after.rejected;
    for (const PartitionProgress& partition : end.after.partitions) sum += partition.rows;
    return sum;
  }
};

// Shows `messages` of each: messages and rows that cannot be loaded.
Plan MakePlan(RowSource& source, const ProgressRecord& begin, std::uint64_t messages);

}  // namespace onceload
