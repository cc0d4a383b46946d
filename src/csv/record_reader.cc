#include "onceload/csv/record_reader.h"

#include "csv/reader_core.h"

namespace onceload {

std::string_view NameOf(RowFault fault) {
  switch (fault) {
    case RowFault::kRagged:
      return "ragged";
    case RowFault::kNulByte:
      return "nul-byte";
    case RowFault::kInvalidUtf8:
      return "invalid-utf8";
    case RowFault::kTextAfterQuote:
      return "text-after-quote";
    case RowFault::kOpenQuote:
      return "open-quote";
    case RowFault::kTooLong:
      return "too-long";
    case RowFault::kType:
      return "type";
    case RowFault::kEmptyKey:
      return "empty-key";
  }
  return "unknown";
}

// One of the two cores; a branch per call, which no profile shows.
class RecordReader::Impl {
 public:
  Impl(const SourceFile& file, const ReaderStart& start) {
    CheckDialect(start.dialect);
    if (IsPlain(start.dialect)) {
      plain_.emplace(file, start);
    } else {
      general_.emplace(file, start);
    }
  }

  ReadStatus Next() { return plain_ ? plain_->Next() : general_->Next(); }
  const Record& record() const { return plain_ ? plain_->record() : general_->record(); }
  const BadRow& bad_row() const { return plain_ ? plain_->bad_row() : general_->bad_row(); }
  InputPosition position() { return plain_ ? plain_->position() : general_->position(); }
  InputPosition position_before() {
    return plain_ ? plain_->position_before() : general_->position_before();
  }

 private:
  std::optional<ReaderCore<NativeScanner>> plain_;
  std::optional<GeneralReaderCore> general_;
};

RecordReader::RecordReader(const SourceFile& file, const ReaderStart& start)
    : impl_(std::make_unique<Impl>(file, start)) {}
RecordReader::~RecordReader() = default;
RecordReader::RecordReader(RecordReader&&) noexcept = default;

ReadStatus RecordReader::Next() { return impl_->Next(); }
const Record& RecordReader::record() const { return impl_->record(); }
const BadRow& RecordReader::bad_row() const { return impl_->bad_row(); }
InputPosition RecordReader::position() { return impl_->position(); }
InputPosition RecordReader::position_before() { return impl_->position_before(); }

}  // namespace onceload
