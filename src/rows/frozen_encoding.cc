#include "onceload/rows/frozen_encoding.h"

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/encode/zone_names.h"

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

}  // namespace

FrozenOptions Freeze(const FrozenEncoding& encoding) {
  return {{"columns", nlohmann::ordered_json(encoding.columns).dump()},
          {"dialect", EncodeDialect(encoding.dialect)},
          {"encoding", std::string(NameOf(encoding.encoding))},
          {"messages", EncodeMessageOptions(encoding.encode)}};
}

FrozenEncoding FrozenEncodingOf(const ProgressRecord& load) {
  FrozenEncoding frozen;
  frozen.encode = WithReadableZones(DecodeMessageOptions(ValueOf(load, "messages")));
  frozen.dialect = DecodeDialect(ValueOf(load, "dialect"));
  frozen.encoding = EncodingFromName(ValueOf(load, "encoding"));
  try {
    frozen.columns =
        nlohmann::json::parse(ValueOf(load, "columns")).get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception& error) {
    Unreadable(load, error.what());
  }
  return frozen;
}

}  // namespace onceload
