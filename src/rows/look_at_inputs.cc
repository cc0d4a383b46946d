#include "onceload/rows/look_at_inputs.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "onceload/core/error.h"
#include "onceload/core/utf8.h"
#include "onceload/csv/csv_header.h"
#include "onceload/encode/row_layout.h"
#include "onceload/source/passed_over.h"
#include "onceload/source/prefix_hasher.h"

namespace onceload {
namespace {

// What CSV is compressed to, roughly.
constexpr std::uint64_t kTextPerCompressedByte = 8;

// No bytes of text: what Spark and friends leave of an empty partition.
bool IsEmpty(const SourceFile& file, const CsvHeader& header) {
  if (header.end.byte.value > kByteOrderMark.size()) return false;
  std::array<char, 4> begin{};
  const std::size_t size = file.ReadAt(ByteOffset{0}, begin);
  const std::string_view text(begin.data(), size);
  return text.empty() || text == kByteOrderMark;
}

// The files that a load has finished with and that are as it left them, as far as the file system
// can tell.
class Untouched {
 public:
  explicit Untouched(const KnownInputs* load) {
    if (load == nullptr) return;
    for (const InputFile& file : load->files) {
      if (file.end && file.end->row.value > 0) newest_[file.path] = &file;
    }
  }

  // The load has rows of a file that has ended: its columns are settled.
  bool any() const { return !newest_.empty(); }

  // nullopt: it has to be looked at.
  std::optional<InputFile> Find(const std::string& path) const {
    const auto found = newest_.find(path);
    if (found == newest_.end()) return std::nullopt;
    std::optional<InputFile> now = SourceFile::IdentityOf(path);
    if (!now || !SameFile(*now, *found->second)) return std::nullopt;
    now->coding = found->second->coding;
    return now;
  }

 private:
  std::unordered_map<std::string_view, const InputFile*> newest_;  // by path
};

void TakeColumns(const std::vector<std::string>& names, const std::string& path, bool union_columns,
                 Inputs& inputs) {
  if (inputs.columns.empty()) {
    inputs.columns = names;
  } else if (union_columns) {
    std::unordered_set<std::string> known(inputs.columns.begin(), inputs.columns.end());
    for (const std::string& name : names) {
      if (known.insert(name).second) inputs.columns.push_back(name);
    }
  } else {
    static_cast<void>(LayoutOf(inputs.columns, names, false, path));
  }
  if (names.front().starts_with(kByteOrderMark)) {
    inputs.notices.push_back(
        path + ": the name of its first column begins with a byte order mark " +
        "(U+FEFF), which cannot be seen: the file has a second one, or lines " + "before it");
  }
}

void Add(InputFile input, Inputs& inputs) {
  inputs.text_bytes += input.size * (input.coding.empty() ? 1 : kTextPerCompressedByte);
  inputs.files.push_back(std::move(input));
}

}  // namespace

Inputs LookAtInputs(const std::vector<std::string>& paths, Encoding encoding,
                    const Dialect& dialect, bool union_columns, std::uint64_t record_bytes_max,
                    const KnownInputs* load) {
  Inputs inputs;
  Passed empty;
  const Untouched untouched(load);
  bool has_loads_columns = false;
  if (paths.size() > 1 && untouched.any()) inputs.columns = load->columns;
  for (const std::string& path : paths) {
    if (std::optional<InputFile> known = untouched.Find(path)) {
      if (!has_loads_columns) TakeColumns(load->columns, path, union_columns, inputs);
      has_loads_columns = true;
      Add(std::move(*known), inputs);
      continue;
    }
    const SourceFile file(path, encoding);
    const std::optional<CsvHeader> header = paths.size() == 1
                                                ? ReadHeader(file, dialect, record_bytes_max)
                                                : FindHeader(file, dialect, record_bytes_max);
    if (paths.size() > 1 && (!header || IsEmpty(file, *header))) empty.Add(path);
    if (!header) continue;
    InputFile input = file.identity();
    input.coding = file.coding();
    if (load != nullptr) input.head = HeadOf(file, header->end.byte);
    Add(std::move(input), inputs);
    TakeColumns(header->names, path, union_columns, inputs);
    if (const std::string doubt = DoubtOf(file, *header, dialect); !doubt.empty()) {
      inputs.notices.push_back(path + ": " + doubt);
    }
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
