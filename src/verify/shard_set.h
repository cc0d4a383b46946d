// Loads that are the shards of one command line, by their names.
#pragma once

#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/source/shard_name.h"

namespace onceload {

// Of all shards of which at least one is among `loads`, those that are not.
std::vector<ShardName> MissingAmong(const std::vector<std::string>& loads);

// Why two shards that share rows by key do not add up to the whole: other options, or other files
// (of finished ones). Empty: they do. With their inputs, and none kept as keys.
std::string Unlike(const ProgressRecord& a, const ProgressRecord& b);

}  // namespace onceload
