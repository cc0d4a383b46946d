#include "onceload/expect/file_expectations.h"

#include <algorithm>
#include <filesystem>

#include "expect/decimal_sum.h"
#include "expect/manifest.h"
#include "onceload/certificate/file_digest.h"
#include "onceload/core/error.h"
#include "onceload/csv/csv_header.h"
#include "onceload/csv/footer.h"
#include "onceload/csv/record_reader.h"
#include "onceload/source/source_file.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kStopRows = 4096;  // between two looks at the signal

Error Mismatch(const std::string& what, const std::string& where, const std::string& expected,
               const std::string& found) {
  return {ExitCode::kInput, what + ": expected " + expected + ", found " + found, where,
          "nothing was sent: get the right file, or correct what is expected"};
}

fs::path Canonical(const fs::path& path) {
  std::error_code error;
  fs::path canonical = fs::weakly_canonical(path, error);
  return error ? path : canonical;
}

// A column that is summed, and what was expected of it.
struct ColumnSum {
  std::string column;
  std::string expected;  // as DecimalSum writes it
  DecimalSum found;
};

std::size_t IndexOf(const std::vector<std::string>& names, const std::string& column,
                    const std::string& path) {
  const auto at = std::find(names.begin(), names.end(), column);
  if (at == names.end()) {
    throw Error(ExitCode::kUsage, "there is no column " + column + " to sum", path,
                "name one of the header with --expect-sum COLUMN=VALUE");
  }
  return static_cast<std::size_t>(at - names.begin());
}

}  // namespace

class FileExpectations::Impl {
 public:
  explicit Impl(const ExpectationTexts& texts) : rows_(texts.rows), manifest_(texts.manifest) {
    if (!manifest_.empty()) entries_ = ReadManifest(manifest_);
    for (const auto& [column, text] : texts.sums) {
      DecimalSum expected;
      if (!expected.Add(text)) {
        throw Error(ExitCode::kUsage, "--expect-sum needs a decimal", column + "=" + text,
                    "for example --expect-sum amount=1234.50");
      }
      sums_.push_back({column, expected.Text(), {}});
    }
  }

  void CheckBytes(const std::vector<std::string>& paths) const;
  void CheckRows(const std::vector<std::string>& paths, const RowReading& reading,
                 const std::atomic<bool>& stop) const;

 private:
  const ManifestEntry* EntryOf(const std::string& path) const;
  void CheckNoneIsMissing(const std::vector<std::string>& paths) const;
  static std::uint64_t ReadRows(const std::string& path, const RowReading& reading,
                                const std::atomic<bool>& stop, std::vector<ColumnSum>& sums);

  std::optional<std::uint64_t> rows_;
  std::string manifest_;
  std::vector<ManifestEntry> entries_;
  std::vector<ColumnSum> sums_;
};

const ManifestEntry* FileExpectations::Impl::EntryOf(const std::string& path) const {
  const fs::path folder = fs::path(manifest_).parent_path();
  const fs::path wanted = Canonical(path);
  const ManifestEntry* same_name = nullptr;
  std::size_t same_names = 0;
  for (const ManifestEntry& entry : entries_) {
    if (Canonical(folder / entry.path) == wanted) return &entry;
    if (fs::path(entry.path).filename() != fs::path(path).filename()) continue;
    same_name = &entry;
    ++same_names;
  }
  return same_names == 1 ? same_name : nullptr;
}

void FileExpectations::Impl::CheckNoneIsMissing(const std::vector<std::string>& paths) const {
  std::vector<const ManifestEntry*> given;
  for (const std::string& path : paths) given.push_back(EntryOf(path));
  for (const ManifestEntry& entry : entries_) {
    if (std::find(given.begin(), given.end(), &entry) != given.end()) continue;
    const fs::path ending = fs::path(entry.path).extension();
    const bool meant = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return fs::path(path).extension() == ending;
    });
    if (meant) throw Mismatch("a file of the manifest is missing", manifest_, entry.path, "none");
  }
}

void FileExpectations::Impl::CheckBytes(const std::vector<std::string>& paths) const {
  if (manifest_.empty()) return;
  for (const std::string& path : paths) {
    const ManifestEntry* entry = EntryOf(path);
    if (entry == nullptr) {
      throw Mismatch("a file is not in the manifest", path, "one of " + manifest_, "none");
    }
    const FileDigest found = DigestOfFile(path);
    if (entry->bytes && *entry->bytes != found.bytes) {
      throw Mismatch("the file is not that of the manifest, by its bytes", path,
                     std::to_string(*entry->bytes), std::to_string(found.bytes));
    }
    if (!entry->sha256.empty() && entry->sha256 != found.sha256) {
      throw Mismatch("the file is not that of the manifest, by its SHA-256", path, entry->sha256,
                     found.sha256);
    }
  }
  CheckNoneIsMissing(paths);
}

std::uint64_t FileExpectations::Impl::ReadRows(const std::string& path, const RowReading& reading,
                                               const std::atomic<bool>& stop,
                                               std::vector<ColumnSum>& sums) {
  const SourceFile file(path, reading.encoding);
  const CsvHeader header = ReadHeader(file, reading.dialect, reading.record_bytes_max);
  std::vector<std::size_t> columns;
  for (const ColumnSum& sum : sums) columns.push_back(IndexOf(header.names, sum.column, path));
  std::uint64_t end = ~std::uint64_t{0};
  if (reading.skip_footer > 0) end = FooterBegin(file, reading.skip_footer).value;
  ReaderStart start{header.end, header.names.size(), reading.dialect, reading.record_bytes_max};
  start.line_end = header.line_end;
  RecordReader reader(file, start);
  std::uint64_t rows = 0;
  for (ReadStatus status = reader.Next(); status != ReadStatus::kEnd; status = reader.Next()) {
    const bool bad = status == ReadStatus::kBadRow;
    if ((bad ? reader.bad_row().begin : reader.record().begin).value >= end) break;
    if (++rows % kStopRows == 0 && stop) {
      throw Error(ExitCode::kStopped, "stopped by a signal", path, "nothing was sent");
    }
    for (std::size_t i = 0; !bad && i < sums.size(); ++i) {
      const Record& record = reader.record();
      const std::string_view cell = record.fields[columns[i]];
      if (cell.empty() || record.is_null(columns[i]) || sums[i].found.Add(cell)) continue;
      throw Mismatch("a cell of column " + sums[i].column + " is no decimal",
                     path + " row " + std::to_string(rows), "digits",
                     "\"" + std::string(cell) + "\"");
    }
  }
  return rows;
}

void FileExpectations::Impl::CheckRows(const std::vector<std::string>& paths,
                                       const RowReading& reading,
                                       const std::atomic<bool>& stop) const {
  const bool by_file =
      std::any_of(entries_.begin(), entries_.end(),
                  [](const ManifestEntry& entry) { return entry.rows.has_value(); });
  if (!rows_ && sums_.empty() && !by_file) return;
  std::vector<ColumnSum> sums = sums_;
  std::uint64_t rows = 0;
  for (const std::string& path : paths) {
    const std::uint64_t found = ReadRows(path, reading, stop, sums);
    const ManifestEntry* entry = by_file ? EntryOf(path) : nullptr;
    if (entry != nullptr && entry->rows && *entry->rows != found) {
      throw Mismatch("the file is not that of the manifest, by its rows", path,
                     std::to_string(*entry->rows), std::to_string(found));
    }
    rows += found;
  }
  const std::string where = paths.size() == 1 ? paths[0] : std::to_string(paths.size()) + " files";
  if (rows_ && *rows_ != rows) {
    throw Mismatch("the number of rows is another", where, std::to_string(*rows_),
                   std::to_string(rows));
  }
  for (const ColumnSum& sum : sums) {
    if (sum.found.Text() == sum.expected) continue;
    throw Mismatch("the sum of column " + sum.column + " is another", where, sum.expected,
                   sum.found.Text());
  }
}

FileExpectations::FileExpectations(const ExpectationTexts& texts)
    : impl_(std::make_unique<Impl>(texts)) {}
FileExpectations::~FileExpectations() = default;

void FileExpectations::CheckBytes(const std::vector<std::string>& paths) const {
  impl_->CheckBytes(paths);
}

void FileExpectations::CheckRows(const std::vector<std::string>& paths, const RowReading& reading,
                                 const std::atomic<bool>& stop) const {
  impl_->CheckRows(paths, reading, stop);
}

}  // namespace onceload
