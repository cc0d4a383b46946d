// A Protobuf message, without what tells its schema; with the indexes that lead to it there.
#include <utility>

#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "encode/proto_plan.h"
#include "encode/value_encoder.h"
#include "onceload/schema/proto_schema.h"

namespace onceload {
namespace {

class ProtoValue final : public ValueEncoder {
 public:
  ProtoValue(const std::vector<std::string>& columns, const RowLayout& layout,
             const EncodeOptions& options, const MessageSchema& schema)
      : columns_(columns),
        schema_(
            ParseProtoSchema(schema.text, schema.message, "schema " + std::to_string(schema.id))),
        plan_(PlanProto(columns, layout, options, *schema_.message)),
        layout_(layout),
        indexes_(options.framing == SchemaFraming::kPrefix ? ProtoIndexes(schema_.indexes)
                                                           : std::string()),
        taken_(plan_.alternatives + 1, nullptr) {
    SetFile("");
  }

  std::size_t RoomFor(const Record& record) const override {
    std::size_t cells = 0;
    for (const std::string_view cell : record.fields) cells += cell.size();
    return cells + plan_.room + made_room_ + indexes_.size() + 1;
  }

  void SetFile(const std::string& file) override {
    file_ = file;
    made_room_ = 0;
    for (const ProtoStep& step : plan_.steps) {
      if (step.made) made_room_ += step.made->PlaceRoom(file);
    }
  }

  char* Append(const Record& record, char* to) override {
    if (plan_.alternatives > 0) taken_.assign(taken_.size(), nullptr);
    return AppendSteps(record, 0, plan_.steps.size(), AppendFew(indexes_, to));
  }

  std::vector<std::pair<std::string, TimeSpan>> spans() const override {
    std::vector<std::pair<std::string, TimeSpan>> spans;
    for (const ProtoStep& step : plan_.steps) {
      if (!step.cell || step.made) continue;
      const TimeSpan span = step.reading ? step.reading->span() : step.cell->span();
      if (span.any()) spans.emplace_back(columns_[step.column], span);
    }
    return spans;
  }

 private:
  char* AppendSteps(const Record& record, std::size_t begin, std::size_t end, char* to) {
    for (std::size_t i = begin; i < end && to != nullptr; ++i) {
      ProtoStep& step = plan_.steps[i];
      if (step.plain_text && !record.is_null(step.field)) {
        to = step.cell->AppendText(record.fields[step.field], to);
      } else if (step.kind == ProtoStep::Kind::kMessage) {
        if (step.always || !AllNull(record, step)) {
          if (!Take(step)) return nullptr;
          char* const size_at = AppendBytes(step.bytes, to);
          char* const inner = AppendSteps(record, i + 1, i + 1 + step.steps, size_at + 1);
          to = inner == nullptr ? nullptr : EndNested(size_at, inner);
        }
        i += step.steps;
      } else if (step.kind == ProtoStep::Kind::kBytes) {
        to = Take(step) ? AppendBytes(step.bytes, to) : nullptr;
      } else {
        to = step.made ? AppendMade(record, step, to) : AppendCell(record, step, to);
      }
    }
    return to;
  }

  static bool IsNull(const Record& record, const ProtoStep& step) {
    return record.is_null(step.field) || (step.empty_is_null && record.fields[step.field].empty());
  }

  static bool AllNull(const Record& record, const ProtoStep& step) {
    for (const std::size_t field : step.fields) {
      if (!record.is_null(field) && !record.fields[field].empty()) return false;
    }
    return true;
  }

  char* AppendCell(const Record& record, ProtoStep& step, char* to) {
    if (IsNull(record, step)) {
      if (step.may_be_null) return to;
      bad_ = {RowFault::kType, step.column,
              "column " + Quoted(columns_[step.column], kNameShownBytes) + " is null, and field " +
                  Quoted(step.name, kNameShownBytes) + ", " + step.cell->field().type +
                  ", cannot be: it is not optional"};
      return nullptr;
    }
    const std::string_view cell = record.fields[step.field];
    if (!Take(step)) return nullptr;
    const std::optional<std::string_view> plain = step.reading ? step.reading->Plain(cell) : cell;
    char* const end = plain ? step.cell->Append(*plain, to) : nullptr;
    if (end == nullptr) bad_ = NoValue(columns_, step.column, cell, step.cell->field().type);
    return end;
  }

  char* AppendMade(const Record& record, ProtoStep& step, char* to) {
    if (!Take(step)) return nullptr;
    step.made->Fill(record, layout_, file_, made_text_);
    char* const end = step.cell->Append(made_text_, to);
    if (end == nullptr) {
      bad_ = {RowFault::kType, std::nullopt,
              "the text of --set: " + Quoted(made_text_, kTextShownBytes) + " is no " +
                  step.cell->field().type};
    }
    return end;
  }

  // Of a oneof a reader keeps the last field alone: two would lose a cell. False: bad_ tells.
  bool Take(const ProtoStep& step) {
    if (step.alternative == 0) return true;
    const ProtoStep*& taken = taken_[step.alternative];
    if (taken == nullptr) {
      taken = &step;
      return true;
    }
    const bool of_column = step.cell && !step.made;
    bad_ = {RowFault::kType, of_column ? std::optional(step.column) : std::nullopt,
            "fields " + Quoted(taken->name, kNameShownBytes) + " and " +
                Quoted(step.name, kNameShownBytes) +
                " are both there, and a message has one of them at most"};
    return false;
  }

  const std::vector<std::string> columns_;
  const ProtoSchema schema_;
  ProtoPlan plan_;
  const RowLayout layout_;
  const std::string indexes_;
  std::vector<const ProtoStep*> taken_;  // by their alternatives, in this row
  std::string file_;
  std::string made_text_;
  std::size_t made_room_ = 0;
};

}  // namespace

std::unique_ptr<ValueEncoder> MakeProtoValue(const std::vector<std::string>& columns,
                                             const RowLayout& layout, const EncodeOptions& options,
                                             const MessageSchema& schema) {
  return std::make_unique<ProtoValue>(columns, layout, options, schema);
}

}  // namespace onceload
