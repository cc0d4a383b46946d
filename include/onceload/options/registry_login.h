// How the schema registry is reached, out of options and client properties.
#pragma once

#include <string>
#include <vector>

#include "onceload/kafka/client_config.h"
#include "onceload/options/request.h"
#include "onceload/preflight/message_schemas.h"

namespace onceload {

// Empty: no registry is given. REQUIRES: `config` is finished; its properties of a registry are
// used from now on. Throws Error(kUsage): a login that is not known, a store that cannot be read.
RegistryMaker RegistryOf(const Request& request, ClientConfig& config);

// Whose schemas are chosen, for rows of these columns.
SchemaSubject SubjectOf(const Request& request, const std::vector<std::string>& columns);

}  // namespace onceload
