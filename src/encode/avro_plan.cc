#include "encode/avro_plan.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "encode/value_encoder.h"
#include "onceload/core/error.h"
#include "onceload/core/nearest_name.h"

namespace onceload {
namespace {

constexpr std::size_t kFaultsTold = 5;

// What may fill a field: a column, or a constant of --set.
struct Source {
  std::string name;  // in messages
  std::optional<std::size_t> column;
  std::string json;   // of a constant
  bool made = false;  // its {file} and {row} are filled in
  bool used = false;
};

ColumnType DeclaredType(const EncodeOptions& options, const std::string& column) {
  const auto given = options.types.find(column);
  return given == options.types.end() ? ColumnType::kString : given->second;
}

// Types and ways of writing that JSON's reading of a cell knows alone: Avro has its plain text.
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

class Planner {
 public:
  Planner(const std::vector<std::string>& columns, const RowLayout& layout,
          const EncodeOptions& options)
      : columns_(columns), layout_(layout), options_(options) {
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

  AvroPlan Make(const AvroTypePtr& schema) {
    if (schema->kind == AvroKind::kRecord) {
      Record(*schema, {""});
    } else if (sources_.size() == 1) {
      Fill(sources_[0], schema, {"value", {}, schema, std::nullopt});
    } else {
      Fault("the schema is a " + NameOf(*schema) +
            ", which has room for one column, and there are " + std::to_string(sources_.size()));
    }
    for (const Source& source : sources_) {
      if (!source.used) NoField(source);
    }
    if (!faults_.empty()) Throw(*schema);
    for (const AvroStep& step : plan_.steps) plan_.room += RoomOf(step);
    return std::move(plan_);
  }

 private:
  using Names = std::vector<std::string>;

  static std::size_t RoomOf(const AvroStep& step) {
    std::size_t room = 0;
    for (const AvroChoice& choice : step.choices) {
      room = std::max(room, choice.cell.room() + choice.branch.size());
    }
    if (step.reading) room += kTypedBytesMax;
    return std::max({room, step.bytes.size(), step.null_bytes ? step.null_bytes->size() : 0});
  }

  void Fault(std::string text) { faults_.push_back(std::move(text)); }

  [[noreturn]] void Throw(const AvroType& schema) const {
    std::string what;
    for (std::size_t i = 0; i < faults_.size() && i < kFaultsTold; ++i) {
      what += (i == 0 ? "" : "; ") + faults_[i];
    }
    if (faults_.size() > kFaultsTold) {
      what += "; and " + std::to_string(faults_.size() - kFaultsTold) + " more";
    }
    throw Error(ExitCode::kUsage, "the columns do not fit the schema: " + what,
                "Avro schema " + NameOf(schema),
                "name fields with --rename, leave columns out with --drop, give constants with "
                "--set, types with --type");
  }

  void NoField(const Source& source) {
    const std::string nearest = NearestName(source.name, fields_);
    Fault("there is no field for column " + Quoted(source.name, kNameShownBytes) + ", there are " +
          ListOf(fields_) + (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
  }

  // `paths`: what the record's fields may be called before their own names, aliases too.
  void Record(const AvroType& record, const Names& paths) {
    for (const AvroField& field : record.fields) Field(field, paths);
  }

  static Names Paths(const AvroField& field, const Names& paths) {
    Names names;
    for (const std::string& path : paths) {
      names.push_back(path + field.name);
      for (const std::string& alias : field.aliases) names.push_back(path + alias);
    }
    return names;
  }

  Source* Find(const Names& names) {
    for (const std::string& name : names) {
      for (Source& source : sources_) {
        if (!source.used && source.name == name) return &source;
      }
    }
    for (Source& source : sources_) {
      if (!source.used && AvroNameOf(source.name) == names.front()) return &source;
    }
    return nullptr;
  }

  bool AnyWithin(const Names& paths) const {
    return std::any_of(sources_.begin(), sources_.end(), [&](const Source& source) {
      return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
        return source.name.starts_with(path + ".");
      });
    });
  }

  void Field(const AvroField& field, const Names& paths) {
    const Names names = Paths(field, paths);
    fields_.push_back(names.front());
    if (Source* const source = Find(names)) {
      source->used = true;
      return Fill(*source, field.type, field);
    }
    Names within = names;
    for (std::string& name : within) name += '.';
    const bool any = AnyWithin(names);
    if (field.type->kind == AvroKind::kRecord && (any || !field.default_bytes)) {
      return Record(*field.type, within);
    }
    if (any && Group(*field.type, within)) return;
    if (field.default_bytes) return Bytes(*field.default_bytes);
    if (const std::optional<std::string> null = NullOf(*field.type)) return Bytes(*null);
    Fault("no column fills field " + Quoted(names.front(), kNameShownBytes) + ", a " +
          NameOf(*field.type) + " without a default");
  }

  void Bytes(std::string bytes) {
    AvroStep step;
    step.bytes = std::move(bytes);
    plan_.steps.push_back(std::move(step));
  }

  // nullopt: the type has no null.
  static std::optional<std::string> NullOf(const AvroType& type) {
    if (type.kind == AvroKind::kNull) return std::string();
    for (std::size_t i = 0; i < type.parts.size() && type.kind == AvroKind::kUnion; ++i) {
      if (type.parts[i]->kind == AvroKind::kNull) return AvroLong(static_cast<std::int64_t>(i));
    }
    return std::nullopt;
  }

  // A record that may be null. False: the type is no such union.
  bool Group(const AvroType& type, const Names& paths) {
    for (std::size_t i = 0; i < type.parts.size() && type.kind == AvroKind::kUnion; ++i) {
      if (type.parts[i]->kind != AvroKind::kRecord) continue;
      const std::size_t at = plan_.steps.size();
      AvroStep group;
      group.kind = AvroStep::Kind::kGroup;
      group.bytes = AvroLong(static_cast<std::int64_t>(i));
      group.null_bytes = NullOf(type);
      plan_.steps.push_back(std::move(group));
      Record(*type.parts[i], paths);
      AvroStep& made = plan_.steps[at];
      made.steps = plan_.steps.size() - at - 1;
      for (std::size_t step = at + 1; step < plan_.steps.size(); ++step) {
        if (plan_.steps[step].kind == AvroStep::Kind::kCell && !plan_.steps[step].made) {
          made.fields.push_back(plan_.steps[step].field);
        }
      }
      return true;
    }
    return false;
  }

  void Fill(Source& source, const AvroTypePtr& type, const AvroField& field) {
    source.used = true;
    if (source.made) return FillMade(source, type, field);
    if (!source.column) {
      const std::optional<std::string> bytes = ConstantOf(*type, source.json);
      return bytes ? Bytes(*bytes) : NoConstant(source, *type, field);
    }
    const std::size_t in_file = layout_.field_of_column[*source.column];
    if (in_file == RowLayout::kAbsent) return FillAbsent(*type, field);
    AvroStep step;
    step.kind = AvroStep::Kind::kCell;
    step.field = in_file;
    step.column = *source.column;
    step.null_bytes = NullOf(*type);
    const std::string& column = columns_[step.column];
    AddChoices(type, DeclaredType(options_, column), TimestampFormatOf(options_, column), step);
    if (ReadAsJson(options_, column)) {
      step.reading.emplace(column, DeclaredType(options_, column), options_);
    }
    const bool only_null = type->kind == AvroKind::kNull;
    if (step.choices.empty() && !only_null) return NoChoice(*source.column, *type, field);
    plan_.steps.push_back(std::move(step));
  }

  void FillMade(const Source& source, const AvroTypePtr& type, const AvroField& field) {
    AvroStep step;
    step.kind = AvroStep::Kind::kCell;
    AddChoices(type, ColumnType::kString, {}, step);
    if (step.choices.empty()) return NoConstant(source, *type, field);
    step.plain_text = false;
    step.made = RowTemplate::OfPlace(nlohmann::json::parse(source.json).get<std::string>());
    plan_.steps.push_back(std::move(step));
  }

  void NoConstant(const Source& source, const AvroType& type, const AvroField& field) {
    Fault("the constant " + source.json + " of --set is no " + NameOf(type) + ", as field " +
          Quoted(field.name, kNameShownBytes) + " is");
  }

  // A column that this file lacks and others have.
  void FillAbsent(const AvroType& type, const AvroField& field) {
    const std::optional<std::string> null = NullOf(type);
    if (null || field.default_bytes) return Bytes(null ? *null : *field.default_bytes);
    Fault("the file lacks column " + Quoted(field.name, kNameShownBytes) + ", a " + NameOf(type) +
          " without null or default");
  }

  // A text of --set may stand for a number.
  static std::optional<std::string> ConstantOf(const AvroType& type, const std::string& json) {
    std::optional<std::string> bytes = AvroOfJson(type, json);
    const bool text = json.size() >= 2 && json.front() == '"';
    if (!bytes && text) bytes = AvroOfJson(type, json.substr(1, json.size() - 2));
    return bytes;
  }

  static void AddChoices(const AvroTypePtr& type, ColumnType declared,
                         const TimestampFormat& format, AvroStep& step) {
    const bool is_union = type->kind == AvroKind::kUnion;
    const std::size_t parts = is_union ? type->parts.size() : 1;
    for (std::size_t i = 0; i < parts; ++i) {
      const AvroTypePtr& part = is_union ? type->parts[i] : type;
      if (part->kind == AvroKind::kNull || !AvroCell::Takes(*part, declared)) continue;
      const bool bytes = part->kind == AvroKind::kString || part->kind == AvroKind::kBytes;
      if (bytes && part->logical == AvroLogical::kNone && declared == ColumnType::kString) {
        step.empty_is_null = false;
      }
      step.choices.push_back({AvroCell(part, declared, format),
                              is_union ? AvroLong(static_cast<std::int64_t>(i)) : std::string()});
    }
    step.plain_text = !step.empty_is_null && step.choices.size() == 1 &&
                      step.choices[0].cell.type().kind == AvroKind::kString;
  }

  void NoChoice(std::size_t column, const AvroType& type, const AvroField& field) {
    const std::string declared(NameOf(DeclaredType(options_, columns_[column])));
    Fault("column " + Quoted(columns_[column], kNameShownBytes) + " is of type " + declared +
          ", which field " + Quoted(field.name, kNameShownBytes) + ", a " + NameOf(type) +
          ", cannot hold");
  }

  const std::vector<std::string>& columns_;
  const RowLayout& layout_;
  const EncodeOptions& options_;
  std::vector<Source> sources_;
  Names fields_;  // of the schema, by their paths
  Names faults_;
  AvroPlan plan_;
};

}  // namespace

AvroPlan PlanAvro(const std::vector<std::string>& columns, const RowLayout& layout,
                  const EncodeOptions& options, const AvroTypePtr& schema) {
  return Planner(columns, layout, options).Make(schema);
}

}  // namespace onceload
