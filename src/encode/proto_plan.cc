#include "encode/proto_plan.h"

#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "encode/field_sources.h"
#include "encode/value_encoder.h"

namespace onceload {
namespace {

class ProtoPlanner {
 public:
  ProtoPlanner(const std::vector<std::string>& columns, const RowLayout& layout,
               const EncodeOptions& options)
      : columns_(columns), layout_(layout), options_(options), sources_(columns, options) {}

  ProtoPlan Make(const ProtoMessage& message) {
    Fields(message, {""});
    sources_.Check("Protobuf message " + message.name);
    for (const ProtoStep& step : plan_.steps) plan_.room += RoomOf(step);
    return std::move(plan_);
  }

 private:
  using Names = std::vector<std::string>;

  static std::size_t RoomOf(const ProtoStep& step) {
    std::size_t room = step.bytes.size() + 1 + kVarintBytesMax;
    if (step.cell) room += step.cell->room();
    if (step.reading) room += kTypedBytesMax;
    return room;
  }

  // `paths`: what the message's fields may be called before their own names.
  void Fields(const ProtoMessage& message, const Names& paths) {
    std::map<std::size_t, std::size_t> alternatives;  // of this message: those of the plan
    for (const ProtoField& field : message.fields) {
      Names names;
      for (const std::string& path : paths) {
        names.push_back(path + field.name);
        if (field.json_name != field.name) names.push_back(path + field.json_name);
      }
      std::size_t alternative = 0;
      if (field.alternative) {
        const auto [known, is_new] = alternatives.try_emplace(*field.alternative, 0);
        if (is_new) known->second = ++plan_.alternatives;
        alternative = known->second;
      }
      const std::size_t at = plan_.steps.size();
      Field(field, names);
      if (alternative == 0 || at == plan_.steps.size()) continue;
      plan_.steps[at].alternative = alternative;
      plan_.steps[at].empty_is_null = true;  // else each row of two columns of text had both
    }
  }

  // One step with those that are its, or none.
  void Field(const ProtoField& field, const Names& names) {
    sources_.Know(names.front());
    if (FieldSource* const source = sources_.Find(names)) {
      source->used = true;
      return Fill(*source, field, names.front());
    }
    const bool message = field.kind == ProtoKind::kMessage;
    if (message && sources_.AnyWithin(names)) return Message(field, names);
    if (!field.required) return;
    sources_.Fault("no column fills field " + Quoted(names.front(), kNameShownBytes) + ", a " +
                   field.type + ", which is required");
  }

  void Message(const ProtoField& field, const Names& names) {
    const std::size_t at = plan_.steps.size();
    ProtoStep step;
    step.kind = ProtoStep::Kind::kMessage;
    step.name = names.front();
    step.bytes = ProtoTag(field);
    step.always = field.required;
    plan_.steps.push_back(std::move(step));
    Fields(*field.message, sources_.Within(names));
    ProtoStep& made = plan_.steps[at];
    made.steps = plan_.steps.size() - at - 1;
    for (std::size_t i = at + 1; i < plan_.steps.size(); ++i) {
      const ProtoStep& within = plan_.steps[i];
      const bool of_column = within.kind == ProtoStep::Kind::kCell && !within.made;
      if (of_column) made.fields.push_back(within.field);
      if (!of_column && within.kind != ProtoStep::Kind::kMessage) made.always = true;
    }
  }

  void Fill(const FieldSource& source, const ProtoField& field, const std::string& name) {
    ProtoStep step;
    step.kind = ProtoStep::Kind::kCell;
    step.name = name;
    step.may_be_null = field.presence && !field.required;
    if (!source.column) return FillConstant(source, field, std::move(step));
    const std::string& column = columns_[*source.column];
    const ColumnType declared = DeclaredType(options_, column);
    if (!ProtoCell::Takes(field, declared)) {
      return sources_.Fault("column " + Quoted(column, kNameShownBytes) + " is of type " +
                            std::string(NameOf(declared)) + ", which field " +
                            Quoted(name, kNameShownBytes) + ", a " + field.type + ", cannot hold");
    }
    step.field = layout_.field_of_column[*source.column];
    step.column = *source.column;
    if (step.field == RowLayout::kAbsent) {
      if (step.may_be_null) return;
      return sources_.Fault("the file lacks column " + Quoted(column, kNameShownBytes) + ", a " +
                            field.type + " that is not optional");
    }
    step.empty_is_null = !ProtoCell::IsText(field, declared);
    step.cell.emplace(field, declared, TimestampFormatOf(options_, column));
    step.plain_text = !step.empty_is_null && field.kind == ProtoKind::kString &&
                      !field.alternative && !ReadAsJson(options_, column);
    if (ReadAsJson(options_, column)) step.reading.emplace(column, declared, options_);
    plan_.steps.push_back(std::move(step));
  }

  void FillConstant(const FieldSource& source, const ProtoField& field, ProtoStep step) {
    const auto json = nlohmann::json::parse(source.json);
    if (json.is_null() && step.may_be_null) return;
    const bool text = json.is_string();
    const bool scalar = text || json.is_number() || json.is_boolean();
    const bool takes_text = field.kind == ProtoKind::kString || field.kind == ProtoKind::kBytes;
    const bool takes =
        ProtoCell::Takes(field, ColumnType::kString) && scalar && (text || !takes_text);
    if (takes) {
      step.cell.emplace(field, ColumnType::kString, TimestampFormat());
      if (source.made) {
        step.made = RowTemplate::OfPlace(json.get<std::string>());
        plan_.steps.push_back(std::move(step));
        return;
      }
      const std::string cell = text ? json.get<std::string>() : json.dump();
      std::string bytes(cell.size() + step.cell->room(), '\0');
      if (const char* const end = step.cell->Append(cell, bytes.data())) {
        ProtoStep made;
        made.bytes = bytes.substr(0, static_cast<std::size_t>(end - bytes.data()));
        made.name = step.name;
        plan_.steps.push_back(std::move(made));
        return;
      }
    }
    sources_.Fault("the constant " + source.json + " of --set is no " + field.type + ", as field " +
                   Quoted(step.name, kNameShownBytes) + " is");
  }

  const std::vector<std::string>& columns_;
  const RowLayout& layout_;
  const EncodeOptions& options_;
  FieldSources sources_;
  ProtoPlan plan_;
};

}  // namespace

ProtoPlan PlanProto(const std::vector<std::string>& columns, const RowLayout& layout,
                    const EncodeOptions& options, const ProtoMessage& message) {
  return ProtoPlanner(columns, layout, options).Make(message);
}

}  // namespace onceload
