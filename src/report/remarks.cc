#include "onceload/report/remarks.h"

namespace onceload {

std::string Remarks(const ProgressRecord& at) {
  std::string text;
  if (const std::uint64_t empty = at.empty_lines(); empty > 0) {
    text += "; " + std::to_string(empty) +
            (empty == 1 ? " empty line is no row" : " empty lines are no rows");
  }
  const LongCell& cell = at.long_cell;
  if (cell.lines == 0 || cell.file >= at.inputs.size()) return text;
  text += "; the longest cell has " + std::to_string(cell.lines) + " lines: row " +
          std::to_string(cell.row.value) + ", column " + cell.column;
  if (at.inputs.size() > 1) text += " of " + at.inputs[cell.file].path;
  return text + " (is a quote missing there?)";
}

}  // namespace onceload
