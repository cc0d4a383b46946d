#include "onceload/options/load_file_schema.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;

Json TypeOf(const Option& option) {
  switch (option.access.kind) {
    case OptionKind::kFlag:
      return {{"type", "boolean"}};
    case OptionKind::kNumber:
      // A text, too, for it may be ${env:NAME}.
      return {{"oneOf",
               {{{"type", "integer"},
                 {"minimum", option.access.bounds.least},
                 {"maximum", option.access.bounds.most}},
                {{"type", "string"}}}}};
    case OptionKind::kChoice:
      return {{"enum", ChoicesOf(option)}};
    case OptionKind::kText:
    case OptionKind::kFile:
    case OptionKind::kDirectory:
      break;
  }
  if (option.name == "mapping") return {{"type", {"string", "object"}}};
  return {{"type", option.access.kind == OptionKind::kText ? Json::array({"string", "integer"})
                                                           : Json("string")}};
}

Json SchemaOf(const Option& option) {
  Json schema = TypeOf(option);
  if (option.Is(kRepeatable)) {
    schema = {{"oneOf", Json::array({schema, {{"type", "array"}, {"items", schema}}})}};
  }
  schema["description"] = option.help;
  return schema;
}

}  // namespace

std::vector<const Option*> OptionsOfLoadFile() {
  std::vector<const Option*> options;
  for (const Option& option : AllOptions()) {
    constexpr unsigned kVerbs = kLoad | kWatch | kVerify | kPlan | kDoctor | kSplit;
    if ((option.verbs & kVerbs) == 0 || option.name == "load-file") continue;
    const bool known = std::any_of(options.begin(), options.end(),
                                   [&](const Option* other) { return other->name == option.name; });
    if (!known) options.push_back(&option);
  }
  return options;
}

std::string LoadFileSchema() {
  Json properties = Json::object();
  for (const Option* option : OptionsOfLoadFile()) {
    properties[std::string(option->name)] = SchemaOf(*option);
  }
  const Json schema{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "Options of onceload load, watch, verify and plan"},
      {"description",
       "Members are options by their names. ${env:NAME} and ${file:PATH} in texts are "
       "replaced."},
      {"type", "object"},
      {"properties", properties},
      {"additionalProperties", false}};
  return schema.dump(2) + "\n";
}

}  // namespace onceload
