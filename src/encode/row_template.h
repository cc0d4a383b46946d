// A text with places that each row fills in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/csv/record_reader.h"
#include "onceload/encode/row_layout.h"
#include "onceload/encode/row_places.h"

namespace onceload {

class RowTemplate {
 public:
  // `text` with {file} and {row}: the file's name, the row's number in it. All else is text.
  static RowTemplate OfPlace(std::string_view text);
  // `text` with {file}, {row} and the cells of columns: {NAME}, which stands in quotes where it is
  // "file", "row" or has a brace (core/name_list.h). {{ is a brace. Throws Error(kUsage) for a
  // column that is not there and for a brace that is not closed.
  static RowTemplate OfColumns(const std::string& text, const std::vector<std::string>& columns);

  // Does a row fill in anything?
  bool constant() const { return parts_.size() == 1 && parts_[0].kind == Kind::kText; }

  // Replaces `out`. False: it is the cell of a column alone, and that is null or absent.
  bool Fill(const Record& record, const RowLayout& layout, std::string_view file,
            std::string& out) const;

  // Most bytes of what OfPlace() fills in.
  std::size_t PlaceRoom(std::string_view file) const;

 private:
  enum class Kind : std::uint8_t { kText, kFile, kRow, kCell };
  struct Part {
    Kind kind = Kind::kText;
    std::string text;
    std::size_t column = 0;
  };

  void AddText(std::string_view text);

  std::vector<Part> parts_;
};

}  // namespace onceload
