#include "onceload/encode/row_layout.h"

#include <numeric>

#include "encode/column_names.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

// Those of `names` that `others` lacks.
std::vector<std::string> Without(const std::vector<std::string>& names, const NameIndex& others) {
  std::vector<std::string> rest;
  for (const std::string& name : names) {
    if (!others.Find(name)) rest.push_back(name);
  }
  return rest;
}

}  // namespace

RowLayout RowLayout::Identity(std::size_t columns) {
  RowLayout layout{std::vector<std::size_t>(columns), columns};
  std::iota(layout.field_of_column.begin(), layout.field_of_column.end(), std::size_t{0});
  return layout;
}

RowLayout LayoutOf(const std::vector<std::string>& columns,
                   const std::vector<std::string>& file_names, bool union_columns,
                   const std::string& path) {
  const NameIndex places(file_names);
  const std::vector<std::string> missing = Without(columns, places);
  const std::vector<std::string> extra = Without(file_names, NameIndex(columns));
  if (!extra.empty() || (!missing.empty() && !union_columns)) {
    std::string what = "the file's columns are not the load's: ";
    if (!missing.empty()) what += "it lacks " + ListOf(missing);
    if (!extra.empty()) what += (missing.empty() ? "it also has " : " and has ") + ListOf(extra);
    what += LikenessOf(missing, extra);
    throw Error(ExitCode::kInput, what, path, "give files with the same columns, in any order");
  }
  RowLayout layout{{}, file_names.size()};
  for (const std::string& column : columns) {
    layout.field_of_column.push_back(places.Find(column).value_or(RowLayout::kAbsent));
  }
  return layout;
}

}  // namespace onceload
