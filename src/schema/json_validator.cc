#include "onceload/schema/json_validator.h"

#include <exception>
#include <utility>

#include <jsoncons/json.hpp>
#include <jsoncons_ext/jsonschema/jsonschema.hpp>

#include "onceload/core/error.h"

namespace onceload {
namespace {

namespace jsonschema = jsoncons::jsonschema;
using jsoncons::json;

[[noreturn]] void Refuse(const std::string& what, const std::string& where) {
  throw Error(ExitCode::kUsage, "no JSON Schema that can be checked: " + what, where,
              "correct the schema");
}

// std::regex recurses for each character: a cell of 100 kB would end the process. Only as keywords,
// not as names of properties: a false alarm costs a flag, no alarm costs the process.
bool HasPattern(const json& schema) {
  if (schema.is_array()) {
    for (const json& item : schema.array_range()) {
      if (HasPattern(item)) return true;
    }
  }
  if (!schema.is_object()) return false;
  for (const auto& member : schema.object_range()) {
    if (member.key() == "pattern" && member.value().is_string()) return true;
    if (member.key() == "patternProperties") return true;
    if (HasPattern(member.value())) return true;
  }
  return false;
}

}  // namespace

class JsonValidator::Impl {
 public:
  Impl(std::string_view schema, const std::string& where) : schema_(Compiled(schema, where)) {}

  std::optional<std::string> Fault(std::string_view text) const {
    std::optional<std::string> fault;
    try {
      schema_.validate(json::parse(text), [&](const jsonschema::validation_message& message) {
        fault = message.instance_location().string() + ": " + message.message();
        return jsonschema::walk_result::abort;
      });
    } catch (const std::exception& error) {  // what JSON allows and the library does not read
      fault = error.what();
    }
    return fault;
  }

 private:
  static jsonschema::json_schema<json> Compiled(std::string_view text, const std::string& where) {
    try {
      json schema = json::parse(text);
      if (HasPattern(schema)) Refuse("it has a pattern", where);
      const auto options =
          jsonschema::evaluation_options{}.default_version(jsonschema::schema_version::draft7());
      return jsonschema::make_json_schema(std::move(schema), options);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      Refuse(error.what(), where);
    }
  }

  jsonschema::json_schema<json> schema_;
};

JsonValidator::JsonValidator(std::string_view schema, const std::string& where)
    : impl_(std::make_unique<Impl>(schema, where)) {}
JsonValidator::~JsonValidator() = default;
JsonValidator::JsonValidator(JsonValidator&&) noexcept = default;

std::optional<std::string> JsonValidator::Fault(std::string_view json) const {
  return impl_->Fault(json);
}

}  // namespace onceload
