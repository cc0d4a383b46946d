#include "encode/value_encoder.h"

#include "encode/column_names.h"

namespace onceload {
namespace {

constexpr std::size_t kNameShownBytes = 60;
constexpr std::size_t kCellShownBytes = 40;

}  // namespace

std::unique_ptr<ValueEncoder> MakeValueEncoder(const std::vector<std::string>& columns,
                                               const RowLayout& layout,
                                               const EncodeOptions& options) {
  if (options.format == MessageFormat::kRaw) return MakeRawValue(layout, options);
  return MakeJsonValue(columns, layout, options);
}

BadCell NoValue(const std::vector<std::string>& columns, std::size_t column, std::string_view cell,
                std::string_view what) {
  return {RowFault::kType, column,
          "column " + Quoted(columns[column], kNameShownBytes) + ": " +
              Quoted(cell, kCellShownBytes) + " is no " + std::string(what)};
}

TimestampFormat TimestampFormatOf(const EncodeOptions& options, const std::string& column) {
  const auto given = options.timestamps.find(column);
  return given == options.timestamps.end() ? TimestampFormat() : given->second;
}

}  // namespace onceload
