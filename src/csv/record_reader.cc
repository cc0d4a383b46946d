#include "onceload/csv/record_reader.h"

#include "csv/reader_core.h"
#include "onceload/core/error.h"

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

namespace {

// The parser looks at single bytes: another dialect would not fail, it would tear fields apart.
const ReaderStart& Checked(const ReaderStart& start) {
  const auto [delimiter, quote] = start.dialect;
  for (const char c : {delimiter, quote}) {
    if (c == '\n' || c == '\r' || c == '\0' || static_cast<unsigned char>(c) >= 0x80) {
      throw Error(ExitCode::kUsage, "delimiter and quote must be ASCII characters", "",
                  "no line end, no NUL");
    }
  }
  if (delimiter == quote) {
    throw Error(ExitCode::kUsage, "delimiter and quote are the same character", "",
                "choose another delimiter");
  }
  return start;
}

}  // namespace

class RecordReader::Impl : public ReaderCore<NativeScanner> {
  using ReaderCore::ReaderCore;
};

RecordReader::RecordReader(const SourceFile& file, const ReaderStart& start)
    : impl_(std::make_unique<Impl>(file, Checked(start))) {}
RecordReader::~RecordReader() = default;
RecordReader::RecordReader(RecordReader&&) noexcept = default;

ReadStatus RecordReader::Next() { return impl_->Next(); }
const Record& RecordReader::record() const { return impl_->record(); }
const BadRow& RecordReader::bad_row() const { return impl_->bad_row(); }
InputPosition RecordReader::position_before() { return impl_->position_before(); }
InputPosition RecordReader::position() { return impl_->position(); }

}  // namespace onceload
