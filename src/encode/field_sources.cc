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
constexpr int kLevelsMax = 100;  // of records within each other: readers go no deeper either

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
  for (std::size_t i = 0; i < sources_.size(); ++i) Index(i);
}

void FieldSources::Index(std::size_t at) {
  const std::string& name = sources_[at].name;
  const std::string path = PathOf(name);
  const std::string whole = AvroNameOf(name);
  by_name_[name].push_back(at);
  by_written_[whole].push_back(at);
  if (path != whole) by_written_[path].push_back(at);
  AddPrefixes(name);
  AddPrefixes(path);
}

void FieldSources::AddPrefixes(const std::string& name) {
  std::size_t dot = name.find('.');
  for (int level = 0; dot != std::string::npos && level < kLevelsMax; ++level) {
    prefixes_.insert(name.substr(0, dot));
    dot = name.find('.', dot + 1);
  }
}

FieldSource* FieldSources::Unused(const Places& places, const std::string& name) {
  const auto found = places.find(name);
  if (found == places.end()) return nullptr;
  for (const std::size_t at : found->second) {
    if (!sources_[at].used) return &sources_[at];
  }
  return nullptr;
}

FieldSource* FieldSources::Find(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (FieldSource* const source = Unused(by_name_, name)) return source;
  }
  return Unused(by_written_, names.front());
}

bool FieldSources::AnyWithin(const std::vector<std::string>& names) const {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return prefixes_.contains(name); });
}

std::vector<std::string> FieldSources::Within(const std::vector<std::string>& names) const {
  std::vector<std::string> within;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == 0 || prefixes_.contains(names[i])) within.push_back(names[i] + ".");
  }
  return within;
}

void FieldSources::Check(const std::string& schema) {
  for (const FieldSource& source : sources_) {
    if (!source.used) TellUnused(source);
  }
  const std::size_t count = faults_.size() + unused_;
  if (count == 0) return;
  std::string what;
  const std::size_t told = std::min(faults_.size(), kFaultsTold);
  for (std::size_t i = 0; i < told; ++i) what += (i == 0 ? "" : "; ") + faults_[i];
  if (count > told) what += "; and " + std::to_string(count - told) + " more";
  throw Error(ExitCode::kUsage, "the columns do not fit the schema: " + what, schema,
              "name fields with --rename, leave columns out with --drop, give constants with "
              "--set, types with --type");
}

void FieldSources::TellUnused(const FieldSource& source) {
  if (faults_.size() >= kFaultsTold) {
    ++unused_;  // looking for the nearest name takes time
    return;
  }
  const std::string nearest = NearestName(source.name, fields_);
  Fault("there is no field for column " + Quoted(source.name, kNameShownBytes) + ", there are " +
        ListOf(fields_) + (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

}  // namespace onceload
