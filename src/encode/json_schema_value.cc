// A JSON value that a schema takes, without what tells the schema.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "encode/cell_json.h"
#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "encode/json_escape.h"
#include "encode/value_encoder.h"
#include "onceload/core/error.h"
#include "onceload/core/nearest_name.h"
#include "onceload/schema/json_validator.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kFaultShownBytes = 300;

// The types that cells can be written as, by their names in JSON Schema.
const std::map<std::string, ColumnType>& TypesByName() {
  static const std::map<std::string, ColumnType> kTypes{
      {"string", ColumnType::kString}, {"integer", ColumnType::kInteger},
      {"number", ColumnType::kNumber}, {"boolean", ColumnType::kBoolean},
      {"object", ColumnType::kJson},   {"array", ColumnType::kJson}};
  return kTypes;
}

// Of a property's schema: the one type it may have besides null; nullopt: several, or any.
std::optional<ColumnType> TypeOf(const Json& property) {
  if (!property.is_object() || !property.contains("type")) return std::nullopt;
  const Json& said = property.at("type");
  std::optional<ColumnType> type;
  for (const Json& name : said.is_array() ? said : Json::array({said})) {
    if (!name.is_string() || name == "null") continue;
    const auto known = TypesByName().find(name.get<std::string>());
    if (known == TypesByName().end() || type) return std::nullopt;
    type = known->second;
  }
  return type;
}

// What a column of the type may be written as all the same: more digits or a text of its own.
bool Suits(ColumnType wanted, ColumnType declared) {
  if (wanted == declared || declared == ColumnType::kJson) return true;
  const bool bounded = declared == ColumnType::kInt32 || declared == ColumnType::kInt64;
  const bool time = declared == ColumnType::kTimestamp;
  switch (wanted) {
    case ColumnType::kInteger:
      return bounded || time;
    case ColumnType::kNumber:
      return bounded || declared == ColumnType::kInteger;
    case ColumnType::kString:
      return IsTime(declared) || declared == ColumnType::kDecimal ||
             declared == ColumnType::kUuid || declared == ColumnType::kBase64;
    default:
      return false;
  }
}

// Brings the columns together with the schema's properties, as far as it lists them.
class Binder {
 public:
  Binder(const std::vector<std::string>& columns, const EncodeOptions& options, const Json& schema)
      : options_(options), schema_(schema) {
    for (const std::string& column : columns) {
      const auto& drops = options.drops;
      if (std::find(drops.begin(), drops.end(), column) == drops.end()) Bind(column);
    }
    for (const auto& [name, json] : options.constants) names_.push_back(name);
    Require();
  }

  // With the types of columns that --type says nothing of.
  EncodeOptions Options() const {
    if (faults_.empty()) return options_;
    std::string what;
    for (const std::string& fault : faults_) what += (what.empty() ? "" : "; ") + fault;
    throw Error(ExitCode::kUsage, "the columns do not fit the schema: " + what, "JSON Schema",
                "name properties with --rename, leave columns out with --drop, give constants with "
                "--set, types with --type");
  }

 private:
  static const Json* Member(const Json* json, const std::string& name) {
    if (json == nullptr || !json->is_object() || !json->contains(name)) return nullptr;
    return &json->at(name);
  }

  // The property's own schema; nullptr: the schema does not list it.
  const Json* Property(const std::string& name) const {
    const Json* at = &schema_;
    std::string rest = name;
    for (;;) {
      const std::size_t dot = options_.nested ? rest.find('.') : std::string::npos;
      at = Member(Member(at, "properties"), rest.substr(0, dot));
      if (at == nullptr || dot == std::string::npos) return at;
      rest.erase(0, dot + 1);
    }
  }

  void Bind(const std::string& column) {
    const auto renamed = options_.renames.find(column);
    const std::string& name = renamed == options_.renames.end() ? column : renamed->second;
    names_.push_back(name);
    const Json* const property = Property(name);
    if (property == nullptr) return Unlisted(name);
    const std::optional<ColumnType> wanted = TypeOf(*property);
    const auto declared = options_.types.find(column);
    if (declared != options_.types.end()) {
      if (!wanted || Suits(*wanted, declared->second)) return;
      faults_.push_back("column " + Quoted(column, kNameShownBytes) + " is of type " +
                        std::string(NameOf(declared->second)) + ", which property " +
                        Quoted(name, kNameShownBytes) + ", " + property->at("type").dump() +
                        ", cannot hold");
    } else if (wanted && *wanted != ColumnType::kString) {
      options_.types[column] = *wanted;
    }
  }

  void Unlisted(const std::string& name) {
    const Json* const more = Member(&schema_, "additionalProperties");
    if (more == nullptr || *more != false) return;
    std::vector<std::string> known;
    if (const Json* const properties = Member(&schema_, "properties")) {
      for (const auto& [property, its] : properties->items()) known.push_back(property);
    }
    const std::string nearest = NearestName(name, known);
    faults_.push_back("there is no property for column " + Quoted(name, kNameShownBytes) +
                      ", there are " + ListOf(known) +
                      (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
  }

  void Require() {
    const Json* const required = Member(&schema_, "required");
    if (required == nullptr || !required->is_array()) return;
    for (const Json& name : *required) {
      if (!name.is_string()) continue;
      const auto text = name.get<std::string>();
      const bool there = std::any_of(names_.begin(), names_.end(), [&](const std::string& known) {
        return known == text || (options_.nested && known.starts_with(text + "."));
      });
      if (!there) {
        faults_.push_back("no column fills property " + Quoted(text, kNameShownBytes) +
                          ", which is required");
      }
    }
  }

  EncodeOptions options_;
  const Json& schema_;
  std::vector<std::string> names_;
  std::vector<std::string> faults_;
};

// May a JSON value by the schema be anything but an object?
bool IsOfObjects(const Json& schema) {
  if (!schema.is_object() || !schema.contains("type") || schema.contains("properties")) return true;
  const Json& type = schema.at("type");
  if (!type.is_array()) return type == "object";
  return std::find(type.begin(), type.end(), "object") != type.end();
}

// The cell of the only column, without an object around it.
class LoneJsonValue final : public ValueEncoder {
 public:
  LoneJsonValue(const std::vector<std::string>& columns, const RowLayout& layout,
                const EncodeOptions& options, const Json& schema)
      : columns_(columns), field_(layout.field_of_column[0]) {
    const std::string& column = columns_[0];
    const std::optional<ColumnType> wanted = TypeOf(schema);
    const auto declared = options.types.find(column);
    if (declared != options.types.end()) type_ = declared->second;
    if (declared == options.types.end() && wanted) type_ = *wanted;
    if (wanted && !Suits(*wanted, type_)) {
      throw Error(ExitCode::kUsage,
                  "column " + Quoted(column, kNameShownBytes) + " is of type " +
                      std::string(NameOf(type_)) + ", which the schema, " +
                      schema.at("type").dump() + ", cannot hold",
                  "JSON Schema", "correct --type, or the schema");
    }
    if (type_ != ColumnType::kString) typed_.emplace(column, type_, options);
  }

  std::size_t RoomFor(const Record& record) const override {
    const std::size_t cell = field_ == RowLayout::kAbsent ? 0 : record.fields[field_].size();
    return kEscapedBytesMax * cell + kTypedBytesMax + kNullText.size();
  }

  char* Append(const Record& record, char* to) override {
    if (field_ == RowLayout::kAbsent || record.is_null(field_)) return AppendBytes(kNullText, to);
    const std::string_view cell = record.fields[field_];
    if (!typed_) {
      *to++ = '"';
      to = AppendEscaped(cell, to);
      *to++ = '"';
      return to;
    }
    if (cell.empty()) return AppendBytes(kNullText, to);
    char* const end = typed_->Append(cell, to);
    const bool json = type_ == ColumnType::kJson;
    if (end == nullptr) bad_ = NoValue(columns_, 0, cell, json ? "JSON" : NameOf(type_));
    return end;
  }

 private:
  static constexpr std::string_view kNullText = "null";

  const std::vector<std::string> columns_;
  const std::size_t field_;
  ColumnType type_ = ColumnType::kString;
  std::optional<CellJson> typed_;
};

class JsonSchemaValue final : public OuterValue {
 public:
  JsonSchemaValue(std::unique_ptr<ValueEncoder> value, JsonValidator validator)
      : OuterValue(std::move(value)), validator_(std::move(validator)) {}

  char* Append(const Record& record, char* to) override {
    char* const end = AppendInner(record, to);
    if (end == nullptr) return nullptr;
    const std::optional<std::string> fault =
        validator_.Fault({to, static_cast<std::size_t>(end - to)});
    if (!fault) return end;
    bad_ = {RowFault::kType, std::nullopt,
            "the schema does not take it: " + Quoted(*fault, kFaultShownBytes)};
    return nullptr;
  }

 private:
  const JsonValidator validator_;
};

}  // namespace

std::unique_ptr<ValueEncoder> MakeJsonSchemaValue(const std::vector<std::string>& columns,
                                                  const RowLayout& layout,
                                                  const EncodeOptions& options,
                                                  const MessageSchema& schema) {
  const std::string where = "schema " + std::to_string(schema.id);
  const Json json = Json::parse(schema.text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    throw Error(ExitCode::kUsage, "no JSON Schema: it is no JSON", where, "correct the schema");
  }
  std::unique_ptr<ValueEncoder> value;
  if (columns.size() == 1 && options.constants.empty() && !IsOfObjects(json)) {
    value = std::make_unique<LoneJsonValue>(columns, layout, options, json);
  } else {
    value = MakeJsonValue(columns, layout, Binder(columns, options, json).Options());
  }
  if (options.no_schema_check) return value;
  return std::make_unique<JsonSchemaValue>(std::move(value), JsonValidator(schema.text, where));
}

}  // namespace onceload
