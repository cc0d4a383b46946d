#include "onceload/encode/row_encoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "encode/cell_json.h"
#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "encode/json_escape.h"
#include "encode/row_template.h"
#include "encode/schema_key.h"
#include "encode/timestamp.h"
#include "encode/value_encoder.h"
#include "onceload/core/error.h"
#include "onceload/core/printable.h"
#include "onceload/core/utf8.h"

namespace onceload {
namespace {

[[noreturn]] void Refuse(const std::string& what, const std::string& where,
                         const std::string& advice) {
  throw Error(ExitCode::kUsage, what, where, advice);
}

// `options`, unless they contradict themselves or the file; whatever the format makes of them.
const EncodeOptions& Checked(const std::vector<std::string>& columns,
                             const EncodeOptions& options) {
  const NameIndex places(columns);
  for (const auto& [column, name] : options.renames) places.Of(column, "--rename");
  for (const std::string& column : options.drops) places.Of(column, "--drop");
  for (const auto& [column, type] : options.types) places.Of(column, "--type");
  for (const auto& [column, type] : options.types) {
    static_cast<void>(CellJson(column, type, options));  // though it is dropped
  }
  const int keys = static_cast<int>(!options.key_columns.empty()) +
                   static_cast<int>(options.key_constant.has_value()) +
                   static_cast<int>(options.key_row);
  if (keys > 1) Refuse("more than one kind of key", "", "give columns, the row or a constant");
  if (keys == 0 && !options.tombstone_column.empty()) {
    Refuse("a message without a value deletes its key, and there are none", "--tombstone-when",
           "give the rows a key: --key COLUMN");
  }
  return options;
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

}  // namespace

class RowEncoder::Impl {
 public:
  Impl(const std::vector<std::string>& columns, const RowLayout& layout,
       const EncodeOptions& options)
      : options_(Checked(columns, options)),
        columns_(columns),
        layout_(layout),
        value_(MakeValueEncoder(columns, layout, options)) {
    for (const std::string& key : options.key_columns) {
      key_columns_.push_back(IndexOf(columns, key, "--key"));
    }
    // The one that needs no copy.
    if (key_columns_.size() == 1) key_ = key_columns_[0];
    if (!options.partition_by.empty()) {
      partition_by_ = IndexOf(columns, options.partition_by, "--partition-by");
    }
    if (!options.timestamp_column.empty()) SetTimestamp(options.timestamp_column);
    if (options.key_template)
      key_template_ = RowTemplate::OfPlace(options.key_constant.value_or(""));
    for (const auto& [name, text] : options.row_headers) {
      row_headers_.emplace_back(name, RowTemplate::OfColumns(text, columns));
    }
    if (!options.tombstone_column.empty()) {
      tombstone_ = IndexOf(columns, options.tombstone_column, "--tombstone-when");
    }
    if (SchemaTypeOf(options.key_format)) schema_key_.emplace(columns, layout, options);
    AddSchemaHeader("__key_schema_id", SchemaTypeOf(options.key_format), options.key_schema);
    AddSchemaHeader("__value_schema_id", SchemaTypeOf(options.format), options.value_schema);
  }

  void SetOrigin(RowOrigin origin) {
    origin_ = std::move(origin);
    // What has it is text to its readers, unlike a key or a header.
    value_->SetFile(IsUtf8(origin_.file) ? origin_.file : Printable(origin_.file));
  }

  std::optional<MessageBatch::Message> Encode(const Record& record, MessageBatch& batch) {
    if (record.fields.size() != layout_.fields) {
      throw Error(ExitCode::kBug, "a record with another number of fields than the header", "", "");
    }
    MessageBatch::Message message;
    std::optional<std::string_view> key = KeyOf(record);
    if (key && key->empty() && !SettleEmptyKey(key)) return std::nullopt;
    if (key && schema_key_) {
      key = schema_key_->Encode(record, *key);
      if (!key) {
        bad_ = schema_key_->bad();
        return std::nullopt;
      }
    }
    if (timestamp_ && !SetTime(record, message)) return std::nullopt;
    const std::string_view key_bytes = key.value_or(std::string_view());

    ByteArena& arena = batch.arena();
    if (IsTombstone(record)) {
      if (!key) return WithoutKey();
      message.null_value = true;
    }
    const std::size_t value_room = message.null_value ? 1 : value_->RoomFor(record);
    char* const key_begin = arena.room(key_bytes.size() + value_room);
    char* const value_begin = AppendBytes(key_bytes, key_begin);
    char* const end = message.null_value ? value_begin : value_->Append(record, value_begin);
    if (end == nullptr) {
      bad_ = value_->bad();
      return std::nullopt;
    }

    message.begin = static_cast<std::uint32_t>(arena.size());
    message.key_size = static_cast<std::uint32_t>(key_bytes.size());
    message.value_size = static_cast<std::uint32_t>(end - value_begin);
    message.has_key = key.has_value();
    arena.extend(static_cast<std::size_t>(end - key_begin));
    if (options_.headers || !row_headers_.empty() || schema_headers_.size() > 0) {
      AppendHeaders(record, arena, message);
    }
    // Of the arena, not of the record: keys may be made.
    partition_key_ = partition_by_ ? Cell(record, *partition_by_) : batch.key(message);
    return message;
  }

  std::optional<std::string_view> partition_key() const { return partition_key_; }
  const BadCell& bad() const { return bad_; }

  std::vector<std::pair<std::string, TimeSpan>> spans() const {
    std::vector<std::pair<std::string, TimeSpan>> spans = value_->spans();
    if (span_.any()) spans.emplace_back(columns_[*timestamp_], span_);
    return spans;
  }

 private:
  // A column's cell; empty if it is null or the file lacks the column.
  std::string_view Cell(const Record& record, std::size_t column) const {
    const std::size_t field = layout_.field_of_column[column];
    if (field == RowLayout::kAbsent || record.is_null(field)) return {};
    return record.fields[field];
  }

  bool IsTombstone(const Record& record) const {
    return tombstone_ && Cell(record, *tombstone_) == options_.tombstone_text;
  }

  std::optional<MessageBatch::Message> WithoutKey() {
    bad_ = {RowFault::kEmptyKey, key_, "a message without a value (--tombstone-when) needs a key"};
    return std::nullopt;
  }

  // nullopt: none. Valid until the next call.
  std::optional<std::string_view> KeyOf(const Record& record) {
    if (key_) return Cell(record, *key_);
    if (key_template_) {
      key_template_->Fill(record, layout_, origin_.file, key_bytes_);
      return key_bytes_;
    }
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
    const auto given = options_.types.find(name);
    const ColumnType type = given == options_.types.end() ? ColumnType::kString : given->second;
    if (type == ColumnType::kTimestamp || type == ColumnType::kDate) {
      time_.emplace(TimestampFormatOf(options_, name),
                    type == ColumnType::kDate ? TimeKind::kDate : TimeKind::kTimestamp);
      return;
    }
    if (type != ColumnType::kString && type != ColumnType::kInteger) {
      Refuse("--timestamp needs a column of type timestamp, or of milliseconds since 1970",
             "column " + Quoted(name, kNameShownBytes) + " is of type " + std::string(NameOf(type)),
             "for example --type " + name + "=timestamp");
    }
    time_.emplace(TimestampFormat{"epoch-ms", "UTC", false});
  }

  // The message's timestamp. False: the row is bad.
  bool SetTime(const Record& record, MessageBatch::Message& message) {
    const std::string_view cell = Cell(record, *timestamp_);
    if (cell.empty()) {
      message.timestamp_ms = origin_.empty_time_ms;
      return true;
    }
    const std::optional<std::int64_t> time = time_->Parse(cell);
    // Kafka has no time before 1970, and librdkafka takes 0 for none (rd_kafka_producev): the
    // record would get the time of sending without a word.
    if (time && *time > 0) {
      span_.Add(*time);
      message.timestamp_ms = *time;
      return true;
    }
    bad_ =
        NoValue(columns_, *timestamp_, cell,
                time ? "timestamp that a record can have: it is not after 1970-01-01 00:00:00 UTC"
                     : "timestamp");
    return false;
  }

  void AddSchemaHeader(std::string_view name, std::optional<SchemaType> type,
                       const std::optional<MessageSchema>& schema) {
    if (!type || !schema) return;
    const std::string value = SchemaHeaderOf(options_, *schema);
    if (!value.empty()) AppendHeader(schema_headers_, name, value);
  }

  void AppendHeaders(const Record& record, ByteArena& arena, MessageBatch::Message& message) {
    const std::size_t begin = arena.size();
    arena.append(schema_headers_.view());
    if (options_.headers) {
      AppendHeader(arena, "onceload.load", origin_.load_id);
      AppendHeader(arena, "onceload.file", origin_.file);
      AppendHeader(arena, "onceload.row", Decimal(record.row.value).view());
      AppendHeader(arena, "onceload.byte", Decimal(record.begin.value).view());
    }
    for (const auto& [name, text] : row_headers_) {
      const bool has_value = text.Fill(record, layout_, origin_.file, header_text_);
      AppendHeader(arena, name,
                   has_value ? std::optional<std::string_view>(header_text_) : std::nullopt);
    }
    message.headers_size = static_cast<std::uint32_t>(arena.size() - begin);
  }

  const EncodeOptions options_;
  const std::vector<std::string> columns_;
  const RowLayout layout_;
  const std::unique_ptr<ValueEncoder> value_;
  std::vector<std::size_t> key_columns_;
  std::optional<std::size_t> key_;
  std::optional<std::size_t> partition_by_;
  std::optional<std::size_t> timestamp_;
  std::optional<TimestampParser> time_;  // of `timestamp_`
  TimeSpan span_;                        // of the messages' times
  std::optional<std::size_t> tombstone_;
  std::optional<RowTemplate> key_template_;
  std::vector<std::pair<std::string, RowTemplate>> row_headers_;
  std::optional<SchemaKey> schema_key_;
  ByteArena schema_headers_;  // the same in each message
  RowOrigin origin_;
  std::string key_bytes_;
  std::string header_text_;
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

const BadCell& RowEncoder::bad() const { return impl_->bad(); }

std::vector<std::pair<std::string, TimeSpan>> RowEncoder::spans() const { return impl_->spans(); }

}  // namespace onceload
