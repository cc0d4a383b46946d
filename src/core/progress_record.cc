#include "onceload/core/progress_record.h"

namespace onceload {

std::uint64_t ProgressRecord::rows() const {
  std::uint64_t sum = 0;
  for (const PartitionProgress& partition : partitions) sum += partition.rows;
  return sum;
}

bool SameOutcome(const ProgressRecord& a, const ProgressRecord& b) {
  return a.load_id == b.load_id && a.chunk == b.chunk && a.position == b.position &&
         a.rejected == b.rejected && a.partitions == b.partitions;
}

}  // namespace onceload
