#include "onceload/schema/message_schema.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/schema/avro_schema.h"
#include "onceload/schema/proto_schema.h"

namespace onceload {
namespace {

constexpr std::array<std::string_view, 3> kTypeNames{"AVRO", "JSON", "PROTOBUF"};

}  // namespace

std::string_view NameOf(SchemaType type) { return kTypeNames[static_cast<std::size_t>(type)]; }

std::optional<SchemaType> SchemaTypeFromName(std::string_view name) {
  for (std::size_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == name) return static_cast<SchemaType>(i);
  }
  return std::nullopt;
}

std::string SchemaPrefix(std::uint32_t id) {
  std::string prefix(1, '\0');
  for (const unsigned shift : {24U, 16U, 8U, 0U}) prefix += static_cast<char>(id >> shift & 0xffU);
  return prefix;
}

std::string SchemaHeader(const MessageSchema& schema) {
  if (schema.guid.empty()) return SchemaPrefix(schema.id);
  constexpr std::size_t kGuidDigits = 32;
  std::string header(1, '\1');
  unsigned byte = 0;
  std::size_t digits = 0;
  for (const char c : schema.guid) {
    if (c == '-') continue;
    const std::size_t value =
        std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
    if (value == std::string_view::npos) break;
    byte = (byte << 4U | static_cast<unsigned>(value)) & 0xffU;
    if (++digits % 2 == 0) header += static_cast<char>(byte);
  }
  if (digits != kGuidDigits || header.size() != 1 + kGuidDigits / 2) {
    throw Error(ExitCode::kUsage, "the registry's GUID of a schema is none", schema.guid,
                "use --schema-framing prefix");
  }
  return header;
}

bool SameSchemaText(SchemaType type, std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (type == SchemaType::kProtobuf) return SameProto(a, b);
  const auto first = nlohmann::json::parse(a, nullptr, /*allow_exceptions=*/false);
  const auto second = nlohmann::json::parse(b, nullptr, /*allow_exceptions=*/false);
  if (!first.is_discarded() && first == second) return true;
  if (type != SchemaType::kAvro) return false;
  try {
    return SameAvro(*ParseAvroSchema(a, ""), *ParseAvroSchema(b, ""));
  } catch (const Error&) {
    return false;
  }
}

}  // namespace onceload
