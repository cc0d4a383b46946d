// Words of a command line, as a person would have to type them.
#pragma once

#include <string>

namespace onceload {

// `word`, quoted for a shell where it needs that. No control character and none that cannot be seen
// is left in it as it is.
std::string ShellWord(const std::string& word);

}  // namespace onceload
