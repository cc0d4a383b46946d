#include "encode/value_encoder.h"

#include <utility>

#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "onceload/core/error.h"
#include "onceload/schema/proto_schema.h"

namespace onceload {
namespace {

constexpr std::size_t kCellShownBytes = 40;

// A value behind the bytes that tell its schema.
class LedValue final : public OuterValue {
 public:
  LedValue(std::string lead, std::unique_ptr<ValueEncoder> value)
      : OuterValue(std::move(value)), lead_(std::move(lead)) {}

  std::size_t RoomFor(const Record& record) const override {
    return lead_.size() + OuterValue::RoomFor(record);
  }

  char* Append(const Record& record, char* to) override {
    return AppendInner(record, AppendBytes(lead_, to));
  }

 private:
  const std::string lead_;
};

}  // namespace

std::unique_ptr<ValueEncoder> MakeValueEncoder(const std::vector<std::string>& columns,
                                               const RowLayout& layout,
                                               const EncodeOptions& options) {
  if (options.format == MessageFormat::kRaw) return MakeRawValue(layout, options);
  if (!SchemaTypeOf(options.format)) return MakeJsonValue(columns, layout, options);
  if (!options.value_schema) throw Error(ExitCode::kBug, "no schema was asked for", "", "");
  return MakeSchemaValue(columns, layout, options, *options.value_schema);
}

std::unique_ptr<ValueEncoder> MakeSchemaValue(const std::vector<std::string>& columns,
                                              const RowLayout& layout, const EncodeOptions& options,
                                              const MessageSchema& schema) {
  const auto make = schema.type == SchemaType::kJson       ? &MakeJsonSchemaValue
                    : schema.type == SchemaType::kProtobuf ? &MakeProtoValue
                                                           : &MakeAvroValue;
  auto value = make(columns, layout, options, schema);
  if (options.framing == SchemaFraming::kHeader) return value;
  return std::make_unique<LedValue>(SchemaPrefix(schema.id), std::move(value));
}

std::string SchemaHeaderOf(const EncodeOptions& options, const MessageSchema& schema) {
  if (options.framing != SchemaFraming::kHeader) return {};
  std::string header = SchemaHeader(schema);
  if (schema.type == SchemaType::kProtobuf) {
    header += ProtoIndexes(ParseProtoSchema(schema.text, schema.message, "").indexes);
  }
  return header;
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
