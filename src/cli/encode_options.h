// The flags that say how rows become messages.
#pragma once

#include <string>

#include "cli/options.h"
#include "onceload/encode/encode_options.h"

namespace onceload {

void AddEncodeOptions(cxxopts::Options& options);

// --mapping, or else `base`, and the other flags on top of it. Throws Error(kUsage).
EncodeOptions EncodeOptionsOf(const cxxopts::ParseResult& parsed, EncodeOptions base = {});

// The first flag (without dashes) that the two would need to be given differently; empty: none.
std::string DifferingFlag(const EncodeOptions& a, const EncodeOptions& b);

}  // namespace onceload
