// Where a file has the columns of its load.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace onceload {

struct RowLayout {
  static constexpr std::size_t kAbsent = std::numeric_limits<std::size_t>::max();

  std::vector<std::size_t> field_of_column;  // by the load's columns; kAbsent: null in JSON
  std::size_t fields = 0;                    // of each record

  // Field i is column i.
  static RowLayout Identity(std::size_t columns);
  bool IsIdentity() const { return *this == Identity(fields); }

  bool operator==(const RowLayout&) const = default;
};

// Finds `columns` among the names of a file. Throws Error(kInput), naming `path` and the columns,
// if the file has one that the load lacks, or lacks one (unless `union_columns`).
RowLayout LayoutOf(const std::vector<std::string>& columns,
                   const std::vector<std::string>& file_names, bool union_columns,
                   const std::string& path);

}  // namespace onceload
