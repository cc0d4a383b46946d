// Row encoder: each message is JSON that another parser reads, and says what the cells say.
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "fuzz/fuzz.h"
#include "fuzz/json.h"
#include "onceload/core/error.h"
#include "onceload/csv/csv_header.h"
#include "onceload/csv/record_reader.h"
#include "onceload/encode/row_encoder.h"

namespace onceload {
namespace {

using fuzz::Check;
using fuzz::ParseMessage;
using nlohmann::ordered_json;

void CheckCell(const ordered_json& value, ColumnType type, std::string_view cell) {
  if (type == ColumnType::kString) {
    Check(value.is_string() && value.get_ref<const std::string&>() == cell, "a cell round-trips");
  } else if (cell.empty()) {
    Check(value.is_null(), "an empty cell with a type is null");
  } else if (type == ColumnType::kBoolean) {
    Check(value.is_boolean(), "a boolean is one");
  } else if (type == ColumnType::kJson) {
    const std::optional<ordered_json> parsed = ParseMessage(cell);
    Check(parsed && *parsed == value, "JSON is passed on");
  } else {
    Check(value.is_number(), "a number is one");
  }
}

void EncodeAll(const SourceFile& file, const CsvHeader& header, const EncodeOptions& options) {
  RowEncoder encoder(header.names, options);
  RecordReader reader(
      file,
      {.position = header.end, .columns = header.names.size(), .dialect = {}, .block_bytes = 8192});
  MessageBatch batch;
  for (;;) {
    const ReadStatus status = reader.Next();
    if (status == ReadStatus::kEnd) return;
    if (status == ReadStatus::kBadRow) continue;
    const Record& record = reader.record();
    const auto message = encoder.Encode(record, batch);
    if (!message) {
      Check(encoder.bad().column.value() < header.names.size(), "a bad cell has a column");
      continue;
    }
    Check(batch.key(*message) == record.fields[0], "the key is the key cell");
    const std::optional<ordered_json> json = ParseMessage(batch.value(*message));
    if (!json) continue;
    Check(json->is_object() && json->size() == header.names.size(), "each column has its name");
    std::size_t column = 0;
    for (const auto& [name, value] : json->items()) {
      Check(name == header.names[column], "names are in order");
      const auto type = options.types.find(name);
      CheckCell(value, type == options.types.end() ? ColumnType::kString : type->second,
                record.fields[column]);
      ++column;
    }
  }
}

void Run(fuzz::Input input) {
  constexpr std::array<ColumnType, 5> kTypes{ColumnType::kString, ColumnType::kInteger,
                                             ColumnType::kNumber, ColumnType::kBoolean,
                                             ColumnType::kJson};
  std::array<ColumnType, 4> types{};
  for (ColumnType& type : types) type = kTypes.at(input.Choose(kTypes.size()));
  const fuzz::MemoryFile memory(input.rest());
  const SourceFile file(memory.path());
  try {
    const CsvHeader header = ReadHeader(file, {});
    EncodeOptions options;
    options.key_columns = {header.names[0]};
    for (std::size_t i = 0; i < header.names.size(); ++i) {
      options.types[header.names[i]] = types.at(i % types.size());
    }
    EncodeAll(file, header, options);
  } catch (const Error& error) {
    Check(error.code() == ExitCode::kInput, "an error is the input's");
  }
}

}  // namespace
}  // namespace onceload

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  onceload::Run({data, size});
  return 0;
}
