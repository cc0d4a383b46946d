// The schema that a file's header and --type make: for topics that have none yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "onceload/encode/encode_options.h"

namespace onceload {

// Of what a schema is derived.
struct DerivedFrom {
  std::vector<std::string> columns;  // of the load, or of the key
  std::string name;                  // of the record; made a name that the format takes
  bool null_texts = false;           // cells of text columns may be null
};

// Every column has a field of its name, in their order: columns of text are required, unless
// `null_texts`; all others may be null, as empty cells of them are. Throws Error(kUsage): two names
// become one in the format, or `options` names a column that is not there.
std::string DerivedSchema(SchemaType type, const DerivedFrom& from, const EncodeOptions& options);

// Of the key columns; of a single one (or a constant, or the row) its type alone, of Protobuf a
// message of it (or of "key"). `from.columns` do not count.
std::string DerivedKeySchema(SchemaType type, DerivedFrom from, const EncodeOptions& options);

}  // namespace onceload
