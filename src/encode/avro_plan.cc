#include "encode/avro_plan.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "encode/field_sources.h"
#include "encode/value_encoder.h"

namespace onceload {
namespace {

class AvroPlanner {
 public:
  AvroPlanner(const std::vector<std::string>& columns, const RowLayout& layout,
              const EncodeOptions& options)
      : columns_(columns), layout_(layout), options_(options), sources_(columns, options) {}

  AvroPlan Make(const AvroTypePtr& schema) {
    if (schema->kind == AvroKind::kRecord) {
      Record(*schema, {""});
    } else if (sources_.all().size() == 1) {
      Fill(sources_.first(), schema, {"value", {}, schema, std::nullopt});
    } else {
      sources_.Fault("the schema is a " + NameOf(*schema) +
                     ", which has room for one column, and there are " +
                     std::to_string(sources_.all().size()));
    }
    sources_.Check("Avro schema " + NameOf(*schema));
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

  void Field(const AvroField& field, const Names& paths) {
    const Names names = Paths(field, paths);
    sources_.Know(names.front());
    if (FieldSource* const source = sources_.Find(names)) {
      return Fill(*source, field.type, field);
    }
    const Names within = sources_.Within(names);
    const bool any = sources_.AnyWithin(names);
    if (field.type->kind == AvroKind::kRecord && (any || !field.default_bytes)) {
      return Record(*field.type, within);
    }
    if (any && Group(*field.type, within)) return;
    if (field.default_bytes) return Bytes(*field.default_bytes);
    if (const std::optional<std::string> null = NullOf(*field.type)) return Bytes(*null);
    sources_.Fault("no column fills field " + Quoted(names.front(), kNameShownBytes) + ", a " +
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

  void Fill(FieldSource& source, const AvroTypePtr& type, const AvroField& field) {
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

  void FillMade(const FieldSource& source, const AvroTypePtr& type, const AvroField& field) {
    AvroStep step;
    step.kind = AvroStep::Kind::kCell;
    AddChoices(type, ColumnType::kString, {}, step);
    if (step.choices.empty()) return NoConstant(source, *type, field);
    step.plain_text = false;
    step.made = RowTemplate::OfPlace(nlohmann::json::parse(source.json).get<std::string>());
    plan_.steps.push_back(std::move(step));
  }

  void NoConstant(const FieldSource& source, const AvroType& type, const AvroField& field) {
    sources_.Fault("the constant " + source.json + " of --set is no " + NameOf(type) +
                   ", as field " + Quoted(field.name, kNameShownBytes) + " is");
  }

  // A column that this file lacks and others have.
  void FillAbsent(const AvroType& type, const AvroField& field) {
    const std::optional<std::string> null = NullOf(type);
    if (null || field.default_bytes) return Bytes(null ? *null : *field.default_bytes);
    sources_.Fault("the file lacks column " + Quoted(field.name, kNameShownBytes) + ", a " +
                   NameOf(type) + " without null or default");
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
    sources_.Fault("column " + Quoted(columns_[column], kNameShownBytes) + " is of type " +
                   declared + ", which field " + Quoted(field.name, kNameShownBytes) + ", a " +
                   NameOf(type) + ", cannot hold");
  }

  const std::vector<std::string>& columns_;
  const RowLayout& layout_;
  const EncodeOptions& options_;
  FieldSources sources_;
  AvroPlan plan_;
};

}  // namespace

AvroPlan PlanAvro(const std::vector<std::string>& columns, const RowLayout& layout,
                  const EncodeOptions& options, const AvroTypePtr& schema) {
  return AvroPlanner(columns, layout, options).Make(schema);
}

}  // namespace onceload
