// Names of time zones: an older name and the present one are the same zone.
#pragma once

#include <string>
#include <string_view>

#include "onceload/encode/encode_options.h"

namespace onceload {

// "US/Pacific" -> "America/Los_Angeles", "Etc/UTC" -> "UTC"; other names are returned as they are.
// Only names that are one zone on every machine, however its zone files were made.
std::string PresentZone(std::string_view name);

// To be compared, not to be used: each zone by its present name, default formats left out.
EncodeOptions WithPresentZones(EncodeOptions options);

// What another machine has frozen, to be read here: a zone that this machine does not have by its
// older name goes by its present one. A zone that is missing by both is left for who uses it.
EncodeOptions WithReadableZones(EncodeOptions options);

}  // namespace onceload
