#include "onceload/core/progress_record.h"

#include <algorithm>

namespace onceload {

std::uint64_t ProgressRecord::rows() const {
  std::uint64_t sum = 0;
  for (const PartitionProgress& partition : partitions) sum += partition.rows;
  return sum;
}

std::uint64_t ProgressRecord::input_rows() const {
  std::uint64_t sum = finished.rows + position.row.value;
  if (position.file < inputs.size()) sum -= inputs[position.file].rows_before();
  for (std::size_t i = 0; i < position.file && i < inputs.size(); ++i) {
    if (inputs[i].end) sum += inputs[i].end->row.value - inputs[i].rows_before();
  }
  return sum;
}

std::uint64_t ProgressRecord::empty_lines() const {
  const auto before = [](const InputFile& input) {
    return input.begin ? input.begin->empty_lines : 0;
  };
  std::uint64_t sum = finished.empty_lines + position.empty_lines;
  if (position.file < inputs.size()) sum -= before(inputs[position.file]);
  for (std::size_t i = 0; i < position.file && i < inputs.size(); ++i) {
    if (inputs[i].end) sum += inputs[i].end->empty_lines - before(inputs[i]);
  }
  return sum;
}

namespace {

// Of the file, what is this piece's: of a packed one nothing can be told, so it is the first's.
std::uint64_t BytesOf(const InputFile& input) {
  if (!input.begin) return input.size;
  return input.coding.empty() ? input.size - std::min(input.size, input.begin->byte.value) : 0;
}

}  // namespace

std::uint64_t HintOf(const InputFile& file) {
  std::string text = file.path;
  const auto add = [&text](std::uint64_t number) {
    text.append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  add(file.size);
  add(static_cast<std::uint64_t>(file.mtime_ns));
  add(file.inode);
  add(file.device);
  return DigestOf(text).value;
}

std::uint64_t BytesOf(const ProgressRecord& record) {
  std::uint64_t sum = record.finished.bytes;
  for (const InputFile& input : record.inputs) sum += BytesOf(input);
  return sum;
}

std::uint64_t BytesDone(const ProgressRecord& record) {
  std::uint64_t sum = record.finished.bytes;
  for (std::size_t i = 0; i < record.position.file && i < record.inputs.size(); ++i) {
    sum += BytesOf(record.inputs[i]);
  }
  if (record.position.file >= record.inputs.size()) return sum;
  const InputFile& current = record.inputs[record.position.file];
  if (current.end) return sum + BytesOf(current);
  // By the first rules nothing is known of a packing; text that is longer than its file tells one.
  const std::uint64_t text = record.position.byte.value;
  const bool packed = !current.coding.empty() || text > current.size;
  const std::uint64_t done = packed ? record.packed_done : text;
  const std::uint64_t before = current.size - BytesOf(current);
  return sum + std::min(done - std::min(done, before), BytesOf(current));
}

std::string ImpossibleIn(const ProgressRecord& record) {
  if (record.finished.count % kKeysOfAPage != 0) return "a page of its finished inputs is not full";
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
  for (std::size_t i = 0; i < record.inputs.size(); ++i) {
    const InputFile& input = record.inputs[i];
    if (!input.begin) continue;
    if ((input.begin->file >= i && input.begin->file != kKeptAsKey) ||
        (input.end && input.end->row < input.begin->row)) {
      return "file " + std::to_string(i) + " ends before it begins";
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

bool IsTopicId(std::string_view id) {
  constexpr std::size_t kHexDigits = 32;  // of a UUID, and no base64 of one is as long
  const char* const zeros = id.size() < kHexDigits ? "A=" : "0-";
  return id.find_first_not_of(zeros) != std::string_view::npos;
}

bool MayBeSameTopic(std::string_view id, std::string_view other) {
  return id == other || !IsTopicId(id) || !IsTopicId(other);
}

namespace {

// Of the page that would be kept next.
bool MayBeKeys(const std::vector<InputFile>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::optional<InputPosition>& begin = inputs[i].begin;
    if (i < kKeysOfAPage ? begin.has_value() : begin && begin->file < kKeysOfAPage) return false;
  }
  return true;
}

FinishedKey KeyOf(const InputFile& input) {
  const InputPosition& end = *input.end;
  return {end.byte.value,
          end.row.value,
          end.prefix.blocks,
          end.prefix.tail,
          input.head && input.head->full() ? input.head->digest : Digest{},
          DigestOf(input.path),
          HintOf(input)};
}

void CountDown(std::optional<InputPosition>& position) {
  if (position && position->file != kKeptAsKey)
    position->file -= static_cast<std::uint32_t>(kKeysOfAPage);
}

}  // namespace

bool KeepAsKeys(ProgressRecord& record) {
  if (record.position.file < 2 * kKeysOfAPage || !MayBeKeys(record.inputs)) return false;
  FinishedInputs& finished = record.finished;
  FinishedPage page;
  for (std::size_t i = 0; i < kKeysOfAPage; ++i) {
    const InputFile& input = record.inputs[i];
    page.push_back(KeyOf(input));
    finished.rows += input.end->row.value;
    finished.empty_lines += input.end->empty_lines;
    finished.bytes += input.size;
  }
  finished.pages.push_back(std::make_shared<const FinishedPage>(std::move(page)));
  finished.count += kKeysOfAPage;
  record.inputs.erase(record.inputs.begin(), record.inputs.begin() + kKeysOfAPage);
  for (InputFile& input : record.inputs) {
    CountDown(input.begin);
    CountDown(input.end);
  }
  record.position.file -= static_cast<std::uint32_t>(kKeysOfAPage);
  LongCell& cell = record.long_cell;
  if (cell.lines == 0) return true;
  cell.file = cell.file >= kKeysOfAPage && cell.file != kKeptAsKey
                  ? cell.file - static_cast<std::uint32_t>(kKeysOfAPage)
                  : kKeptAsKey;
  return true;
}

ProgressRecord WithAllInputs(ProgressRecord record) {
  const auto count = static_cast<std::uint32_t>(record.finished.count);
  if (count == 0) return record;
  std::vector<InputFile> inputs;
  for (const auto& page : record.finished.pages) {
    for (const FinishedKey& key : *page) {
      InputFile input;
      input.end = InputPosition{static_cast<std::uint32_t>(inputs.size()), ByteOffset{key.bytes},
                                RowNumber{key.rows}, 0, PrefixFingerprint{key.blocks, key.tail}};
      if (key.head != Digest{}) input.head = HeadKey{key.head};
      inputs.push_back(std::move(input));
    }
  }
  for (InputFile& input : record.inputs) {
    if (input.end) input.end->file += count;
    if (input.begin && input.begin->file != kKeptAsKey) input.begin->file += count;
    if (input.begin && input.begin->file == kKeptAsKey) {
      const auto before = std::find_if(inputs.begin(), inputs.end(), [&](const InputFile& known) {
        return known.end->byte == input.begin->byte && known.end->prefix == input.begin->prefix;
      });
      input.begin->file = static_cast<std::uint32_t>(before - inputs.begin());
    }
    inputs.push_back(std::move(input));
  }
  record.inputs = std::move(inputs);
  record.position.file += count;
  if (record.long_cell.file != kKeptAsKey) record.long_cell.file += count;
  record.finished = {};
  return record;
}

bool MayBeSameCluster(std::string_view id, std::string_view other) {
  return id == other || id.empty() || other.empty();
}

bool SameOutcome(const ProgressRecord& a, const ProgressRecord& b) {
  // Inputs may have been made keys meanwhile: that is no progress.
  InputPosition of_b = b.position;
  of_b.file += static_cast<std::uint32_t>(b.finished.count - a.finished.count);
  return a.load_id == b.load_id && a.chunk == b.chunk && a.position == of_b &&
         a.rejected == b.rejected && a.dead_letters == b.dead_letters &&
         a.rejects_bytes == b.rejects_bytes && a.partitions == b.partitions;
}

}  // namespace onceload
