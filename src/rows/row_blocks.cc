#include "rows/row_blocks.h"

#include <algorithm>
#include <functional>
#include <system_error>

namespace onceload {
namespace {

// Of blocks for each thread: one that it works on, and one that waits to be taken.
constexpr std::size_t kBlocksOfThread = 2;

// Of messages, whose memory a block keeps for those that come after.
constexpr std::size_t kKeptBytesMax = std::size_t{1} << 21;

bool IsPartOf(std::string_view part, std::string_view whole) {
  const std::less_equal<> before;
  return before(whole.data(), part.data()) &&
         before(part.data() + part.size(), whole.data() + whole.size());
}

}  // namespace

void RowBlock::Clear() {
  rows_.clear();
  records_.clear();
  fields_.clear();
  nulls_.clear();
  copies_.release();
  bad_rows_.clear();
  held_.clear();
  if (batch_.bytes() > kKeptBytesMax) batch_ = MessageBatch();
  batch_.Clear();
  outcomes_.clear();
  rejections_.clear();
  last_ = goes_on_ = false;
  failure_ = nullptr;
  after_.reset();
  before_long_.reset();
}

void RowBlock::Read(RecordStream& stream, const RowWork& work) {
  Clear();
  try {
    ReadRows(stream, work);
  } catch (...) {
    failure_ = std::current_exception();
    last_ = true;
  }
  // Views of vectors that grew up to now.
  const std::size_t columns = stream.names().size();
  for (std::size_t i = 0; i < records_.size(); ++i) {
    records_[i].fields = std::span(fields_).subspan(i * columns, columns);
    if (!nulls_.empty()) records_[i].nulls = std::span(nulls_).subspan(i * columns, columns);
  }
  if (!after_) after_ = stream.position();
  odd_line_end_ = stream.reader().odd_line_end();
  read_so_far_ = {stream.file().consumed(), stream.file().read_to()};
}

void RowBlock::ReadRows(RecordStream& stream, const RowWork& work) {
  RecordReader& reader = stream.reader();
  std::size_t bytes = 0;
  while (rows_.size() < work.block_rows && bytes < work.block_bytes && !before_long_) {
    switch (stream.Next()) {
      case ReadStatus::kRecord:
        Add(reader.record(), reader);
        bytes += reader.record().raw.size();
        break;
      case ReadStatus::kBadRow:
        Add(reader.bad_row(), reader);
        bytes += reader.bad_row().raw.size();
        break;
      case ReadStatus::kEnd:
        last_ = true;
        after_ = stream.position();
        goes_on_ = stream.at_recorded_end() && stream.NextOfFile() != ReadStatus::kEnd;
        return;
    }
  }
}

// After the row was read, and before anything else is asked of the reader: what it holds begins
// with the row, or before it.
void RowBlock::Keep(std::string_view raw, RecordReader& reader) {
  if (held_.empty() || !IsPartOf(raw, held_.back().text)) held_.push_back(reader.Hold());
}

std::string_view RowBlock::Kept(std::string_view field, std::string_view raw) {
  if (field.empty() || IsPartOf(field, raw)) return field;
  char* const copy = static_cast<char*>(copies_.allocate(field.size(), 1));
  return {copy, field.copy(copy, field.size())};
}

void RowBlock::Add(const Record& record, RecordReader& reader) {
  Keep(record.raw, reader);
  rows_.push_back({false, static_cast<std::uint32_t>(records_.size()),
                   static_cast<std::uint32_t>(held_.size() - 1)});
  for (const std::string_view field : record.fields) fields_.push_back(Kept(field, record.raw));
  nulls_.insert(nulls_.end(), record.nulls.begin(), record.nulls.end());
  records_.push_back(record);
}

void RowBlock::Add(const BadRow& bad, RecordReader& reader) {
  Keep(bad.raw, reader);
  rows_.push_back({true, static_cast<std::uint32_t>(bad_rows_.size()),
                   static_cast<std::uint32_t>(held_.size() - 1)});
  bad_rows_.push_back(bad);
  if (IsPartOf(bad.raw, held_.back().text)) return;
  // The reader has kept of it what lies within the limit; what is held comes behind that.
  before_long_ = reader.position_before();
  long_text_ = bad.raw;
  bad_rows_.back().raw = long_text_;
}

void RowBlock::Make(MessageMaker& maker, std::uint64_t before_file) {
  std::size_t made = 0;
  try {
    for (const Record& record : records_) {
      Outcome outcome;
      outcome.made = maker.Make(record, RowNumber{before_file + record.row.value}, batch_);
      if (outcome.made == MessageMaker::Made::kMessage) {
        outcome.digest = maker.digest();
        outcome.at = batch_.messages().size();
        batch_.Add(maker.message());
      } else {
        outcome.at = rejections_.size();
        rejections_.push_back(maker.why());
      }
      outcomes_.push_back(outcome);
      ++made;
    }
    spans_ = maker.spans();
  } catch (...) {
    failure_ = std::current_exception();
    last_ = true;
    after_.reset();
    const auto not_made = [&](const Row& row) { return !row.bad && row.at >= made; };
    rows_.erase(std::find_if(rows_.begin(), rows_.end(), not_made), rows_.end());
  }
}

RowBlocks::RowBlocks(RecordStream& stream, const RowWork& work,
                     std::vector<std::unique_ptr<MessageMaker>> makers, std::uint64_t before_file)
    : stream_(stream),
      work_(work),
      before_file_(before_file),
      makers_(std::move(makers)),
      slots_(kBlocksOfThread * makers_.size() + 1) {
  try {
    for (std::size_t i = 1; i < makers_.size(); ++i) {
      threads_.emplace_back([this, i] { Run(*makers_[i]); });
    }
  } catch (const std::system_error&) {
    // The caller does what nobody else does.
  }
}

RowBlocks::~RowBlocks() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

const RowBlock& RowBlocks::Next() {
  std::unique_lock lock(mutex_);
  if (returned_ < taken_) {
    slots_[returned_++ % slots_.size()].ready = false;
    changed_.notify_all();
  }
  Slot& slot = slots_[taken_ % slots_.size()];
  while (!slot.ready) {
    if (!Work(lock, *makers_.front())) changed_.wait(lock);
  }
  ++taken_;
  return slot.block;
}

// One block, if there is one to be read and room for it. False: nothing was done.
bool RowBlocks::Work(std::unique_lock<std::mutex>& lock, MessageMaker& maker) {
  if (reading_ || ended_ || stopped_ || begun_ - returned_ == slots_.size()) return false;
  Slot& slot = slots_[begun_++ % slots_.size()];
  reading_ = true;
  lock.unlock();
  slot.block.Read(stream_, work_);
  lock.lock();
  reading_ = false;
  ended_ = slot.block.last();
  lock.unlock();
  changed_.notify_all();
  slot.block.Make(maker, before_file_);
  lock.lock();
  slot.ready = true;
  changed_.notify_all();
  return true;
}

void RowBlocks::Run(MessageMaker& maker) {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (!Work(lock, maker)) changed_.wait(lock);
  }
}

}  // namespace onceload
