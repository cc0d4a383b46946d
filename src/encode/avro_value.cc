// An Avro value, without what tells its schema.
#include <cstring>
#include <utility>

#include "encode/avro_plan.h"
#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "encode/value_encoder.h"
#include "onceload/schema/avro_schema.h"

namespace onceload {
namespace {

class AvroValue final : public ValueEncoder {
 public:
  AvroValue(const std::vector<std::string>& columns, const RowLayout& layout,
            const EncodeOptions& options, const MessageSchema& schema)
      : columns_(columns),
        plan_(PlanAvro(columns, layout, options,
                       ParseAvroSchema(schema.text, "schema " + std::to_string(schema.id)))),
        layout_(layout) {
    SetFile("");
  }

  std::size_t RoomFor(const Record& record) const override {
    std::size_t cells = 0;
    for (const std::string_view cell : record.fields) cells += cell.size();
    return cells + plan_.room + made_room_ + 1;
  }

  void SetFile(const std::string& file) override {
    file_ = file;
    made_room_ = 0;
    for (const AvroStep& step : plan_.steps) {
      if (step.made) made_room_ += step.made->PlaceRoom(file);
    }
  }

  char* Append(const Record& record, char* to) override {
    std::vector<AvroStep>& steps = plan_.steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      AvroStep& step = steps[i];
      if (step.plain_text && !record.is_null(step.field)) {
        const std::string_view cell = record.fields[step.field];
        to = AppendFew(step.choices[0].branch, to);
        to = AppendFew(cell, AppendAvroLong(static_cast<std::int64_t>(cell.size()), to));
      } else if (step.kind == AvroStep::Kind::kCell) {
        to = step.made ? AppendMade(record, step, to) : AppendCell(record, step, to);
        if (to == nullptr) return nullptr;
      } else if (step.null_bytes && AllNull(record, step)) {
        to = AppendBytes(*step.null_bytes, to);
        i += step.steps;
      } else {
        to = AppendBytes(step.bytes, to);
      }
    }
    return to;
  }

  std::vector<std::pair<std::string, TimeSpan>> spans() const override {
    std::vector<std::pair<std::string, TimeSpan>> spans;
    for (const AvroStep& step : plan_.steps) {
      if (step.kind != AvroStep::Kind::kCell || step.made) continue;
      TimeSpan span = step.reading ? step.reading->span() : TimeSpan();
      for (const AvroChoice& choice : step.choices) span.Add(choice.cell.span());
      if (span.any()) spans.emplace_back(columns_[step.column], span);
    }
    return spans;
  }

 private:
  // Of a step that is a group.
  static bool AllNull(const Record& record, const AvroStep& step) {
    for (const std::size_t field : step.fields) {
      if (!record.is_null(field) && !record.fields[field].empty()) return false;
    }
    return step.kind == AvroStep::Kind::kGroup;
  }

  char* AppendCell(const Record& record, AvroStep& step, char* to) {
    const std::string_view cell = record.fields[step.field];
    if ((cell.empty() && step.empty_is_null) || record.is_null(step.field)) {
      if (step.null_bytes) return AppendFew(*step.null_bytes, to);
      bad_ = {RowFault::kType, step.column,
              "column " + Quoted(columns_[step.column], kNameShownBytes) + " is null, and its " +
                  NameOf(step.choices.front().cell.type()) + " cannot be"};
      return nullptr;
    }
    const std::optional<std::string_view> plain = step.reading ? step.reading->Plain(cell) : cell;
    char* const end = plain ? AppendFirst(step, *plain, to) : nullptr;
    if (end == nullptr) bad_ = NoValue(columns_, step.column, cell, TypesOf(step));
    return end;
  }

  char* AppendMade(const Record& record, AvroStep& step, char* to) {
    step.made->Fill(record, layout_, file_, made_text_);
    char* const end = AppendFirst(step, made_text_, to);
    if (end == nullptr) {
      bad_ = {
          RowFault::kType, std::nullopt,
          "the text of --set: " + Quoted(made_text_, kTextShownBytes) + " is no " + TypesOf(step)};
    }
    return end;
  }

  // By the first type that takes it; nullptr: none does.
  static char* AppendFirst(AvroStep& step, std::string_view cell, char* to) {
    for (AvroChoice& choice : step.choices) {
      char* const end = choice.cell.Append(cell, AppendFew(choice.branch, to));
      if (end != nullptr) return end;
    }
    return nullptr;
  }

  static std::string TypesOf(const AvroStep& step) {
    std::string types = step.choices.empty() ? "null" : "";
    for (const AvroChoice& choice : step.choices) {
      types += (types.empty() ? "" : " or ") + NameOf(choice.cell.type());
    }
    return types;
  }

  const std::vector<std::string> columns_;
  AvroPlan plan_;
  const RowLayout layout_;
  std::string file_;
  std::string made_text_;
  std::size_t made_room_ = 0;
};

}  // namespace

std::unique_ptr<ValueEncoder> MakeAvroValue(const std::vector<std::string>& columns,
                                            const RowLayout& layout, const EncodeOptions& options,
                                            const MessageSchema& schema) {
  return std::make_unique<AvroValue>(columns, layout, options, schema);
}

}  // namespace onceload
