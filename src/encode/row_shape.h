// What a row's JSON object looks like: which cells stand in it, and the bytes around them.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "onceload/encode/encode_options.h"
#include "onceload/encode/row_layout.h"

namespace onceload {

struct RowShape {
  static constexpr std::size_t kNoTemplate = std::numeric_limits<std::size_t>::max();

  struct Cell {
    std::size_t field = 0;   // of the record
    std::size_t column = 0;  // of the load
    ColumnType type = ColumnType::kString;
    // Not kNoTemplate: no cell, but a constant that each row fills in, by its place among
    // EncodeOptions::constants.
    std::size_t made = kNoTemplate;
  };
  std::vector<Cell> cells;  // in the order of JSON
  // pieces[i] stands before cells[i], the last one after all of them. Quotes of a string column are
  // among them, a column being quoted always or never: `{"a":"`  `","b":`  `,"c":"`  `"}`. So are
  // the nulls of absent columns, and the constants.
  std::vector<std::string> pieces;
};

// Throws Error(kUsage) if two members have one name, or one is both a value and an object.
RowShape ShapeOf(const std::vector<std::string>& columns, const std::vector<ColumnType>& types,
                 const RowLayout& layout, const EncodeOptions& options);

}  // namespace onceload
