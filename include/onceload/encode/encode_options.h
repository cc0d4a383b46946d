// How rows become messages: what the command line and the mapping file say, and its frozen form.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onceload/schema/message_schema.h"

namespace onceload {

enum class MessageFormat : std::uint8_t {
  kJson,        // an object, a member for each column, in file order
  kRaw,         // the record's own bytes without its record end
  kAvro,        // by a schema, as docs/formats.md has it
  kJsonSchema,  // kJson, of a schema that a registry has
  kProtobuf,    // by a schema, likewise
};
// nullopt: values of this format have no schema.
std::optional<SchemaType> SchemaTypeOf(MessageFormat format);

enum class KeyFormat : std::uint8_t {
  kText,  // the cell's own bytes, or a JSON array of several
  kAvro,
  kJsonSchema,  // one column: as JSON writes its cell; several: an object
  kProtobuf,
};
std::optional<SchemaType> SchemaTypeOf(KeyFormat format);

// How a cell becomes JSON. Numbers keep their text: no float ever touches them. A cell that
// the dialect calls null is null, and so is an empty one of any type but kString.
enum class ColumnType : std::uint8_t {
  kString,
  kInteger,    // -?(0|[1-9][0-9]*)
  kNumber,     // RFC 8259, section 6
  kBoolean,    // true false (any case), 1 0
  kJson,       // any JSON text (RFC 8259), passed on as it is
  kDecimal,    // -?[0-9]+(.[0-9]+)?, kept as a JSON string: readers that parse numbers as doubles
               // cannot round it
  kTimestamp,  // as TimestampFormat says
  kDate,       // likewise, to 2019-10-01
  kTime,       // likewise, to 00:00:00[.123]
  kInt32,      // an integer of 32 bits, and of 64
  kInt64,
  kUuid,    // a string in lower case with dashes
  kBase64,  // a string of RFC 4648, with padding
};
constexpr bool IsTime(ColumnType type) {
  return type == ColumnType::kTimestamp || type == ColumnType::kDate || type == ColumnType::kTime;
}
constexpr bool IsNumber(ColumnType type) {
  return type == ColumnType::kInteger || type == ColumnType::kNumber ||
         type == ColumnType::kDecimal || type == ColumnType::kInt32 || type == ColumnType::kInt64;
}
std::string_view NameOf(ColumnType type);
std::optional<ColumnType> ColumnTypeFromName(std::string_view name);

// How a cell tells a time, and how JSON does. Fractions below a millisecond are cut off.
struct TimestampFormat {
  // "iso" (2019-10-01T00:00:00[.123][Z|+02:00]; a space for the T will do), "iso8601" (whatever
  // passes for it), "epoch-s" (fractions allowed), "epoch-ms", "epoch-us", "epoch-ns", or a pattern
  // of the directives in docs/mapping.md. Anything else in it stands for itself. No locale. Several
  // between bars are tried in turn.
  std::string pattern = "iso";
  // Of cells without an offset: "UTC", an offset such as "+02:00", or an IANA name.
  std::string zone = "UTC";
  bool iso = false;  // 2019-10-01T00:00:00.000Z as a string, not milliseconds since 1970

  bool operator==(const TimestampFormat&) const = default;
};

enum class EmptyKey : std::uint8_t {
  kEmpty,  // an empty key: all such rows in one partition
  kNull,   // no key: spread by row number
  kError,  // a bad row
};
std::string_view NameOf(EmptyKey rule);
std::optional<EmptyKey> EmptyKeyFromName(std::string_view name);

// Columns go by the file's names, before any renaming.
struct EncodeOptions {
  MessageFormat format = MessageFormat::kJson;
  std::map<std::string, ColumnType> types;            // others are kString
  std::map<std::string, TimestampFormat> timestamps;  // of IsTime() columns; others: default
  // How numbers are written, by a sample ("1.234,56"), and the texts of true and false ("t|f").
  std::map<std::string, std::string> written;
  // JSON without numbers beyond a double and lone surrogates, as loads begun by earlier versions
  // read it. Never of a new load.
  bool narrow_json = false;
  std::map<std::string, std::string> renames;  // column to its name in JSON
  std::vector<std::string> drops;              // not in JSON; keys may still be made of it
  std::vector<std::pair<std::string, std::string>> constants;  // name and JSON text, at the end
  // Of them, those whose text has {file} and {row}, which each row fills in. Sorted.
  std::vector<std::string> templates;
  bool nested = false;  // names with dots become objects, each where its first member stands

  // The key: at most one of these three; none: null keys.
  std::vector<std::string> key_columns;
  std::optional<std::string> key_constant;
  bool key_template = false;  // the constant has {file} and {row}, which each row fills in
  bool key_row = false;       // the row number, decimal
  // Between the cells of several key columns; without it, a JSON array of strings.
  std::optional<std::string> key_separator;
  // A null cell is an empty one here. A key of several columns is empty if all of its cells are.
  EmptyKey on_empty_key = EmptyKey::kEmpty;
  KeyFormat key_format = KeyFormat::kText;

  // Of formats that have a schema: not in the mapping, but frozen beside it
  // (rows/frozen_encoding.h) once a registry has told them.
  std::optional<MessageSchema> value_schema;
  std::optional<MessageSchema> key_schema;
  SchemaFraming framing = SchemaFraming::kPrefix;
  bool no_schema_check = false;  // JSON is not held against its schema

  std::string partition_by;      // column whose bytes choose the partition; empty: the key does
  std::string timestamp_column;  // of kTimestamp, or milliseconds since 1970; empty: none
  bool headers = false;          // onceload.load, .file, .row, .byte
  // Name and text of further headers, behind those; {COLUMN}, {file} and {row} are filled in.
  std::vector<std::pair<std::string, std::string>> row_headers;
  // A row whose cell of this column is this text becomes a message without a value, which deletes
  // its key from a compacted topic. Empty: none does.
  std::string tombstone_column;
  std::string tombstone_text;

  bool operator==(const EncodeOptions&) const = default;
};

// The mapping file: docs/mapping.md. Throws Error(kUsage) that names `path` and the JSON pointer.
EncodeOptions ParseMapping(std::string_view text, const std::string& path);

// The frozen form is a mapping too: compact, in a fixed order, only what is not the default.
std::string EncodeMessageOptions(const EncodeOptions& options);
// Throws Error(kDisagreement) for what it does not know.
EncodeOptions DecodeMessageOptions(std::string_view text);

}  // namespace onceload
