#include "onceload/verify/frozen_encoding.h"

#include <optional>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"

namespace onceload {
namespace {

[[noreturn]] void Unreadable(const ProgressRecord& load, const std::string& what) {
  throw Error(ExitCode::kDisagreement, "the progress record's options cannot be read: " + what,
              "load " + load.load_name + ", written by onceload " + load.tool_version,
              "verify it with that version");
}

std::string ValueOf(const ProgressRecord& load, const std::string& name) {
  for (const auto& [option, value] : load.options) {
    if (option == name) return value;
  }
  Unreadable(load, "no \"" + name + "\"");
}

ColumnType TypeOf(const ProgressRecord& load, const std::string& name) {
  const std::optional<ColumnType> type = ColumnTypeFromName(name);
  if (!type) Unreadable(load, "type \"" + name + "\"");
  return *type;
}

}  // namespace

FrozenEncoding FrozenEncodingOf(const ProgressRecord& load) {
  FrozenEncoding frozen;
  const std::string format = ValueOf(load, "format");
  if (format != "json" && format != "raw") Unreadable(load, "format \"" + format + "\"");
  frozen.encode.format = format == "raw" ? MessageFormat::kRaw : MessageFormat::kJson;
  frozen.encode.key_column = ValueOf(load, "key");
  frozen.dialect = DecodeDialect(ValueOf(load, "dialect"));
  try {
    const auto types = nlohmann::json::parse(ValueOf(load, "types"));
    for (const auto& [column, name] : types.items()) {
      frozen.encode.types[column] = TypeOf(load, name.get<std::string>());
    }
    frozen.columns =
        nlohmann::json::parse(ValueOf(load, "columns")).get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception& error) {
    Unreadable(load, error.what());
  }
  return frozen;
}

}  // namespace onceload
