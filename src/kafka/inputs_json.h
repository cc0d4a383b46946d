// A load's inputs as the progress record, or a piece of their list, has them: JSON text. Written
// straight into it, for there may be a hundred thousand: a tree of the library's costs three
// allocations a member.
#pragma once

#include <span>
#include <string>

#include "onceload/core/progress_record.h"

namespace onceload {

// {"file":0,"byte":57,"row":0,"empty_lines":0,"fingerprint":["<blocks>","<tail>"]}
std::string PositionJson(const InputPosition& position);

// An array, an object each. A path or name that is not UTF-8 stands there for people, and by its
// bytes, as "path_bytes". What is not known is left out.
std::string InputsJson(std::span<const InputFile> inputs);

}  // namespace onceload
