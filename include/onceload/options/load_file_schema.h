// What a load file may hold, as a JSON Schema (draft 2020-12).
#pragma once

#include <string>
#include <vector>

#include "onceload/options/option_table.h"

namespace onceload {

// The options of all commands that take a load file, each name once.
std::vector<const Option*> OptionsOfLoadFile();

// Indented, with a line end. docs/load-file.schema.json is this text; a test compares them.
std::string LoadFileSchema();

}  // namespace onceload
