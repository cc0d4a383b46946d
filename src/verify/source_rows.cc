#include "verify/source_rows.h"

#include <algorithm>

namespace onceload {

void InputPlaces::Begins(std::size_t file, std::uint64_t rows_before, std::uint64_t first_row) {
  if (file != rows_before_.size()) return;
  rows_before_.push_back(rows_before);
  first_rows_.push_back(first_row);
}

std::size_t InputPlaces::FileOf(RowNumber row) const {
  const auto behind = std::lower_bound(rows_before_.begin(), rows_before_.end(), row.value);
  return static_cast<std::size_t>(behind - rows_before_.begin()) - 1;
}

RowNumber InputPlaces::RowIn(std::size_t file, RowNumber row) const {
  return RowNumber{row.value - rows_before_[file] + first_rows_[file]};
}

namespace {

// Nothing of it was loaded, and it is not there.
bool IsGone(const InputFile& input) { return input.path.empty(); }

}  // namespace

SourceRows::SourceRows(const AuditedSource& source, std::optional<RowNumber> limit,
                       InputPlaces& places)
    : source_(source), limit_(limit), places_(places), counts_(source.inputs.size()) {}
SourceRows::~SourceRows() = default;
SourceRows::SourceRows(SourceRows&&) noexcept = default;

void SourceRows::Open() {
  const InputFile& input = source_.inputs[next_];
  InputPosition begin = input.begin.value_or(InputPosition{});
  begin.file = static_cast<std::uint32_t>(next_);
  open_ = std::make_unique<InputRows>(source_.rules, input, begin, rows_before_);
  places_.Begins(next_, rows_before_, input.rows_before());
  ++next_;
}

bool SourceRows::Next(SourceRow& row) {
  for (;;) {
    if (!open_) {
      if (next_ == source_.inputs.size()) return false;
      if (IsGone(source_.inputs[next_])) {
        places_.Begins(next_++, rows_before_, 0);
        continue;
      }
      Open();
    }
    batch_.Clear();
    const InputRows::Kind kind = open_->Next(batch_);
    if (kind == InputRows::Kind::kEnd) {
      rows_before_ = open_->row_of_load().value;
      if (open_->goes_on() && !HasLaterPiece(next_ - 1)) grown_.push_back(next_ - 1);
      open_.reset();
      continue;
    }
    row.row = open_->row_of_load();
    if (limit_ && row.row > *limit_) {
      more_ = true;
      return false;
    }
    ++counts_[next_ - 1].rows;
    if (kind == InputRows::Kind::kRejected) {
      Reject();
      continue;
    }
    const MessageBatch::Message& message = open_->message();
    row.key = batch_.key(message);
    row.digest = open_->digest();
    row.partition = message.partition;
    row.byte = open_->record().begin;
    return true;
  }
}

bool SourceRows::HasLaterPiece(std::size_t input) const {
  return std::any_of(source_.inputs.begin(), source_.inputs.end(), [&](const InputFile& later) {
    return later.begin && later.begin->file == input;
  });
}

void SourceRows::Reject() {
  Digest digest;
  static_cast<void>(open_->AppendDeadLetter(batch_, digest));
  dead_letters_.Add(digest);
  ++counts_[next_ - 1].rejected;
  ++reasons_[open_->rejected().reason];
}

}  // namespace onceload
