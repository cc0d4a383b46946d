#include "onceload/core/progress_record.h"

#include <algorithm>

namespace onceload {

std::uint64_t ProgressRecord::rows() const {
  std::uint64_t sum = 0;
  for (const PartitionProgress& partition : partitions) sum += partition.rows;
  return sum;
}

std::uint64_t ProgressRecord::input_rows() const {
  std::uint64_t sum = position.row.value;
  for (std::size_t i = 0; i < position.file && i < inputs.size(); ++i) {
    if (inputs[i].end) sum += inputs[i].end->row.value;
  }
  return sum;
}

std::uint64_t BytesOf(const std::vector<InputFile>& inputs) {
  std::uint64_t sum = 0;
  for (const InputFile& input : inputs) sum += input.size;
  return sum;
}

std::uint64_t BytesDone(const ProgressRecord& record) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < record.position.file && i < record.inputs.size(); ++i) {
    sum += record.inputs[i].size;
  }
  if (record.position.file >= record.inputs.size()) return sum;
  const InputFile& current = record.inputs[record.position.file];
  return sum + (current.end ? current.size : std::min(record.position.byte.value, current.size));
}

bool SameFile(const InputFile& a, const InputFile& b) {
  return a.size == b.size && a.mtime_ns == b.mtime_ns && a.inode == b.inode && a.device == b.device;
}

bool SameOutcome(const ProgressRecord& a, const ProgressRecord& b) {
  return a.load_id == b.load_id && a.chunk == b.chunk && a.position == b.position &&
         a.rejected == b.rejected && a.dead_letters == b.dead_letters &&
         a.rejects_bytes == b.rejects_bytes && a.partitions == b.partitions;
}

}  // namespace onceload
