// What the tests of this folder share: files made of a string, and readers emptied into values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "onceload/core/error.h"
#include "onceload/csv/record_reader.h"
#include "onceload/source/source_file.h"

namespace onceload::csv_testing {

// A file that holds `bytes` until the end of its scope.
class TempFile {
 public:
  explicit TempFile(std::string_view bytes) {
    path_ = ::testing::TempDir() + "onceload_csv_XXXXXX";
    const int descriptor = ::mkstemp(path_.data());
    if (descriptor < 0) throw std::runtime_error("mkstemp " + path_);
    ::close(descriptor);
    Write(bytes);
  }
  ~TempFile() { std::filesystem::remove(path_); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  void Write(std::string_view bytes) const {
    std::ofstream out(path_, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error("write " + path_);
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

// A record or a bad row, and where the reader then stood.
struct Row {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t row = 0;
  std::string raw;
  std::vector<std::string> fields;
  std::vector<std::uint8_t> nulls;
  std::optional<RowFault> fault;
  std::uint64_t at = 0;
  std::string detail;
  std::uint64_t lines = 1;
  std::uint64_t text_bytes = 0;  // of a record: its raw text's
  InputPosition before;
  InputPosition after;

  bool operator==(const Row&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Row& row) {
  out << "row " << row.row << " [" << row.begin << ", " << row.end << ") ";
  if (row.fault) return out << NameOf(*row.fault) << " at " << row.at << ": " << row.detail;
  for (const std::string& field : row.fields) out << '{' << field << '}';
  return out;
}

struct Parsed {
  std::vector<Row> rows;
  InputPosition end;
  std::optional<OddLineEnd> odd_line_end{};

  bool operator==(const Parsed&) const = default;
};

template <typename Reader>
Row Take(Reader& reader, ReadStatus status) {
  Row row;
  if (status == ReadStatus::kRecord) {
    const Record& record = reader.record();
    row.begin = record.begin.value;
    row.end = record.end.value;
    row.row = record.row.value;
    row.raw = record.raw;
    row.fields.assign(record.fields.begin(), record.fields.end());
    row.nulls.assign(record.nulls.begin(), record.nulls.end());
    row.lines = record.lines();
    row.text_bytes = record.raw.size();
  } else {
    const BadRow& bad = reader.bad_row();
    row.begin = bad.begin.value;
    row.end = bad.end.value;
    row.row = bad.row.value;
    row.raw = bad.raw;
    row.fault = bad.fault;
    row.at = bad.at.value;
    row.detail = bad.detail;
    row.lines = bad.lines;
    row.text_bytes = bad.text_bytes;
  }
  row.before = reader.position_before();
  row.after = reader.position();
  return row;
}

template <typename Reader = RecordReader>
Parsed ReadAll(const SourceFile& file, const ReaderStart& start) {
  Reader reader(file, start);
  Parsed parsed;
  for (;;) {
    const ReadStatus status = reader.Next();
    if (status == ReadStatus::kEnd) break;
    parsed.rows.push_back(Take(reader, status));
  }
  parsed.end = reader.position();
  parsed.odd_line_end = reader.odd_line_end();
  return parsed;
}

template <typename Reader = RecordReader>
Parsed ReadAll(std::string_view bytes, const ReaderStart& start = {}) {
  const TempFile temp(bytes);
  const SourceFile file(temp.path());
  return ReadAll<Reader>(file, start);
}

using Table = std::vector<std::vector<std::string>>;

// The fields of all records; a bad row fails the test.
inline Table FieldsOf(std::string_view bytes, const Dialect& dialect = {}) {
  Table table;
  for (const Row& row : ReadAll(bytes, {.position = {}, .dialect = dialect}).rows) {
    EXPECT_FALSE(row.fault) << row;
    table.push_back(row.fields);
  }
  return table;
}

// Runs `action`, which must throw Error, and returns that.
template <typename Action>
Error ErrorOf(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  throw std::runtime_error("no Error was thrown");
}

}  // namespace onceload::csv_testing
