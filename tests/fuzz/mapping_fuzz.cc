// Mapping file: anything gives options or an Error; options survive being frozen; and rows encoded
// as they say are JSON. The file is split at its first NUL: the mapping, then cells of a row.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz.h"
#include "fuzz/json.h"
#include "onceload/core/error.h"
#include "onceload/encode/encode_options.h"
#include "onceload/encode/row_encoder.h"

namespace onceload {
namespace {

using fuzz::Check;

// The columns that the mapping names: a file that has them all.
std::vector<std::string> ColumnsOf(const EncodeOptions& options) {
  std::vector<std::string> columns{"other"};
  for (const auto& [column, type] : options.types) columns.push_back(column);
  for (const auto& [column, name] : options.renames) columns.push_back(column);
  columns.insert(columns.end(), options.drops.begin(), options.drops.end());
  columns.insert(columns.end(), options.key_columns.begin(), options.key_columns.end());
  columns.insert(columns.end(), {options.partition_by, options.timestamp_column});
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  std::erase(columns, "");
  return columns;
}

// One cell for each column, over and over from `cells`, which are separated by NULs. Bytes beyond
// ASCII become "x": the reader lets no ill-formed UTF-8 through to the encoder.
std::vector<std::string_view> RowOf(std::string& cells, std::size_t columns) {
  for (char& c : cells) c = static_cast<unsigned char>(c) < 0x80 ? c : 'x';
  std::vector<std::string_view> given;
  for (std::size_t begin = 0; begin <= cells.size();) {
    const std::size_t end = std::min(cells.find('\0', begin), cells.size());
    given.push_back(std::string_view(cells).substr(begin, end - begin));
    begin = end + 1;
  }
  std::vector<std::string_view> row;
  for (std::size_t i = 0; i < columns; ++i) row.push_back(given[i % given.size()]);
  return row;
}

void CheckMessages(const EncodeOptions& options, std::string cells) {
  const std::vector<std::string> columns = ColumnsOf(options);
  RowEncoder encoder(columns, options);
  encoder.SetOrigin({"load", "file.csv"});
  const std::vector<std::string_view> fields = RowOf(cells, columns.size());
  const Record record{.begin = ByteOffset(0),
                      .end = ByteOffset(1),
                      .row = RowNumber(1),
                      .fields = fields,
                      .raw = "raw"};
  MessageBatch batch;
  const auto message = encoder.Encode(record, batch);
  if (!message) {
    Check(!encoder.bad().detail.empty(), "a bad cell says why");
    return;
  }
  const std::string_view value = batch.value(*message);
  if (options.format == MessageFormat::kRaw) {
    Check(value == "raw", "a raw message is the row");
  } else {
    fuzz::ParseMessage(value);
  }
}

void Run(std::string_view bytes) {
  const std::size_t nul = std::min(bytes.find('\0'), bytes.size());
  try {
    const EncodeOptions options = ParseMapping(bytes.substr(0, nul), "m.json");
    const std::string frozen = EncodeMessageOptions(options);
    Check(DecodeMessageOptions(frozen) == options, "options survive being frozen");
    Check(EncodeMessageOptions(DecodeMessageOptions(frozen)) == frozen, "the frozen form is one");
    CheckMessages(options, std::string(bytes.substr(std::min(nul + 1, bytes.size()))));
  } catch (const Error& error) {
    Check(error.code() == ExitCode::kUsage, "an error is the mapping's");
    Check(!error.advice().empty(), "an error says what to do");
  }
}

}  // namespace
}  // namespace onceload

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  onceload::Run(onceload::fuzz::Input(data, size).rest());
  return 0;
}
