#include "onceload/encode/row_encoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <map>
#include <utility>

#include "encode/column_names.h"
#include "encode/json_escape.h"
#include "encode/json_types.h"
#include "encode/row_shape.h"
#include "encode/timestamp.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

constexpr std::size_t kNameShownBytes = 60;
constexpr std::size_t kCellShownBytes = 40;

constexpr std::string_view kNull = "null";

// Most bytes of an unsigned 64-bit number in decimal, and of a signed one.
constexpr std::size_t kNumberBytesMax = 20;

// A typed cell may become longer than its text: null, two quotes, or a time.
constexpr std::size_t kTypedBytesMax = kIsoTimeBytes + 2;
static_assert(kTypedBytesMax >= kNumberBytesMax);

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

[[noreturn]] void Refuse(const std::string& what, const std::string& where,
                         const std::string& advice) {
  throw Error(ExitCode::kUsage, what, where, advice);
}

// `options`, unless they contradict themselves or the file.
const EncodeOptions& Checked(const std::vector<std::string>& columns, const RowLayout& layout,
                             const EncodeOptions& options) {
  for (const auto& [column, name] : options.renames) IndexOf(columns, column, "--rename");
  for (const std::string& column : options.drops) IndexOf(columns, column, "--drop");
  const int keys = static_cast<int>(!options.key_columns.empty()) +
                   static_cast<int>(options.key_constant.has_value()) +
                   static_cast<int>(options.key_row);
  if (keys > 1) Refuse("more than one kind of key", "", "give columns, the row or a constant");
  if (options.format != MessageFormat::kRaw) return options;
  if (!options.renames.empty() || !options.drops.empty() || !options.constants.empty() ||
      options.nested) {
    Refuse("raw messages are the record's own bytes: no name or member of them can be changed",
           "--rename, --drop, --set or --nested", "use --format json");
  }
  if (!layout.IsIdentity()) {
    throw Error(ExitCode::kInput,
                "raw messages are the record's own bytes: each file needs the same columns in the "
                "same order",
                "", "use --format json, or load this file under another name");
  }
  return options;
}

char* AppendBytes(std::string_view bytes, char* to) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

// A number in decimal.
class Decimal {
 public:
  explicit Decimal(std::uint64_t number)
      : end_(std::to_chars(bytes_.data(), bytes_.data() + bytes_.size(), number).ptr) {}
  std::string_view view() const {
    return {bytes_.data(), static_cast<std::size_t>(end_ - bytes_.data())};
  }

 private:
  std::array<char, kNumberBytesMax> bytes_;
  char* end_;
};

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
    const auto given = options.timestamps.find(columns[i]);
    const TimestampFormat format =
        given == options.timestamps.end() ? TimestampFormat() : given->second;
    timestamps.emplace(i, TimestampColumn{TimestampParser(format), format.iso});
  }
  return timestamps;
}

}  // namespace

class RowEncoder::Impl {
 public:
  Impl(const std::vector<std::string>& columns, const RowLayout& layout,
       const EncodeOptions& options)
      : options_(Checked(columns, layout, options)),
        columns_(columns),
        layout_(layout),
        types_(TypesOf(columns, options.types)),
        timestamps_(TimestampsOf(columns, types_, options)),
        shape_(ShapeOf(columns, types_, layout, options)),
        frame_(shape_.pieces),
        raw_(options.format == MessageFormat::kRaw) {
    for (const std::string& key : options.key_columns) {
      key_columns_.push_back(IndexOf(columns, key, "--key"));
    }
    // The one that needs no copy.
    if (key_columns_.size() == 1) key_ = key_columns_[0];
    if (!options.partition_by.empty()) {
      partition_by_ = IndexOf(columns, options.partition_by, "--partition-by");
    }
    if (!options.timestamp_column.empty()) SetTimestamp(options.timestamp_column);
    for (const RowShape::Cell& cell : shape_.cells) typed_ += cell.type != ColumnType::kString;
  }

  void SetOrigin(RowOrigin origin) { origin_ = std::move(origin); }

  std::optional<MessageBatch::Message> Encode(const Record& record, MessageBatch& batch) {
    if (record.fields.size() != layout_.fields) {
      throw Error(ExitCode::kBug, "a record with another number of fields than the header", "", "");
    }
    MessageBatch::Message message;
    std::optional<std::string_view> key = KeyOf(record);
    if (key && key->empty() && !SettleEmptyKey(key)) return std::nullopt;
    if (timestamp_ && !SetTime(record, message)) return std::nullopt;
    const std::string_view key_bytes = key.value_or(std::string_view());

    ByteArena& arena = batch.arena();
    char* const key_begin = arena.room(key_bytes.size() + RoomFor(record));
    char* const value_begin = AppendBytes(key_bytes, key_begin);
    char* const end =
        raw_ ? AppendBytes(record.raw, value_begin) : AppendObject(record, value_begin);
    if (end == nullptr) return std::nullopt;

    message.begin = static_cast<std::uint32_t>(arena.size());
    message.key_size = static_cast<std::uint32_t>(key_bytes.size());
    message.value_size = static_cast<std::uint32_t>(end - value_begin);
    message.has_key = key.has_value();
    arena.extend(static_cast<std::size_t>(end - key_begin));
    if (options_.headers) AppendHeaders(record, arena, message);
    // Of the arena, not of the record: keys may be made.
    partition_key_ = partition_by_ ? Cell(record, *partition_by_) : batch.key(message);
    return message;
  }

  std::optional<std::string_view> partition_key() const { return partition_key_; }
  const BadCell& bad() const { return bad_; }

 private:
  // The worst case, so that nothing below has to ask for room: every byte of every cell is escaped,
  // every typed cell is as long as can be, and every cell that can be null is. Never 0: the room
  // would be a null pointer, which means a refused row.
  std::size_t RoomFor(const Record& record) const {
    if (raw_) return record.raw.size() + 1;
    std::size_t cells = 0;
    for (const std::string_view cell : record.fields) cells += cell.size();
    return kEscapedBytesMax * cells + kTypedBytesMax * typed_ + kNull.size() * record.nulls.size() +
           frame_.room();
  }

  // A column's cell; empty if it is null or the file lacks the column.
  std::string_view Cell(const Record& record, std::size_t column) const {
    const std::size_t field = layout_.field_of_column[column];
    if (field == RowLayout::kAbsent || record.is_null(field)) return {};
    return record.fields[field];
  }

  // nullopt: none. Valid until the next call.
  std::optional<std::string_view> KeyOf(const Record& record) {
    if (key_) return Cell(record, *key_);
    if (options_.key_constant) return *options_.key_constant;
    if (options_.key_row) {
      key_bytes_ = Decimal(record.row.value).view();
      return key_bytes_;
    }
    if (key_columns_.empty()) return std::nullopt;
    return JoinedKey(record);
  }

  // Several cells: joined by the separator, or a JSON array of strings. Empty if all of them are.
  std::string_view JoinedKey(const Record& record) {
    key_bytes_.clear();
    bool empty = true;
    for (std::size_t i = 0; i < key_columns_.size(); ++i) {
      const std::string_view cell = Cell(record, key_columns_[i]);
      empty = empty && cell.empty();
      if (options_.key_separator) {
        if (i > 0) key_bytes_ += *options_.key_separator;
        key_bytes_ += cell;
        continue;
      }
      key_bytes_ += key_bytes_.empty() ? '[' : ',';
      const std::size_t begin = key_bytes_.size();
      key_bytes_.resize(begin + kEscapedBytesMax * cell.size() + 2);
      char* to = key_bytes_.data() + begin;
      *to++ = '"';
      to = AppendEscaped(cell, to);
      *to++ = '"';
      key_bytes_.resize(static_cast<std::size_t>(to - key_bytes_.data()));
    }
    if (empty) return {};
    if (!options_.key_separator) key_bytes_ += ']';
    return key_bytes_;
  }

  // False: the row is bad.
  bool SettleEmptyKey(std::optional<std::string_view>& key) {
    if (options_.on_empty_key == EmptyKey::kNull) key.reset();
    if (options_.on_empty_key != EmptyKey::kError) return true;
    bad_ = {RowFault::kEmptyKey, key_, "the key is empty: column " + ListOf(options_.key_columns)};
    return false;
  }

  void SetTimestamp(const std::string& name) {
    timestamp_ = IndexOf(columns_, name, "--timestamp");
    const ColumnType type = types_[*timestamp_];
    if (type == ColumnType::kTimestamp) return;
    if (type != ColumnType::kString && type != ColumnType::kInteger) {
      Refuse("--timestamp needs a column of type timestamp, or of milliseconds since 1970",
             "column " + Quoted(name, kNameShownBytes) + " is of type " + std::string(NameOf(type)),
             "for example --type " + name + "=timestamp");
    }
    const TimestampFormat epoch{"epoch-ms", "UTC", false};
    epoch_.emplace(epoch);
  }

  // The message's timestamp. False: the row is bad.
  bool SetTime(const Record& record, MessageBatch::Message& message) {
    const std::string_view cell = Cell(record, *timestamp_);
    if (cell.empty()) {
      message.timestamp_ms = origin_.empty_time_ms;
      return true;
    }
    const TimestampParser& parser = epoch_ ? *epoch_ : timestamps_.at(*timestamp_).parser;
    const std::optional<std::int64_t> time = parser.Parse(cell);
    // Kafka has no time before 1970, and librdkafka takes 0 for none (rd_kafka_producev): the
    // record would get the time of sending without a word.
    if (time && *time > 0) {
      message.timestamp_ms = *time;
      return true;
    }
    NoteBadCell(*timestamp_, cell,
                time ? "timestamp that a record can have: it is not after 1970-01-01 00:00:00 UTC"
                     : "timestamp");
    return false;
  }

  void AppendHeaders(const Record& record, ByteArena& arena, MessageBatch::Message& message) {
    const std::size_t begin = arena.size();
    AppendHeader(arena, "onceload.load", origin_.load_id);
    AppendHeader(arena, "onceload.file", origin_.file);
    AppendHeader(arena, "onceload.row", Decimal(record.row.value).view());
    AppendHeader(arena, "onceload.byte", Decimal(record.begin.value).view());
    message.headers_size = static_cast<std::uint32_t>(arena.size() - begin);
  }

  // nullptr: bad_ tells.
  char* AppendObject(const Record& record, char* to) {
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

  // A cell of any type but kString. nullptr: bad_ tells.
  char* AppendOther(std::string_view text, const RowShape::Cell& cell, char* to) {
    if (text.empty()) return AppendBytes(kNull, to);
    char* const end = cell.type == ColumnType::kTimestamp
                          ? AppendTimestamp(text, timestamps_.at(cell.column), to)
                          : AppendTyped(text, cell.type, to);
    if (end == nullptr) {
      const bool json = cell.type == ColumnType::kJson;
      NoteBadCell(cell.column, text, json ? "JSON" : NameOf(cell.type));
    }
    return end;
  }

  void NoteBadCell(std::size_t column, std::string_view cell, std::string_view what) {
    bad_ = {RowFault::kType, column,
            "column " + Quoted(columns_[column], kNameShownBytes) + ": " +
                Quoted(cell, kCellShownBytes) + " is no " + std::string(what)};
  }

  const EncodeOptions options_;
  const std::vector<std::string> columns_;
  const RowLayout layout_;
  const std::vector<ColumnType> types_;
  const std::map<std::size_t, TimestampColumn> timestamps_;  // by column
  const RowShape shape_;
  const RowFrame frame_;
  const bool raw_;
  std::size_t typed_ = 0;  // cells of a type other than kString
  std::vector<std::size_t> key_columns_;
  std::optional<std::size_t> key_;
  std::optional<std::size_t> partition_by_;
  std::optional<std::size_t> timestamp_;
  std::optional<TimestampParser> epoch_;  // of a timestamp column that is not of kTimestamp
  RowOrigin origin_;
  std::string key_bytes_;
  std::optional<std::string_view> partition_key_;
  BadCell bad_;
};

RowEncoder::RowEncoder(const std::vector<std::string>& columns, const RowLayout& layout,
                       const EncodeOptions& options)
    : impl_(std::make_unique<Impl>(columns, layout, options)) {}
RowEncoder::~RowEncoder() = default;

void RowEncoder::SetOrigin(RowOrigin origin) { impl_->SetOrigin(std::move(origin)); }

std::optional<MessageBatch::Message> RowEncoder::Encode(const Record& record, MessageBatch& batch) {
  return impl_->Encode(record, batch);
}

std::optional<std::string_view> RowEncoder::partition_key() const { return impl_->partition_key(); }

const RowEncoder::BadCell& RowEncoder::bad() const { return impl_->bad(); }

}  // namespace onceload
