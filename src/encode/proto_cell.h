// A cell as a field of a Protobuf message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "encode/cell_value.h"
#include "encode/timestamp.h"
#include "onceload/encode/encode_options.h"
#include "onceload/schema/proto_schema.h"

namespace onceload {

// Used by one thread. The field must outlive it.
class ProtoCell {
 public:
  // `declared` and `format`: as --type has them for the column. REQUIRES: Takes(field, declared).
  // Cells of the types that CellJson::Plain() is for are what that gives.
  ProtoCell(const ProtoField& field, ColumnType declared, const TimestampFormat& format);

  // Whether cells of a column declared so can be such a field.
  static bool Takes(const ProtoField& field, ColumnType declared);
  // An empty cell is a value of such a field, not the lack of one.
  static bool IsText(const ProtoField& field, ColumnType declared);

  // Most bytes that a field has besides those of its cell.
  std::size_t room() const;
  // Writes tag and value, and returns their end: nothing where the value is the default and the
  // field cannot tell it from none, as all serializers do. nullptr: the cell is no such value.
  char* Append(std::string_view cell, char* to);
  // The same of a text that is written as it is. REQUIRES: a string, of a column without a type.
  char* AppendText(std::string_view cell, char* to) const { return AppendSized(cell, to); }
  // Of times: those so far.
  TimeSpan span() const { return text_.span().any() ? text_.span() : span_; }
  const ProtoField& field() const { return *field_; }

 private:
  // Of a wrapper, the field within it.
  const ProtoField& Inner() const;
  char* AppendTimestamp(std::string_view cell, char* to);
  char* AppendScalar(std::string_view cell, char* to);
  char* AppendVarying(std::optional<std::uint64_t> bits, char* to) const;
  template <typename Bits>
  char* AppendFixed(std::optional<Bits> bits, char* to) const;
  char* AppendSized(std::optional<std::string_view> bytes, char* to) const;
  std::optional<std::uint64_t> WholeNumber(std::string_view cell);

  const ProtoField* field_;
  const std::string tag_;        // of the field, or of the wrapper's
  const std::string outer_tag_;  // of a wrapper
  const bool keep_default_;
  const ColumnType declared_;
  bool backwards_;                         // numbers before 1970 have their fraction behind a minus
  std::unique_ptr<TimestampParser> time_;  // nullptr: no time
  CellText text_;
  std::string bytes_;  // that a base64 text tells
  TimeSpan span_;
};

}  // namespace onceload
