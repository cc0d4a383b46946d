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

std::uint64_t ProgressRecord::empty_lines() const {
  std::uint64_t sum = position.empty_lines;
  for (std::size_t i = 0; i < position.file && i < inputs.size(); ++i) {
    if (inputs[i].end) sum += inputs[i].end->empty_lines;
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
  if (current.end) return sum + current.size;
  // By the first rules nothing is known of a packing; text that is longer than its file tells one.
  const std::uint64_t text = record.position.byte.value;
  const bool packed = !current.coding.empty() || text > current.size;
  return sum + std::min(packed ? record.packed_done : text, current.size);
}

std::string ImpossibleIn(const ProgressRecord& record) {
  const std::size_t file = record.position.file;
  if (file >= record.inputs.size() && (file > 0 || !record.inputs.empty())) {
    return "its position is in file " + std::to_string(file) + " of " +
           std::to_string(record.inputs.size());
  }
  for (std::size_t i = 0; i < file; ++i) {
    if (!record.inputs[i].end) {
      return "file " + std::to_string(i) + ", which it is past, has no end";
    }
  }
  for (const PartitionProgress& p : record.partitions) {
    if (p.first > p.end) return "a partition's records end before they begin";
    if (p.rows > 0 && p.first == kNoOffset) return "a partition's records are at no offset";
  }
  if (record.input_rows() != record.rows() + record.rejected) {
    return std::to_string(record.input_rows()) + " rows were read, " +
           std::to_string(record.rows()) + " loaded and " + std::to_string(record.rejected) +
           " rejected";
  }
  return {};
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
