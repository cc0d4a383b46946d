#include "onceload/encode/row_encoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "encode/column_names.h"
#include "encode/json_escape.h"
#include "encode/json_types.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

constexpr std::size_t kNameShownBytes = 60;
constexpr std::size_t kCellShownBytes = 40;

constexpr std::array<std::pair<ColumnType, std::string_view>, 5> kTypeNames{{
    {ColumnType::kString, "string"},
    {ColumnType::kInteger, "integer"},
    {ColumnType::kNumber, "number"},
    {ColumnType::kBoolean, "boolean"},
    {ColumnType::kJson, "json"},
}};

std::size_t IndexOf(const std::vector<std::string>& names, const std::string& wanted,
                    std::string_view flag) {
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end()) throw NoSuchColumn(wanted, flag, names);
  return static_cast<std::size_t>(found - names.begin());
}

std::vector<ColumnType> TypesOf(const std::vector<std::string>& names,
                                const std::map<std::string, ColumnType>& by_name) {
  std::vector<ColumnType> types(names.size(), ColumnType::kString);
  for (const auto& [name, type] : by_name) types[IndexOf(names, name, "--type")] = type;
  return types;
}

std::string Escaped(std::string_view text) {
  std::string escaped(kEscapedBytesMax * text.size(), '\0');
  escaped.resize(static_cast<std::size_t>(AppendEscaped(text, escaped.data()) - escaped.data()));
  return escaped;
}

char* AppendBytes(std::string_view bytes, char* to) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

// The bytes of a row that are the same in each: what stands before, between and after its cells.
// Quotes are among them, a column being quoted always or never: `{"a":"`  `","b":`  `,"c":"`  `"}`.
class RowFrame {
 public:
  RowFrame(const std::vector<std::string>& names, const std::vector<ColumnType>& types) {
    std::string piece = "{";
    for (std::size_t i = 0; i < names.size(); ++i) {
      const bool quoted = types[i] == ColumnType::kString;
      if (i > 0) piece += ',';
      piece.append("\"").append(Escaped(names[i])).append(quoted ? "\":\"" : "\":");
      Add(piece);
      piece.assign(quoted ? 1 : 0, '"');
    }
    piece += '}';
    Add(piece);
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

// Writes a cell of a type other than kString; nullptr if it does not fit.
char* AppendTyped(std::string_view cell, ColumnType type, char* to) {
  if (cell.empty()) return AppendBytes("null", to);
  switch (type) {
    case ColumnType::kInteger:
      return IsJsonInteger(cell) ? AppendBytes(cell, to) : nullptr;
    case ColumnType::kNumber:
      return IsJsonNumber(cell) ? AppendBytes(cell, to) : nullptr;
    case ColumnType::kJson:
      return IsJsonText(cell) ? AppendBytes(cell, to) : nullptr;
    case ColumnType::kBoolean: {
      const std::optional<bool> truth = BooleanFrom(cell);
      return truth ? AppendBytes(*truth ? "true" : "false", to) : nullptr;
    }
    case ColumnType::kString:
      break;
  }
  throw Error(ExitCode::kBug, "a string column among the typed ones", "", "");
}

}  // namespace

std::string_view NameOf(ColumnType type) {
  return kTypeNames[static_cast<std::size_t>(type)].second;
}

std::optional<ColumnType> ColumnTypeFromName(std::string_view name) {
  for (const auto& [type, type_name] : kTypeNames) {
    if (type_name == name) return type;
  }
  return std::nullopt;
}

class RowEncoder::Impl {
 public:
  Impl(const std::vector<std::string>& names, const EncodeOptions& options)
      : names_(names),
        types_(TypesOf(names, options.types)),
        frame_(names, types_),
        raw_(options.format == MessageFormat::kRaw) {
    if (!options.key_column.empty()) key_ = IndexOf(names, options.key_column, "--key");
  }

  std::optional<MessageBatch::Message> Encode(const Record& record, MessageBatch& batch) {
    if (record.fields.size() != names_.size()) {
      throw Error(ExitCode::kBug, "a record with another number of fields than the header", "", "");
    }
    const std::string_view key = key_ ? record.fields[*key_] : std::string_view();
    ByteArena& arena = batch.arena();
    char* const key_begin = arena.room(key.size() + RoomFor(record));
    char* const value_begin = AppendBytes(key, key_begin);
    char* const end =
        raw_ ? AppendBytes(record.raw, value_begin) : AppendObject(record.fields, value_begin);
    if (end == nullptr) return std::nullopt;

    MessageBatch::Message message;
    message.key_begin = static_cast<std::uint32_t>(arena.size());
    message.key_size = static_cast<std::uint32_t>(key.size());
    message.value_begin = message.key_begin + message.key_size;
    message.value_size = static_cast<std::uint32_t>(end - value_begin);
    message.has_key = key_.has_value();
    arena.extend(static_cast<std::size_t>(end - key_begin));
    return message;
  }

  const BadCell& bad() const { return bad_; }

 private:
  // The worst case, so that nothing below has to ask for room: every byte of every cell is escaped,
  // and every empty cell becomes null. Never 0: the room would be a null pointer, which means a
  // refused row.
  std::size_t RoomFor(const Record& record) const {
    if (raw_) return record.raw.size() + 1;
    std::size_t cells = 0;
    for (const std::string_view cell : record.fields) cells += cell.size();
    return kEscapedBytesMax * cells + 4 * record.fields.size() + frame_.room();
  }

  // nullptr: bad_ tells.
  char* AppendObject(std::span<const std::string_view> cells, char* to) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      to = frame_.Append(i, to);
      if (types_[i] == ColumnType::kString) {
        to = AppendEscaped(cells[i], to);
        continue;
      }
      to = AppendTyped(cells[i], types_[i], to);
      if (to == nullptr) {
        Refuse(i, cells[i]);
        return nullptr;
      }
    }
    return frame_.Append(cells.size(), to);
  }

  void Refuse(std::size_t column, std::string_view cell) {
    const bool json = types_[column] == ColumnType::kJson;
    bad_.column = column;
    bad_.detail = "column " + Quoted(names_[column], kNameShownBytes) + ": " +
                  Quoted(cell, kCellShownBytes) + " is no " +
                  (json ? "JSON" : std::string(NameOf(types_[column])));
  }

  const std::vector<std::string> names_;
  const std::vector<ColumnType> types_;
  const RowFrame frame_;
  const bool raw_;
  std::optional<std::size_t> key_;
  BadCell bad_;
};

RowEncoder::RowEncoder(const std::vector<std::string>& names, const EncodeOptions& options)
    : impl_(std::make_unique<Impl>(names, options)) {}
RowEncoder::~RowEncoder() = default;

std::optional<MessageBatch::Message> RowEncoder::Encode(const Record& record, MessageBatch& batch) {
  return impl_->Encode(record, batch);
}

const RowEncoder::BadCell& RowEncoder::bad() const { return impl_->bad(); }

}  // namespace onceload
