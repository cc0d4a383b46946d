// Records made by hand, and what their messages say.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/encode/row_encoder.h"

namespace onceload {

// A record and the bytes it points to. Each cell has its own allocation of exactly its size, so
// that the address sanitizer sees a read beyond its end.
class Row {
 public:
  // `nulls` as in Record.
  explicit Row(const std::vector<std::string>& cells, std::string raw = "",
               std::vector<std::uint8_t> nulls = {})
      : raw_(std::move(raw)), nulls_(std::move(nulls)) {
    for (const std::string& cell : cells) {
      cells_.emplace_back(cell.begin(), cell.end());
      cells_.back().shrink_to_fit();
      fields_.emplace_back(cells_.back().data(), cells_.back().size());
    }
    record_.fields = fields_;
    record_.raw = raw_;
    record_.nulls = nulls_;
    record_.row = RowNumber{1};
  }
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;

  const Record& record() const { return record_; }

 private:
  std::vector<std::vector<char>> cells_;
  std::vector<std::string_view> fields_;
  std::string raw_;
  std::vector<std::uint8_t> nulls_;
  Record record_;
};

inline EncodeOptions Options(std::string key_column, std::map<std::string, ColumnType> types = {},
                             MessageFormat format = MessageFormat::kJson) {
  EncodeOptions options;
  options.format = format;
  options.types = std::move(types);
  if (!key_column.empty()) options.key_columns = {std::move(key_column)};
  return options;
}

struct Encoded {
  std::optional<std::string> key;
  std::string value;
};

// nullopt: refused, encoder.bad() tells.
inline std::optional<Encoded> EncodeRow(RowEncoder& encoder, const Row& row) {
  MessageBatch batch;
  const std::optional<MessageBatch::Message> message = encoder.Encode(row.record(), batch);
  if (!message) return std::nullopt;
  Encoded encoded;
  if (const auto key = batch.key(*message)) encoded.key = std::string(*key);
  encoded.value = std::string(batch.value(*message));
  return encoded;
}

// Why no encoder is made of these; empty: one is.
inline std::string WhyRefused(const std::vector<std::string>& columns,
                              const EncodeOptions& options) {
  try {
    RowEncoder encoder(columns, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.what();
  }
  return "";
}

}  // namespace onceload
