// The schema by which a message's key or value is written, as a registry knows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace onceload {

enum class SchemaType : std::uint8_t { kAvro, kJson, kProtobuf };
// As registries call them: "AVRO", "JSON", "PROTOBUF".
std::string_view NameOf(SchemaType type);
std::optional<SchemaType> SchemaTypeFromName(std::string_view name);

struct MessageSchema {
  SchemaType type = SchemaType::kAvro;
  std::uint32_t id = 0;
  std::string guid;  // "89791762-2336-4186-9674-299b90a802e2"; empty: the registry gives none
  std::string text;
  std::string message{};  // of a Protobuf schema, which of its messages; empty: the first

  bool operator==(const MessageSchema&) const = default;
};

// Where a message tells its schema.
enum class SchemaFraming : std::uint8_t {
  kPrefix,  // byte 0 and four bytes of the id, before the payload
  kHeader,  // the header __value_schema_id or __key_schema_id; the payload is as it is without one
};

inline constexpr std::size_t kSchemaPrefixBytes = 5;

// Byte 0 and the id, big-endian.
std::string SchemaPrefix(std::uint32_t id);
// The header's value: byte 1 and the 16 bytes of the GUID, or the prefix where there is none, which
// readers take in a header as well. Throws Error(kUsage): the GUID is none.
std::string SchemaHeader(const MessageSchema& schema);

// Two texts that say the same. A registry may give a schema back written otherwise than it was
// sent: Avro and Protobuf are compared by their types, JSON by its values.
bool SameSchemaText(SchemaType type, std::string_view a, std::string_view b);

}  // namespace onceload
