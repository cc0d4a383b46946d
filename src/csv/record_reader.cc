#include "onceload/csv/record_reader.h"

#include "csv/line_ends.h"
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
    case RowFault::kByteOrderMark:
      return "byte-order-mark";
    case RowFault::kType:
      return "type";
    case RowFault::kEmptyKey:
      return "empty-key";
    case RowFault::kRefused:
      return "refused";
  }
  return "unknown";
}

std::string_view NameOf(LineEnd line_end) {
  switch (line_end) {
    case LineEnd::kNoEnd:
      return "none";
    case LineEnd::kLf:
      return "LF";
    case LineEnd::kCrLf:
      return "CRLF";
    case LineEnd::kCr:
      return "CR";
  }
  return "unknown";
}

std::uint64_t Record::lines() const { return LinesOfRow(raw, ended()); }

class RecordReader::Impl {
 public:
  virtual ~Impl() = default;
  virtual ReadStatus Next() = 0;
  virtual void PassOver() = 0;
  virtual const Record& record() const = 0;
  virtual const BadRow& bad_row() const = 0;
  virtual LineEnd line_end() const = 0;
  virtual const std::optional<OddLineEnd>& odd_line_end() const = 0;
  virtual InputPosition position() = 0;
  virtual InputPosition position_before() = 0;
  virtual HeldText Hold() = 0;

  static std::unique_ptr<Impl> For(const SourceFile& file, const ReaderStart& start);

 private:
  template <typename Core>
  class Of;
};

template <typename Core>
class RecordReader::Impl::Of final : public Impl {
 public:
  Of(const SourceFile& file, const ReaderStart& start) : core_(file, start) {}
  ReadStatus Next() override { return core_.Next(); }
  void PassOver() override { core_.PassOver(); }
  const Record& record() const override { return core_.record(); }
  const BadRow& bad_row() const override { return core_.bad_row(); }
  LineEnd line_end() const override { return core_.line_end(); }
  const std::optional<OddLineEnd>& odd_line_end() const override { return core_.odd_line_end(); }
  InputPosition position() override { return core_.position(); }
  InputPosition position_before() override { return core_.position_before(); }
  HeldText Hold() override { return core_.Hold(); }

 private:
  Core core_;
};

std::unique_ptr<RecordReader::Impl> RecordReader::Impl::For(const SourceFile& file,
                                                            const ReaderStart& start) {
  CheckDialect(start.dialect);
  if (IsPlain(start.dialect)) return std::make_unique<Of<ReaderCore<NativeScanner>>>(file, start);
  return std::make_unique<Of<GeneralReaderCore>>(file, start);
}

RecordReader::RecordReader(const SourceFile& file, const ReaderStart& start)
    : impl_(Impl::For(file, start)) {}
RecordReader::~RecordReader() = default;
RecordReader::RecordReader(RecordReader&&) noexcept = default;

ReadStatus RecordReader::Next() { return impl_->Next(); }
void RecordReader::PassOver() { impl_->PassOver(); }
const Record& RecordReader::record() const { return impl_->record(); }
const BadRow& RecordReader::bad_row() const { return impl_->bad_row(); }
LineEnd RecordReader::line_end() const { return impl_->line_end(); }
const std::optional<OddLineEnd>& RecordReader::odd_line_end() const {
  return impl_->odd_line_end();
}
InputPosition RecordReader::position() { return impl_->position(); }
InputPosition RecordReader::position_before() { return impl_->position_before(); }
HeldText RecordReader::Hold() { return impl_->Hold(); }

}  // namespace onceload
