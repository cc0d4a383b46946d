// What becomes of a load at each error code, as docs/answers.md has it.
#pragma once

#include <string>

namespace onceload {

std::string AnswersTable();

}  // namespace onceload
