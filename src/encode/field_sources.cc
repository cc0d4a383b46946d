#include "encode/field_sources.h"

#include <algorithm>
#include <utility>

#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "onceload/core/error.h"
#include "onceload/core/nearest_name.h"
#include "onceload/schema/avro_schema.h"

namespace onceload {
namespace {

constexpr std::size_t kFaultsTold = 5;

// The parts of a name with dots as a schema can have them: "a b.c" is "a_b.c".
std::string PathOf(std::string_view name) {
  std::string path;
  for (;;) {
    const std::size_t dot = name.find('.');
    path += AvroNameOf(name.substr(0, dot));
    if (dot == std::string_view::npos) return path;
    path += '.';
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

ColumnType DeclaredType(const EncodeOptions& options, const std::string& column) {
  const auto given = options.types.find(column);
  return given == options.types.end() ? ColumnType::kString : given->second;
}

bool ReadAsJson(const EncodeOptions& options, const std::string& column) {
  if (options.written.contains(column)) return true;
  switch (DeclaredType(options, column)) {
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kInt32:
    case ColumnType::kInt64:
    case ColumnType::kUuid:
    case ColumnType::kBase64:
      return true;
    default:
      return false;
  }
}

FieldSources::FieldSources(const std::vector<std::string>& columns, const EncodeOptions& options) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& drops = options.drops;
    if (std::find(drops.begin(), drops.end(), columns[i]) != drops.end()) continue;
    const auto renamed = options.renames.find(columns[i]);
    sources_.push_back({renamed == options.renames.end() ? columns[i] : renamed->second, i, ""});
  }
  for (const auto& [name, json] : options.constants) {
    const auto& made = options.templates;
    sources_.push_back({name, {}, json, std::find(made.begin(), made.end(), name) != made.end()});
  }
}

FieldSource* FieldSources::Find(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    for (FieldSource& source : sources_) {
      if (!source.used && source.name == name) return &source;
    }
  }
  for (FieldSource& source : sources_) {
    if (source.used) continue;
    if (AvroNameOf(source.name) == names.front()) return &source;
    if (PathOf(source.name) == names.front()) return &source;
  }
  return nullptr;
}

bool FieldSources::AnyWithin(const std::vector<std::string>& names) const {
  return std::any_of(sources_.begin(), sources_.end(), [&](const FieldSource& source) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return source.name.starts_with(name + ".");
    });
  });
}

void FieldSources::Check(const std::string& schema) {
  for (const FieldSource& source : sources_) {
    if (!source.used) TellUnused(source);
  }
  if (faults_.empty()) return;
  std::string what;
  for (std::size_t i = 0; i < faults_.size() && i < kFaultsTold; ++i) {
    what += (i == 0 ? "" : "; ") + faults_[i];
  }
  if (faults_.size() > kFaultsTold) {
    what += "; and " + std::to_string(faults_.size() - kFaultsTold) + " more";
  }
  throw Error(ExitCode::kUsage, "the columns do not fit the schema: " + what, schema,
              "name fields with --rename, leave columns out with --drop, give constants with "
              "--set, types with --type");
}

void FieldSources::TellUnused(const FieldSource& source) {
  const std::string nearest = NearestName(source.name, fields_);
  Fault("there is no field for column " + Quoted(source.name, kNameShownBytes) + ", there are " +
        ListOf(fields_) + (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

}  // namespace onceload
