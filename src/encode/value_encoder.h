// A record's value in a message: the seam between rows and formats.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onceload/encode/row_encoder.h"
#include "onceload/encode/time_span.h"

namespace onceload {

// One format for one file. What it can tell without a row (a column that is not there, options that
// it has no use for) its constructor throws. Used by one thread.
class ValueEncoder {
 public:
  virtual ~ValueEncoder() = default;

  // The most bytes that Append() may touch, so that it never has to ask for room. Never 0: the room
  // would be a null pointer, which means a refused row.
  virtual std::size_t RoomFor(const Record& record) const = 0;
  // Writes the value and returns its end; nullptr: the row has none, and bad() tells why.
  virtual char* Append(const Record& record, char* to) = 0;

  // The file's name, before its first row.
  virtual void SetFile(const std::string& /*file*/) {}

  // Of the columns that tell times, those of the values so far.
  virtual std::vector<std::pair<std::string, TimeSpan>> spans() const { return {}; }

  // After Append() has returned nullptr.
  const BadCell& bad() const { return bad_; }

 protected:
  BadCell bad_;
};

// Another value with something round it: tells it all that it is told.
class OuterValue : public ValueEncoder {
 public:
  explicit OuterValue(std::unique_ptr<ValueEncoder> inner) : inner_(std::move(inner)) {}

  std::size_t RoomFor(const Record& record) const override { return inner_->RoomFor(record); }
  void SetFile(const std::string& file) override { inner_->SetFile(file); }
  std::vector<std::pair<std::string, TimeSpan>> spans() const override { return inner_->spans(); }

 protected:
  // As Append() of the inner one, its bad() taken over.
  char* AppendInner(const Record& record, char* to) {
    char* const end = inner_->Append(record, to);
    if (end == nullptr) bad_ = inner_->bad();
    return end;
  }

 private:
  const std::unique_ptr<ValueEncoder> inner_;
};

// Of `options.format`. Throws as RowEncoder does.
std::unique_ptr<ValueEncoder> MakeValueEncoder(const std::vector<std::string>& columns,
                                               const RowLayout& layout,
                                               const EncodeOptions& options);
std::unique_ptr<ValueEncoder> MakeJsonValue(const std::vector<std::string>& columns,
                                            const RowLayout& layout, const EncodeOptions& options);
std::unique_ptr<ValueEncoder> MakeRawValue(const RowLayout& layout, const EncodeOptions& options);

// A value or key by `schema`, without what tells which that is. Throws as RowEncoder does; also
// Error(kUsage) for a schema that cannot be read or that the columns do not fit.
std::unique_ptr<ValueEncoder> MakeAvroValue(const std::vector<std::string>& columns,
                                            const RowLayout& layout, const EncodeOptions& options,
                                            const MessageSchema& schema);
std::unique_ptr<ValueEncoder> MakeJsonSchemaValue(const std::vector<std::string>& columns,
                                                  const RowLayout& layout,
                                                  const EncodeOptions& options,
                                                  const MessageSchema& schema);
std::unique_ptr<ValueEncoder> MakeProtoValue(const std::vector<std::string>& columns,
                                             const RowLayout& layout, const EncodeOptions& options,
                                             const MessageSchema& schema);

// Any of them, behind the bytes that tell the schema.
std::unique_ptr<ValueEncoder> MakeSchemaValue(const std::vector<std::string>& columns,
                                              const RowLayout& layout, const EncodeOptions& options,
                                              const MessageSchema& schema);
// The header's value in place of them; empty: there is none.
std::string SchemaHeaderOf(const EncodeOptions& options, const MessageSchema& schema);

// `column "price": "12,5" is no number`.
BadCell NoValue(const std::vector<std::string>& columns, std::size_t column, std::string_view cell,
                std::string_view what);

// As --type says, or the default.
TimestampFormat TimestampFormatOf(const EncodeOptions& options, const std::string& column);

inline char* AppendBytes(std::string_view bytes, char* to) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

// The same of what most often is a few bytes, for which a call of memcpy costs more than the
// copying.
inline char* AppendFew(std::string_view bytes, char* to) {
  const std::size_t size = bytes.size();
  const char* const from = bytes.data();
  if (size > 16) {
    std::memcpy(to, from, size);
  } else if (size >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(to, from, 4);
    std::memcpy(to + size - 4, from + size - 4, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
  }
  return to + size;
}

}  // namespace onceload
