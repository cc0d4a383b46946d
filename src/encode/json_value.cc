// An object, a member for each column.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "encode/column_names.h"
#include "encode/json_escape.h"
#include "encode/json_types.h"
#include "encode/row_shape.h"
#include "encode/timestamp.h"
#include "encode/value_encoder.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

constexpr std::string_view kNull = "null";

// Most bytes of an unsigned 64-bit number in decimal, and of a signed one.
constexpr std::size_t kNumberBytesMax = 20;

// A typed cell may become longer than its text: null, two quotes, or a time.
constexpr std::size_t kTypedBytesMax = kIsoTimeBytes + 2;
static_assert(kTypedBytesMax >= kNumberBytesMax);

std::vector<ColumnType> TypesOf(const std::vector<std::string>& names,
                                const std::map<std::string, ColumnType>& by_name) {
  std::vector<ColumnType> types(names.size(), ColumnType::kString);
  for (const auto& [name, type] : by_name) types[IndexOf(names, name, "--type")] = type;
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

char* AppendQuoted(std::string_view bytes, char* to) {
  *to++ = '"';
  to = AppendBytes(bytes, to);
  *to++ = '"';
  return to;
}

// Writes a cell of a type other than kString and kTimestamp; nullptr if it does not fit.
char* AppendTyped(std::string_view cell, ColumnType type, char* to) {
  switch (type) {
    case ColumnType::kInteger:
      return IsJsonInteger(cell) ? AppendBytes(cell, to) : nullptr;
    case ColumnType::kNumber:
      return IsJsonNumber(cell) ? AppendBytes(cell, to) : nullptr;
    case ColumnType::kJson:
      return IsJsonText(cell) ? AppendBytes(cell, to) : nullptr;
    case ColumnType::kDecimal:
      return IsDecimal(cell) ? AppendQuoted(cell, to) : nullptr;
    case ColumnType::kBoolean: {
      const std::optional<bool> truth = BooleanFrom(cell);
      return truth ? AppendBytes(*truth ? "true" : "false", to) : nullptr;
    }
    case ColumnType::kString:
    case ColumnType::kTimestamp:
      break;
  }
  throw Error(ExitCode::kBug, "a string column among the typed ones", "", "");
}

// The times of one column.
struct TimestampColumn {
  TimestampParser parser;
  bool iso = false;
};

// nullptr if the cell does not fit.
char* AppendTimestamp(std::string_view cell, const TimestampColumn& column, char* to) {
  const std::optional<std::int64_t> time = column.parser.Parse(cell);
  if (!time) return nullptr;
  if (!column.iso) return std::to_chars(to, to + kNumberBytesMax, *time).ptr;
  *to++ = '"';
  to = AppendIsoTime(*time, to);
  *to++ = '"';
  return to;
}

std::map<std::size_t, TimestampColumn> TimestampsOf(const std::vector<std::string>& columns,
                                                    const std::vector<ColumnType>& types,
                                                    const EncodeOptions& options) {
  std::map<std::size_t, TimestampColumn> timestamps;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (types[i] != ColumnType::kTimestamp) continue;
    const TimestampFormat format = TimestampFormatOf(options, columns[i]);
    timestamps.emplace(i, TimestampColumn{TimestampParser(format), format.iso});
  }
  return timestamps;
}

class JsonValue final : public ValueEncoder {
 public:
  JsonValue(const std::vector<std::string>& columns, const RowLayout& layout,
            const EncodeOptions& options)
      : columns_(columns),
        types_(TypesOf(columns, options.types)),
        timestamps_(TimestampsOf(columns, types_, options)),
        shape_(ShapeOf(columns, types_, layout, options)),
        frame_(shape_.pieces) {
    for (const RowShape::Cell& cell : shape_.cells) typed_ += cell.type != ColumnType::kString;
  }

  // The worst case, so that nothing below has to ask for room: every byte of every cell is escaped,
  // every typed cell is as long as can be, and every cell that can be null is.
  std::size_t RoomFor(const Record& record) const override {
    std::size_t cells = 0;
    for (const std::string_view cell : record.fields) cells += cell.size();
    return kEscapedBytesMax * cells + kTypedBytesMax * typed_ + kNull.size() * record.nulls.size() +
           frame_.room();
  }

  char* Append(const Record& record, char* to) override {
    const std::vector<RowShape::Cell>& cells = shape_.cells;
    bool quoted_null = false;  // the last cell is one: the frame's quotes around it have to go
    for (std::size_t i = 0; i < cells.size(); ++i) {
      to = quoted_null ? frame_.AppendUnquoted(i, to) : frame_.Append(i, to);
      const RowShape::Cell& cell = cells[i];
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

 private:
  // A cell of any type but kString. nullptr: bad_ tells.
  char* AppendOther(std::string_view text, const RowShape::Cell& cell, char* to) {
    if (text.empty()) return AppendBytes(kNull, to);
    char* const end = cell.type == ColumnType::kTimestamp
                          ? AppendTimestamp(text, timestamps_.at(cell.column), to)
                          : AppendTyped(text, cell.type, to);
    if (end == nullptr) {
      const bool json = cell.type == ColumnType::kJson;
      bad_ = NoValue(columns_, cell.column, text, json ? "JSON" : NameOf(cell.type));
    }
    return end;
  }

  const std::vector<std::string> columns_;
  const std::vector<ColumnType> types_;
  const std::map<std::size_t, TimestampColumn> timestamps_;  // by column
  const RowShape shape_;
  const RowFrame frame_;
  std::size_t typed_ = 0;  // cells of a type other than kString
};

}  // namespace

std::unique_ptr<ValueEncoder> MakeJsonValue(const std::vector<std::string>& columns,
                                            const RowLayout& layout, const EncodeOptions& options) {
  return std::make_unique<JsonValue>(columns, layout, options);
}

}  // namespace onceload
