#include "encode/schema_key.h"

#include <algorithm>

#include "encode/column_names.h"
#include "onceload/core/error.h"

namespace onceload {

SchemaKey::SchemaKey(const std::vector<std::string>& columns, const RowLayout& layout,
                     const EncodeOptions& options) {
  if (!options.key_schema) throw Error(ExitCode::kBug, "no schema was asked for", "", "");
  EncodeOptions key = options;
  // What leaves a column out of the value does not take it out of the key.
  key.drops.clear();
  key.constants.clear();
  key.templates.clear();
  std::erase_if(key.types, [&](const auto& given) {
    const auto& of_key = options.key_columns;
    return std::find(of_key.begin(), of_key.end(), given.first) == of_key.end();
  });
  std::vector<std::string> names = options.key_columns;
  RowLayout places;
  places.fields = layout.fields;
  for (const std::string& name : names) {
    columns_.push_back(IndexOf(columns, name, "--key"));
    places.field_of_column.push_back(layout.field_of_column[columns_.back()]);
  }
  if (names.empty()) {
    names = {"key"};
    places = RowLayout::Identity(1);
  }
  value_ = MakeSchemaValue(names, places, key, *options.key_schema);
}

std::optional<std::string_view> SchemaKey::Encode(const Record& record, std::string_view text) {
  Record alone = record;
  if (columns_.empty()) {
    alone.fields = {&text, 1};
    alone.nulls = {};
  }
  // Grown only: filling the room anew for each row would cost more than the key.
  const std::size_t room = value_->RoomFor(alone);
  if (bytes_.size() < room) bytes_.resize(room);
  char* const end = value_->Append(alone, bytes_.data());
  if (end == nullptr) {
    bad_ = value_->bad();
    if (bad_.column && !columns_.empty()) bad_.column = columns_[*bad_.column];
    if (columns_.empty()) bad_.column.reset();
    return std::nullopt;
  }
  return std::string_view(bytes_.data(), static_cast<std::size_t>(end - bytes_.data()));
}

}  // namespace onceload
