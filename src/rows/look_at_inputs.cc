#include "onceload/rows/look_at_inputs.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "onceload/core/error.h"
#include "onceload/encode/row_layout.h"
#include "onceload/source/passed_over.h"
#include "onceload/source/prefix_hasher.h"

namespace onceload {
namespace {

// What CSV is compressed to, roughly.
constexpr std::uint64_t kTextPerCompressedByte = 8;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Neither header nor rows: what Spark and friends leave of an empty partition.
bool IsEmpty(const SourceFile& file) {
  std::array<char, 4> begin{};
  const std::size_t size = file.ReadAt(ByteOffset{0}, begin);
  const std::string_view text(begin.data(), size);
  return text.empty() || text == kByteOrderMark;
}

void TakeColumns(const CsvHeader& header, const std::string& path, bool union_columns,
                 Inputs& inputs) {
  if (inputs.columns.empty()) {
    inputs.columns = header.names;
  } else if (union_columns) {
    for (const std::string& name : header.names) {
      if (std::find(inputs.columns.begin(), inputs.columns.end(), name) == inputs.columns.end()) {
        inputs.columns.push_back(name);
      }
    }
  } else {
    static_cast<void>(LayoutOf(inputs.columns, header.names, false, path));
  }
  if (header.names.front().starts_with(kByteOrderMark)) {
    inputs.notices.push_back(
        path + ": the name of its first column begins with a byte order mark " +
        "(U+FEFF), which cannot be seen: the file has a second one, or lines " + "before it");
  }
}

}  // namespace

Inputs LookAtInputs(const std::vector<std::string>& paths, Encoding encoding,
                    const Dialect& dialect, bool union_columns, std::uint64_t record_bytes_max) {
  Inputs inputs;
  Passed empty;
  for (const std::string& path : paths) {
    const SourceFile file(path, encoding);
    if (paths.size() > 1 && IsEmpty(file)) {
      empty.Add(path);
      if (dialect.columns.empty()) continue;  // else it needs no header, and may get rows
    }
    const CsvHeader header = ReadHeader(file, dialect, record_bytes_max);
    InputFile& input = inputs.files.emplace_back(file.identity());
    input.coding = file.coding();
    input.head = HeadOf(file);
    inputs.text_bytes += input.size * (file.plain() ? 1 : kTextPerCompressedByte);
    TakeColumns(header, path, union_columns, inputs);
  }
  if (!empty.empty()) {
    inputs.notices.push_back(empty.Text("file", "files") + ": empty, so without rows");
  }
  if (inputs.files.empty()) {
    throw Error(ExitCode::kInput, "all files are empty: there is no header, and no row", paths[0],
                "give a file with a header line, or wait until there is one");
  }
  return inputs;
}

}  // namespace onceload
