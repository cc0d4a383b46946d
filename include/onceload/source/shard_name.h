// Shards by the names of their loads.
#pragma once

#include <optional>
#include <string>

#include "onceload/source/input_list.h"

namespace onceload {

struct ShardName {
  std::string base;
  Shard shard;
};
// "clicks.2-of-8"; nullopt: it is no shard's. Whether it is one by key the name does not say.
std::optional<ShardName> ShardNameOf(const std::string& load);

}  // namespace onceload
