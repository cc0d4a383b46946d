// Protobuf schemas: the messages that rows are written by, and the encoding's varints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace onceload {

enum class ProtoKind : std::uint8_t {
  kDouble,
  kFloat,
  kInt32,
  kInt64,
  kUint32,
  kUint64,
  kSint32,
  kSint64,
  kFixed32,
  kFixed64,
  kSfixed32,
  kSfixed64,
  kBool,
  kString,
  kBytes,
  kEnum,
  kMessage,
  kOther,  // a list, a map or a group, for which a cell has no form
};

struct ProtoMessage;

struct ProtoField {
  std::string name;
  std::string json_name;
  std::uint32_t number = 0;
  ProtoKind kind = ProtoKind::kOther;
  bool presence = false;                   // a reader can tell it from its default
  bool required = false;                   // of proto2
  std::optional<std::size_t> alternative;  // which of its message's oneofs it is of
  std::map<std::string, std::int32_t, std::less<>> symbols;  // of an enum
  const ProtoMessage* message = nullptr;                     // of kMessage; may contain itself
  std::string type;  // as people call it: "int64", "acme.Color"
};

struct ProtoMessage {
  std::string name;                // with its package
  std::vector<ProtoField> fields;  // by their numbers
  // google.protobuf.Timestamp and the wrappers (google.protobuf.Int64Value) are cells as well.
  bool timestamp = false;
  bool wrapper = false;
};

// Owns all messages that it leads to.
struct ProtoSchema {
  const ProtoMessage* message = nullptr;
  std::vector<int> indexes;  // where the schema has it: within each message, from outside in
  std::vector<std::unique_ptr<ProtoMessage>> messages;
};

// `name` of the message, with or without its package; empty: the first one. Imports of
// google/protobuf/*.proto are known, others are not looked for. Throws Error(kUsage) that names
// `where`, and the line: no schema, or one without this message.
ProtoSchema ParseProtoSchema(std::string_view text, std::string_view name,
                             const std::string& where);

// They say the same to readers, whatever their comments and layout. False for what is no schema.
bool SameProto(std::string_view a, std::string_view b);

// Most bytes of a varint, and of what stands before a field's value.
inline constexpr std::size_t kVarintBytesMax = 10;
inline constexpr std::size_t kProtoTagBytesMax = 5;

inline char* AppendVarint(std::uint64_t number, char* to) {
  for (; number >= 0x80U; number >>= 7U) *to++ = static_cast<char>(number | 0x80U);
  *to++ = static_cast<char>(number);
  return to;
}

// Ends a value of `size_at` + 1 to `end` by writing its size at `size_at`, and returns its end: up
// to 9 bytes further, for the size may need more than the one byte that was left for it.
char* EndNested(char* size_at, char* end);

enum class ProtoWire : std::uint8_t { kVarint = 0, kFixed64 = 1, kSized = 2, kFixed32 = 5 };
// How values of the kind are written; REQUIRES: not kOther.
ProtoWire WireOf(ProtoKind kind);
// Number and way of writing, as they stand before a field's value.
std::string ProtoTag(const ProtoField& field);

// What stands between a schema's id and the message: how many indexes and which, each as a zigzag
// varint; of the first message, as readers expect, 0 alone.
std::string ProtoIndexes(const std::vector<int>& indexes);

}  // namespace onceload
