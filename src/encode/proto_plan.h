// How a row becomes a Protobuf message: the schema's tree as a flat list of steps over the row's
// cells, fields in the order of their numbers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "encode/cell_json.h"
#include "encode/proto_cell.h"
#include "encode/row_template.h"
#include "onceload/encode/encode_options.h"
#include "onceload/encode/row_layout.h"
#include "onceload/schema/proto_schema.h"

namespace onceload {

struct ProtoStep {
  enum class Kind {
    kBytes,    // the same in each row: a constant
    kCell,     // of a field; absent where the cell is null and the field may be
    kMessage,  // within this one: absent if all of its cells are null
  };
  Kind kind = Kind::kBytes;
  std::string bytes;                // kBytes; of kMessage, its tag
  std::string name;                 // of the field, by its path
  std::size_t field = 0;            // kCell: of the record
  std::size_t column = 0;           // kCell: of the load
  bool empty_is_null = true;        // kCell: as of any type that is no text
  bool plain_text = false;          // kCell: of a string that any cell is
  bool may_be_null = false;         // kCell: readers can tell
  std::optional<CellJson> reading;  // kCell: what the cell says by --type, if not as Protobuf does
  std::optional<RowTemplate> made;  // kCell: its text, for there is no column
  std::optional<ProtoCell> cell;    // kCell
  std::vector<std::size_t> fields;  // kMessage: of its cells
  bool always = false;              // kMessage: though they are null, for it has a constant
  std::size_t steps = 0;            // kMessage: that are its
  // Steps of which one at most may be there: alternatives of a oneof. 0: of none.
  std::size_t alternative = 0;
};

struct ProtoPlan {
  std::vector<ProtoStep> steps;
  std::size_t room = 0;          // most bytes of a row besides those of its cells
  std::size_t alternatives = 0;  // numbers of ProtoStep::alternative end here
};

// Each column finds its field by its name (renamed, or as the field is called in JSON, or as
// Protobuf can write it); a.b is field b of message a. A field without a column is not there.
// Throws Error(kUsage): a column without a field, a required field that no column fills, a column
// whose type the field cannot have; all of them are told.
ProtoPlan PlanProto(const std::vector<std::string>& columns, const RowLayout& layout,
                    const EncodeOptions& options, const ProtoMessage& message);

}  // namespace onceload
