#include "onceload/report/remarks.h"

namespace onceload {
namespace {

std::string PassedOver(const ProgressRecord& at, std::uint64_t lines) {
  if (lines == 0) return {};
  const std::string number = "; " + std::to_string(lines);
  if (OptionOf(at.options, kKeysOption))
    return number + " rows are other shards', by their keys, or empty lines";
  return number + (lines == 1 ? " empty line is no row" : " empty lines are no rows");
}

}  // namespace

std::string Remarks(const ProgressRecord& at) {
  std::string text = PassedOver(at, at.empty_lines());
  const LongCell& cell = at.long_cell;
  if (cell.lines == 0 || cell.file >= at.inputs.size()) return text;
  text += "; the longest cell has " + std::to_string(cell.lines) + " lines: row " +
          std::to_string(cell.row.value) + ", column " + cell.column;
  if (at.inputs.size() > 1) text += " of " + at.inputs[cell.file].path;
  return text + " (is a quote missing there?)";
}

}  // namespace onceload
