// What a command line expects of the files, held against them.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "onceload/options/invocation.h"

namespace onceload {

// Bytes of `given`, then rows of `readable` (those of them that have a header). `frozen`: how the
// load's files are read; nullptr: as the options say. No-op if nothing is expected. Throws as
// FileExpectations does.
void CheckExpected(const Request& request, const std::vector<std::string>& given,
                   const std::vector<std::string>& readable, const FrozenEncoding* frozen,
                   const std::atomic<bool>& stop);

}  // namespace onceload
