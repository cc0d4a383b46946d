#include "onceload/csv/row_hint.h"

#include "csv/general_scanner.h"
#include "csv/header_guess.h"
#include "onceload/core/command_words.h"
#include "onceload/core/name_list.h"

namespace onceload {
namespace {

constexpr const char* kFooter =
    "lines at the end of the file that are no rows are left out with --skip-footer N";

Cells CellsOf(std::string_view raw, const Dialect& dialect) {
  GeneralScanner scanner(dialect);
  scanner.Scan(raw.data(), raw.data() + raw.size(), true);
  Cells cells(scanner.fields().begin(), scanner.fields().end());
  if (cells.empty()) cells.emplace_back();
  return cells;
}

// `names`: a list for --columns.
std::string LinesAndColumns(std::uint64_t lines, const std::string& names) {
  return "--skip-lines " + std::to_string(lines) + " --no-header --columns " + ShellWord(names);
}

std::string RulerHint(const std::string& names, const Dialect& dialect) {
  return "a line between header and rows is left out with " +
         LinesAndColumns(dialect.skip_lines + 2, names);
}

}  // namespace

std::string HintOf(std::string_view raw, const std::vector<std::string>& names,
                   const Dialect& dialect) {
  if (raw.empty()) return {};
  if (raw.find_first_not_of('\0') == std::string_view::npos) {
    return std::string("the row is NUL bytes alone, as fill up a file; ") + kFooter;
  }
  if (raw.starts_with('\x1a')) {
    return std::string("the row begins with 0x1a, the end of a file of DOS; ") + kFooter;
  }
  const Cells cells = CellsOf(raw, dialect);
  if (LooksLikeFooter(cells)) return kFooter;
  if (LooksLikeRuler(cells)) return RulerHint(NamesText(names), dialect);
  if (dialect.columns.empty() && cells.size() == names.size() + 1 && cells.back().empty()) {
    std::vector<std::string> more = names;
    more.emplace_back("unnamed");
    return "the row ends with a delimiter that the header has not: a file of such rows is loaded "
           "with " +
           LinesAndColumns(dialect.skip_lines + 1, NamesText(more)) + " --drop unnamed";
  }
  return {};
}

RowDoubts::RowDoubts(const std::vector<std::string>& names, const Dialect& dialect)
    : dialect_(dialect), names_(NamesText(names)) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    header_ += (i > 0 ? dialect.delimiter : "") + names[i];
  }
}

void RowDoubts::NoteOdd(std::string_view raw, std::uint64_t row) {
  if (raw == header_) {
    if (again_++ == 0) first_again_ = row;
    return;
  }
  if (row == 1 && LooksLikeRuler(CellsOf(raw, dialect_))) ruler_ = true;
  if (raw.size() > kFooterBytesMax) return;
  footer_ = raw;
  footer_row_ = row;
}

std::vector<std::string> RowDoubts::Tell(std::uint64_t last_row) const {
  std::vector<std::string> told;
  const auto row = [](std::uint64_t number) { return "row " + std::to_string(number); };
  if (again_ > 0) {
    const std::string what =
        row(first_again_) +
        (again_ == 1 ? std::string() : ", and " + std::to_string(again_ - 1) + " more");
    told.push_back(dialect_.columns.empty() || first_again_ > 1
                       ? what + ": the header again, loaded as a row, as of files joined together"
                       : what +
                             ": the names of --columns, loaded as a row: if it is a header, say "
                             "--skip-lines " +
                             std::to_string(dialect_.skip_lines + 1));
  }
  if (ruler_) {
    told.push_back("row 1: dashes alone, loaded as a row: " + RulerHint(names_, dialect_));
  }
  if (footer_row_ == last_row && last_row > 0 && LooksLikeFooter(CellsOf(footer_, dialect_))) {
    told.push_back(row(last_row) +
                   ", the last one, looks like a report's end, and is loaded: " + kFooter);
  }
  return told;
}

}  // namespace onceload
