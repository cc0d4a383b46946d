// A load's options in a JSON file, by their names.
#pragma once

#include <string>
#include <vector>

#include "onceload/options/option_table.h"

namespace onceload {

// An object whose members are options: a text, a number, true or false, and of a repeatable option
// a list of these. ${env:NAME} and ${file:PATH} in texts are replaced, the file's without its last
// line end; $${ stands for ${. Options that only another of load, watch, verify and plan has are
// passed over.
//
// Throws Error(kUsage), naming file and member: not JSON, an option that no verb has (with the
// nearest), a value of another kind, a variable or file that is not there.
std::vector<Word> ReadLoadFile(const std::string& path, Verb verb);

}  // namespace onceload
