// The record's own bytes.
#include "encode/value_encoder.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

void Check(const RowLayout& layout, const EncodeOptions& options) {
  if (!options.renames.empty() || !options.drops.empty() || !options.constants.empty() ||
      options.nested) {
    throw Error(ExitCode::kUsage,
                "raw messages are the record's own bytes: no name or member of them can be changed",
                "--rename, --drop, --set or --nested", "use --format json");
  }
  if (!layout.IsIdentity()) {
    throw Error(ExitCode::kInput,
                "raw messages are the record's own bytes: each file needs the same columns in the "
                "same order",
                "", "use --format json, or load this file under another name");
  }
}

class RawValue final : public ValueEncoder {
 public:
  std::size_t RoomFor(const Record& record) const override { return record.raw.size() + 1; }
  char* Append(const Record& record, char* to) override { return AppendBytes(record.raw, to); }
};

}  // namespace

std::unique_ptr<ValueEncoder> MakeRawValue(const RowLayout& layout, const EncodeOptions& options) {
  Check(layout, options);
  return std::make_unique<RawValue>();
}

}  // namespace onceload
