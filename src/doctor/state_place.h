// Is the ledger's place a good one?
#pragma once

#include <string>
#include <vector>

#include "onceload/doctor/doctor.h"

namespace onceload {

// The file system, its locks by trying, its space.
std::vector<HealthCheck> ExamineStatePlace(const std::string& state);

}  // namespace onceload
