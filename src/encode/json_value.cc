// An object, a member for each column.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "encode/cell_json.h"
#include "encode/column_names.h"
#include "encode/json_escape.h"
#include "encode/row_shape.h"
#include "encode/row_template.h"
#include "encode/value_encoder.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

constexpr std::string_view kNull = "null";

std::vector<ColumnType> TypesOf(const std::vector<std::string>& names,
                                const std::map<std::string, ColumnType>& by_name) {
  std::vector<ColumnType> types(names.size(), ColumnType::kString);
  const NameIndex places(names);
  for (const auto& [name, type] : by_name) types[places.Of(name, "--type")] = type;
  return types;
}

// The bytes of a row that are the same in each: RowShape::pieces.
class RowFrame {
 public:
  explicit RowFrame(const std::vector<std::string>& pieces) {
    for (const std::string& piece : pieces) Add(piece);
  }

  // Room for all pieces of a row.
  std::size_t room() const { return bytes_.size() + kStep; }

  // Writes what stands before cell `i` (or after the last one). A few bytes behind the end it
  // returns are written over as well: whole steps save a call of memcpy (15 % of all time).
  char* Append(std::size_t i, char* to) const {
    const Piece piece = pieces_[i];
    for (std::size_t at = 0; at < piece.size; at += kStep) {
      std::memcpy(to + at, bytes_.data() + piece.begin + at, kStep);
    }
    return to + piece.size;
  }

  // The same without the piece's first byte: the quote behind a string that is null.
  char* AppendUnquoted(std::size_t i, char* to) const {
    const char first = to[-1];
    to = Append(i, to - 1);
    *(to - pieces_[i].size) = first;
    return to;
  }

 private:
  static constexpr std::size_t kStep = 16;
  struct Piece {
    std::size_t begin = 0;
    std::size_t size = 0;
  };

  void Add(const std::string& bytes) {
    pieces_.push_back({bytes_.size(), bytes.size()});
    bytes_ += bytes;
    // Each piece is padded to whole steps, so that none is read beyond.
    bytes_.resize((bytes_.size() + kStep - 1) / kStep * kStep);
  }

  std::string bytes_;
  std::vector<Piece> pieces_;
};

std::vector<std::optional<CellJson>> CellsOf(const std::vector<std::string>& columns,
                                             const std::vector<ColumnType>& types,
                                             const EncodeOptions& options) {
  std::vector<std::optional<CellJson>> cells(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (types[i] != ColumnType::kString) cells[i].emplace(columns[i], types[i], options);
  }
  return cells;
}

class JsonValue final : public ValueEncoder {
 public:
  JsonValue(const std::vector<std::string>& columns, const RowLayout& layout,
            const EncodeOptions& options)
      : columns_(columns),
        layout_(layout),
        types_(TypesOf(columns, options.types)),
        typed_cells_(CellsOf(columns, types_, options)),
        shape_(ShapeOf(columns, types_, layout, options)),
        frame_(shape_.pieces) {
    for (const RowShape::Cell& cell : shape_.cells) {
      typed_ += cell.type != ColumnType::kString;
      if (cell.made == RowShape::kNoTemplate) continue;
      const auto text = nlohmann::json::parse(options.constants[cell.made].second);
      made_.emplace(cell.made, RowTemplate::OfPlace(text.get<std::string>()));
    }
    SetFile("");
  }

  // The worst case, so that nothing below has to ask for room: every byte of every cell is escaped,
  // every typed cell is as long as can be, and every cell that can be null is.
  std::size_t RoomFor(const Record& record) const override {
    std::size_t cells = 0;
    for (const std::string_view cell : record.fields) cells += cell.size();
    return kEscapedBytesMax * cells + kTypedBytesMax * typed_ + kNull.size() * record.nulls.size() +
           made_room_ + frame_.room();
  }

  void SetFile(const std::string& file) override {
    file_ = file;
    made_room_ = 0;
    for (const auto& [place, text] : made_) made_room_ += kEscapedBytesMax * text.PlaceRoom(file);
  }

  char* Append(const Record& record, char* to) override {
    const std::vector<RowShape::Cell>& cells = shape_.cells;
    bool quoted_null = false;  // the last cell is one: the frame's quotes around it have to go
    for (std::size_t i = 0; i < cells.size(); ++i) {
      to = quoted_null ? frame_.AppendUnquoted(i, to) : frame_.Append(i, to);
      const RowShape::Cell& cell = cells[i];
      if (cell.made != RowShape::kNoTemplate) [[unlikely]] {
        quoted_null = false;
        to = AppendMade(record, cell.made, to);
        continue;
      }
      const bool null = record.is_null(cell.field);
      quoted_null = null && cell.type == ColumnType::kString;
      if (null) {
        to = AppendBytes(kNull, quoted_null ? to - 1 : to);
      } else if (cell.type == ColumnType::kString) {
        to = AppendEscaped(record.fields[cell.field], to);
      } else {
        to = AppendOther(record.fields[cell.field], cell, to);
        if (to == nullptr) return nullptr;
      }
    }
    return quoted_null ? frame_.AppendUnquoted(cells.size(), to) : frame_.Append(cells.size(), to);
  }

  std::vector<std::pair<std::string, TimeSpan>> spans() const override {
    std::vector<std::pair<std::string, TimeSpan>> spans;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (typed_cells_[i] && typed_cells_[i]->span().any()) {
        spans.emplace_back(columns_[i], typed_cells_[i]->span());
      }
    }
    return spans;
  }

 private:
  char* AppendMade(const Record& record, std::size_t place, char* to) {
    made_.at(place).Fill(record, layout_, file_, made_text_);
    return AppendEscaped(made_text_, to);
  }

  // A cell of any type but kString. nullptr: bad_ tells.
  char* AppendOther(std::string_view text, const RowShape::Cell& cell, char* to) {
    if (text.empty()) return AppendBytes(kNull, to);
    char* const end = typed_cells_[cell.column]->Append(text, to);
    if (end == nullptr) {
      const bool json = cell.type == ColumnType::kJson;
      bad_ = NoValue(columns_, cell.column, text, json ? "JSON" : NameOf(cell.type));
    }
    return end;
  }

  const std::vector<std::string> columns_;
  const RowLayout layout_;
  const std::vector<ColumnType> types_;
  std::vector<std::optional<CellJson>> typed_cells_;  // by column
  const RowShape shape_;
  const RowFrame frame_;
  std::map<std::size_t, RowTemplate> made_;  // by RowShape::Cell::made
  std::string file_;
  std::string made_text_;
  std::size_t made_room_ = 0;
  std::size_t typed_ = 0;  // cells of a type other than kString
};

}  // namespace

std::unique_ptr<ValueEncoder> MakeJsonValue(const std::vector<std::string>& columns,
                                            const RowLayout& layout, const EncodeOptions& options) {
  return std::make_unique<JsonValue>(columns, layout, options);
}

}  // namespace onceload
