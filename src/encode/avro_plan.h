// How a row becomes an Avro value: the schema's tree as a flat list of steps over the row's cells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "encode/avro_cell.h"
#include "encode/cell_json.h"
#include "encode/row_template.h"
#include "onceload/encode/encode_options.h"
#include "onceload/encode/row_layout.h"

namespace onceload {

// A type that a cell may have, and what stands before its value: the branch of a union.
struct AvroChoice {
  AvroCell cell;
  std::string branch;
};

struct AvroStep {
  enum class Kind : std::uint8_t {
    kBytes,  // the same in each row: a constant, a default, a branch
    kCell,
    kGroup,  // a record that may be null: it is if all of its cells are, and its steps are skipped
  };
  Kind kind = Kind::kBytes;
  std::string bytes;                      // kBytes; of kGroup, the record's branch
  std::optional<std::string> null_bytes;  // of a null cell or group; nullopt: it cannot be null
  std::size_t field = 0;                  // kCell: of the record
  std::size_t column = 0;                 // kCell: of the load
  bool empty_is_null = true;              // kCell: as of any type that is no text
  bool plain_text = false;                // kCell: the only choice is any text, as it is
  std::optional<CellJson> reading;  // kCell: what the cell says by --type, if not as Avro does
  std::optional<RowTemplate> made;  // kCell: its text, for there is no column
  std::vector<AvroChoice> choices;  // kCell: the first that fits
  std::vector<std::size_t> fields;  // kGroup: of its cells
  std::size_t steps = 0;            // kGroup: that are its
};

struct AvroPlan {
  std::vector<AvroStep> steps;
  std::size_t room = 0;  // most bytes of a row besides those of its cells
};

// Each column finds its field by its name (renamed, or as an alias, or as Avro can write it); a.b
// is field b of record a. A field without a column takes its default, or null. Throws
// Error(kUsage): a column without a field, a field that no column fills, a column whose type the
// field cannot have; all of them are told.
AvroPlan PlanAvro(const std::vector<std::string>& columns, const RowLayout& layout,
                  const EncodeOptions& options, const AvroTypePtr& schema);

}  // namespace onceload
