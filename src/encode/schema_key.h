// A message key that is written by a schema.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "encode/value_encoder.h"
#include "onceload/encode/encode_options.h"
#include "onceload/encode/row_layout.h"

namespace onceload {

// The columns of the key, in the key's order, as a value of their own. A constant or the row number
// is the only column of such a value. Used by one thread.
class SchemaKey {
 public:
  // REQUIRES: options.key_schema. Throws as MakeSchemaValue() does.
  SchemaKey(const std::vector<std::string>& columns, const RowLayout& layout,
            const EncodeOptions& options);

  // `text`: the key as it is without a schema. nullopt: bad() tells why. Valid until the next call.
  std::optional<std::string_view> Encode(const Record& record, std::string_view text);
  const BadCell& bad() const { return bad_; }

 private:
  std::vector<std::size_t> columns_;  // of the load; empty: the key is no column's
  std::unique_ptr<ValueEncoder> value_;
  std::string bytes_;
  BadCell bad_;
};

}  // namespace onceload
